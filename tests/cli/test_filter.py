"""`convscope filter` as a person calls it, and what it says when something does not fit."""

import json
from pathlib import Path

import numpy as np
import pytest
import typer
from PIL import Image
from skimage import data
from typer.testing import CliRunner

from convscope import filters
from convscope.cli.filter import filter_command
from convscope.errors import ConvscopeError, FormatError, InputError, StorageError
from convscope.io.image_writing import write_image
from convscope.io.images import read_image

APP = typer.Typer(pretty_exceptions_enable=False)
APP.command()(filter_command)
PHOTO = data.astronaut()[::4, ::4]


def call(*words: object) -> str:
    result = CliRunner().invoke(APP, [str(word) for word in words])
    if isinstance(result.exception, ConvscopeError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    return write_image(tmp_path / "photo.png", PHOTO)


def test_a_median(photo: Path) -> None:
    out = photo.with_name("out.png")
    assert "median of 128 x 128" in call(photo, "median", "--size", 5, "-o", out)
    np.testing.assert_array_equal(read_image(out), filters.apply(PHOTO, filters.Median(5)))


def test_edges_are_shown_without_their_sign(photo: Path) -> None:
    out = photo.with_name("out.png")
    call(photo, "sobel_x", "-o", out)
    expected = np.clip(np.abs(filters.apply(PHOTO, "sobel_x")), 0, 255)
    np.testing.assert_array_equal(read_image(out), expected)


@pytest.mark.parametrize("operation", ["correlation", "convolution"])
def test_a_kernel_typed_in(photo: Path, operation: str) -> None:
    out = photo.with_name("out.png")
    text = "0.5 0 0; 0 0.5 0; 0 0 0"
    call(photo, "--kernel", text, "--operation", operation, "--border", "wrap", "-o", out)
    run = {"correlation": filters.correlate, "convolution": filters.convolve}[operation]
    np.testing.assert_array_equal(
        read_image(out), run(PHOTO, filters.parse_kernel(text), border="wrap")
    )


def test_json_says_what_was_done(photo: Path) -> None:
    out = photo.with_name("sheet.png")
    said = json.loads(
        call(
            *(photo, "median,mean", "--size", 3, "--noise", "salt_and_pepper"),
            *("--amount", 0.1, "--seed", 4, "--compare", "--json", "-o", out),
        )
    )
    assert said["noise"]["seed"] == 4
    median, mean = said["filters"]
    assert median["psnr_db"] > mean["psnr_db"] > said["noise"]["psnr_db"]
    assert median["ssim"] > mean["ssim"]
    assert read_image(out).shape[1] > 3 * 128


def test_the_same_seed_gives_the_same_noise(photo: Path) -> None:
    outs = [photo.with_name(f"{n}.png") for n in range(2)]
    for out in outs:
        call(photo, "mean", "--noise", "gaussian", "--amount", 0.1, "--seed", 9, "-o", out)
    np.testing.assert_array_equal(read_image(outs[0]), read_image(outs[1]))


def test_a_folder_gives_a_folder(tmp_path: Path) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    write_image(source / "a.png", PHOTO)
    write_image(source / "b.jpg", PHOTO)
    Image.fromarray(PHOTO).save(source / "c.gif")
    (source / "notes.txt").write_text("no image")
    (source / ".hidden.png").write_bytes(b"")
    assert "3 images" in call(source, "gaussian", "--sigma", 2, "-o", out)
    assert sorted(p.name for p in out.iterdir()) == ["a.png", "b.jpg", "c.png"]
    with pytest.raises(StorageError, match="already exists"):
        call(source, "gaussian", "-o", out)
    call(source, "gaussian", "-o", out, "--force")


def test_one_bad_file_does_not_stop_the_others(tmp_path: Path) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    write_image(source / "a.png", PHOTO)
    (source / "b.jpg").write_bytes(b"not an image")
    write_image(source / "c.png", PHOTO)
    result = CliRunner().invoke(APP, [str(source), "median", "-o", str(out)])
    assert result.exit_code == 1
    assert "b.jpg" in result.stderr
    assert "not an image" in result.stderr
    assert sorted(p.name for p in out.iterdir()) == ["a.png", "c.png"]


def test_two_files_of_one_name(tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    write_image(source / "a.png", PHOTO)
    Image.fromarray(PHOTO).save(source / "a.gif")
    with pytest.raises(InputError, match=r"a\.gif and a\.png both give a\.png"):
        call(source, "median", "-o", tmp_path / "out")
    with pytest.raises(InputError, match="lies inside the data"):
        call(source, "median", "-o", source / "out")


def test_subfolders_and_linked_folders_are_filtered_too(tmp_path: Path) -> None:
    for name in ("in", "in/deep", "in/@eaDir", "elsewhere"):
        (tmp_path / name).mkdir()
        write_image(tmp_path / name / "a.png", PHOTO)
    (tmp_path / "in/link").symlink_to("../elsewhere")
    (tmp_path / "in/again").symlink_to("deep")
    result = CliRunner().invoke(APP, [str(tmp_path / "in"), "median", "-o", str(tmp_path / "out")])
    assert result.exit_code == 0
    paths = sorted(str(p.relative_to(tmp_path / "out")) for p in (tmp_path / "out").rglob("*.png"))
    assert paths == ["a.png", "deep/a.png", "link/a.png"]
    assert "1 linked folder read elsewhere: ignored: again" in result.stderr


def test_sixteen_bits_stay_sixteen(tmp_path: Path) -> None:
    deep = PHOTO.astype(np.uint16) * 257
    source = write_image(tmp_path / "deep.png", deep)
    call(source, "gaussian", "-o", tmp_path / "out.png")
    np.testing.assert_array_equal(read_image(tmp_path / "out.png"), filters.apply(deep, "gaussian"))
    with pytest.raises(InputError, match="JPEG cannot hold"):
        call(source, "gaussian", "-o", tmp_path / "out.jpg")


def test_alpha_stays(tmp_path: Path) -> None:
    alpha = np.dstack([PHOTO, np.arange(128 * 128).reshape(128, 128) % 256]).astype(np.uint8)
    source = write_image(tmp_path / "clear.png", alpha)
    call(source, "bilateral", "-o", tmp_path / "out.png")
    filtered = read_image(tmp_path / "out.png")[..., 3].astype(int)
    assert np.abs(filtered - alpha[..., 3]).mean() < 12  # alpha is smoothed too
    call(source, "bilateral", "--background", "black", "-o", tmp_path / "flat.jpg")
    assert read_image(tmp_path / "flat.jpg").shape == (128, 128, 3)
    with pytest.raises(InputError, match="JPEG cannot hold") as caught:
        call(source, "bilateral", "-o", tmp_path / "other.jpg")
    assert "--background white" in caught.value.fix


@pytest.mark.parametrize(
    ("words", "kind", "message"),
    [
        (["median"], InputError, "no output file"),
        (["-o", "out.png"], InputError, "no filter is named"),
        (["median", "--kernel", "1", "-o", "out.png"], InputError, "both a filter and a kernel"),
        (["medain", "-o", "out.png"], InputError, "median"),
        (["median", "--size", 4, "-o", "out.png"], InputError, "even"),
        (["median", "--size", 9999, "-o", "out.png"], InputError, "odd number from 1 to"),
        (["sobel", "--sigma", 2, "-o", "out.png"], InputError, "sigma for the filter sobel"),
        (["--kernel", "1 nan 1", "-o", "out.png"], InputError, "NaN"),
        (["--kernel", "1 1", "-o", "out.png"], InputError, "no centre"),
        (["--kernel", "1", "--size", 3, "-o", "out.png"], InputError, "--size with --kernel"),
        (
            ["sobel_x", "--operation", "convolution", "-o", "out.png"],
            InputError,
            "--operation with a named filter",
        ),
        (["mean,median", "-o", "out.png"], InputError, "--compare"),
        (["median", "--noise", "salt", "-o", "out.png"], InputError, "salt_and_pepper"),
        (["median", "--amount", 0.3, "-o", "out.png"], InputError, "--amount without --noise"),
        (["median", "--seed", 3, "-o", "out.png"], InputError, "--seed without --noise"),
        (["median", "--noise", "gaussian", "--amount", -1, "-o", "x.png"], InputError, "amount -1"),
        (["median", "--noise", "gaussian", "--amount", "nan", "-o", "x.png"], InputError, "nan"),
        (["median", "--border", "mirror", "-o", "out.png"], InputError, "border mode"),
        (["median", "--view", "nice", "-o", "out.png"], InputError, "view"),
        (["median", "--max-pixels", 100, "-o", "out.png"], FormatError, "too large"),
        (["median", "-o", "photo.png"], StorageError, "already exists"),
        (["median", "-o", "out.xyz"], InputError, "the name ends in .xyz"),
        (["median", "-o", "no/out.png"], StorageError, "folder does not exist"),
    ],
)
def test_invalid_options_are_errors(
    photo: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: list[object],
    kind: type[Exception],
    message: str,
) -> None:
    monkeypatch.chdir(photo.parent)
    with pytest.raises(kind, match=message):
        call("photo.png", *words)
    assert [entry.name for entry in photo.parent.iterdir()] == ["photo.png"]
    np.testing.assert_array_equal(read_image(photo), PHOTO)


def test_force_replaces(photo: Path) -> None:
    call(photo, "median", "-o", photo, "--force")
    np.testing.assert_array_equal(read_image(photo), filters.apply(PHOTO, "median"))
