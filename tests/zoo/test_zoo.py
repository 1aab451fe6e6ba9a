"""The zoo's list, its facts, and finding an architecture by name or file."""

import pytest

from convscope.arch import Architecture
from convscope.errors import ArchitectureError, FormatError, InputError
from convscope.shapes import CHW
from convscope.zoo import ARCHITECTURES, find, list_architectures, load


def test_names_are_their_builders():
    names = list_architectures()
    assert len(names) == len(set(names)) == len(ARCHITECTURES)
    for name, build in zip(names, ARCHITECTURES, strict=True):
        assert build.__name__ == name == build().name == load(name).name
        assert build.__doc__


def test_facts_are_of_the_papers_network_only():
    assert load("resnet18").facts
    assert load("resnet18", num_classes=7).facts == ()
    assert load("resnet18", input=CHW(3, 32, 32)).facts == ()


def test_unknown_names_and_options():
    with pytest.raises(InputError, match="did you mean lenet5"):
        load("lenet")
    with pytest.raises(InputError, match="num_classes 7 for lenet5_1998"):
        load("lenet5_1998", num_classes=7)
    with pytest.raises(ArchitectureError):
        load("lenet5", num_classes=0)
    with pytest.raises(ArchitectureError, match=r"conv3: .* the window covers 5"):
        load("lenet5", input=CHW(1, 28, 28))


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "mine.json"
    path.write_text(load("lenet5").to_json())
    return path


def test_find_a_name_or_a_file(file):
    assert find("lenet5") == load("lenet5")
    assert find(str(file)) == load("lenet5")
    plain = file.with_name("no_suffix")
    plain.write_bytes(file.read_bytes())
    assert find(str(plain)) == load("lenet5")


def test_a_file_with_another_input(file):
    found = find(str(file), input=CHW(3, 32, 32))
    assert isinstance(found, Architecture)
    assert found.input == CHW(3, 32, 32)
    assert found.facts == ()
    assert found.trace.steps[0].input_shapes == (CHW(3, 32, 32),)
    assert find(str(file), num_classes=10) == load("lenet5")
    other = find(str(file), num_classes=3)
    assert (other.num_classes, other.facts) == (3, ())
    with pytest.raises(ArchitectureError, match="conv3"):
        find(str(file), input=CHW(1, 28, 28))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("missing.json", InputError),
        ("a\0b.json", FormatError),
        (".json", InputError),
        ("n" * 300 + ".json", FormatError),
        ("n" * 5000, InputError),
        ("", InputError),
        (".", InputError),
        ("a\0b", InputError),
        ("../lenet5", InputError),
        ("LENET5", InputError),
    ],
)
def test_missing_files(name, kind):
    with pytest.raises(kind) as caught:
        find(name)
    assert len(str(caught.value)) < 5300
    assert caught.value.given


def test_a_folder_is_not_a_file(tmp_path):
    folder = tmp_path / "folder.json"
    folder.mkdir()
    with pytest.raises(FormatError, match="cannot be read"):
        find(str(folder))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "utf-32"])
def test_a_file_in_any_encoding_of_unicode(file, encoding):
    file.write_bytes(file.read_text("utf-8").encode(encoding))
    assert find(str(file)) == load("lenet5")


def test_an_error_in_a_file_names_the_file_and_the_path(file):
    file.write_text(file.read_text("utf-8").replace('"kernel_size": 5', '"kernel_size": 99', 1))
    with pytest.raises(ArchitectureError, match=r"mine\.json: conv1: the window covers 99"):
        find(str(file))


def test_a_file_that_is_no_architecture_is_named(tmp_path):
    (tmp_path / "net.json").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50))
    with pytest.raises(FormatError, match=r"this is an image \(PNG\)"):
        find(str(tmp_path / "net.json"))
