"""`show --output`: the ending of the file chooses the format."""

from PIL import Image
from typer.testing import CliRunner

from convscope.cli import app


def test_a_png_ending_writes_a_picture(tmp_path):
    file = tmp_path / "lenet5.PNG"
    result = CliRunner().invoke(app, ["show", "lenet5", "-o", str(file)])
    assert result.exit_code == 0, result.output
    with Image.open(file) as picture:
        assert picture.format == "PNG"
        assert len(set(picture.convert("L").tobytes())) > 2  # not an empty sheet
