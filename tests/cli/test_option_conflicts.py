"""Options that exclude each other are refused: none is ignored silently."""

import pytest

from convscope.errors import InputError
from tests.cli.test_usage_errors import call


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("show lenet5 --json --markdown", "--json and --markdown together"),
        ("compare lenet5 vgg16 --json --markdown", "--json and --markdown together"),
        ("show resnet18 --paper --depth 2", "--depth has no effect with --paper"),
        ("show resnet18 --paper --batch-size 2", "--batch-size has no effect with --paper"),
        ("show resnet18 --errata --json", "--json has no effect with --errata"),
        ("show resnet18 -o a.svg --paper", "--output has no effect with --paper"),
        ("show resnet18 -o a.svg --depth 2", "--depth has no effect with --output"),
        ("show resnet18 --spec --markdown", "--markdown has no effect with --spec"),
        ("predict m a.png --json --format csv", "--json and --format csv together"),
        ("train lenet5 mnist --lr 0.1 --set lr=0.2", "lr is given twice: 0.1 and 0.2"),
        ("train lenet5 mnist --epochs 1 --set epochs=2", "epochs is given twice: 1 and 2"),
        ("lr-range lenet5 mnist --seed 1 --set seed=1", "seed is given twice: 1 and 1"),
        ("train --resume x --lr 1", "--resume continues a run with its own"),
        ("train --resume x --input 1x32x32", "--resume continues a run with its own"),
        ("train --resume x --batch-size 4", "--resume continues a run with its own"),
        ("sweep lenet5 mnist --vary lr=0.1,0.2 --lr 1", "lr is varied, and set to 1.0"),
    ],
)
def test_conflicts(arguments, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = call(arguments, [], capsys)
    assert (code, out) == (2, "")
    assert message in err
    assert not list(tmp_path.iterdir())


def test_the_error_names_a_fix():
    from convscope.cli.terminal.output import check_one_format

    check_one_format(json=True, markdown=False)
    with pytest.raises(InputError) as caught:
        check_one_format(json=True, markdown=True)
    assert caught.value.fix == "leave out --markdown"
