"""Copies and groups stay on one side of a split; leaks between given splits are counted."""

import shutil

import pytest

import convscope.data
from convscope.data import DataOptions
from convscope.data.checks.check import check
from convscope.data.folder import copies
from convscope.data.folder.copies import identical_files
from convscope.data.folder.hold_out import group_name, hold_out, joined_groups
from convscope.errors import DataError, InputError
from convscope.io.photos import Reference
from tests.data.folder.test_arrangement import TWO, fill

PARTS = ("test", "val")


def paths_of(dataset):
    return {
        name: [split.files.reference(index).where for index in range(len(split))]
        for name in dataset.splits
        for split in [dataset.photos(name)]
    }


def side_of(splits):
    return {path: name for name, paths in splits.items() for path in paths}


def copied(root, num=10, times=3):
    """Two classes of `num` images, each `times` times."""
    fill(root, "cat", "dog", num=num)
    for label in ("cat", "dog"):
        for number in range(num):
            for copy in range(1, times):
                shutil.copy(root / f"{label}/{number}.png", root / f"{label}/{number}-{copy}.png")
    return root


def test_copies_get_the_same_split(tmp_path):
    dataset = convscope.data.open(copied(tmp_path))
    splits = paths_of(dataset)
    assert {name: len(paths) for name, paths in splits.items()} == {
        "train": 48,
        "val": 6,
        "test": 6,
    }
    sides = side_of(splits)
    for label in ("cat", "dog"):
        for number in range(10):
            own = {sides[f"{label}/{number}{end}.png"] for end in ("", "-1", "-2")}
            assert len(own) == 1
    assert "60 of 60 images are copies: copies get the same split" in dataset.notes
    assert convscope.data.leakage_notes(dataset) == ()


def test_copies_are_kept_together_in_train_without_val(tmp_path):
    dataset = convscope.data.open(copied(tmp_path / "train").parent)
    sides = side_of(paths_of(dataset))
    for number in range(10):
        assert len({sides[f"train/cat/{number}{end}.png"] for end in ("", "-1", "-2")}) == 1


def test_data_without_copies_are_divided_as_before(tmp_path):
    fill(tmp_path, "cat", "dog", num=20)
    dataset = convscope.data.open(tmp_path)
    images = tuple((f"{label}/{i}.png", label == "dog") for label in TWO for i in range(20))
    expected = hold_out(tuple(sorted(images)), PARTS)
    assert {name: sorted(paths) for name, paths in paths_of(dataset).items()} == {
        name: sorted(path for path, _ in images) for name, images in expected.items()
    }


def test_too_many_files_of_equal_length_are_not_read_and_the_note_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(copies, "MAX_READ", 59)
    dataset = convscope.data.open(copied(tmp_path))
    assert any("copies among the 60 images were not searched" in note for note in dataset.notes)


def test_identical_files(tmp_path):
    contents = [b"a" * 9000, b"b" + b"a" * 8999, b"a" * 9000, b"", b"", b"c", b"a" * 8999 + b"b"]
    references = []
    for number, content in enumerate(contents):
        (tmp_path / str(number)).write_bytes(content)
        references.append(Reference(str(tmp_path / str(number)), str(number)))
    references.append(Reference(str(tmp_path / "missing"), "missing"))
    assert identical_files(references) == [(0, 2)]


def test_leaks_between_splits_of_the_folder(tmp_path):
    fill(tmp_path, *(f"{split}/{label}" for split in ("train", "val", "test") for label in "ab"))
    shutil.copy(tmp_path / "train/a/0.png", tmp_path / "test/a/x.png")
    shutil.copy(tmp_path / "train/a/1.png", tmp_path / "test/b/y.png")
    shutil.copy(tmp_path / "val/a/1.png", tmp_path / "test/a/z.png")
    dataset = convscope.data.open(tmp_path)
    assert convscope.data.leakage_notes(dataset) == (
        "data leakage: 2 of 11 images of test are identical to images of train",
        "data leakage: 1 of 11 images of test are identical to images of val",
    )
    shards = tmp_path.parent / f"{tmp_path.name}-shards"
    convscope.data.write_shards(dataset, shards)
    assert convscope.data.leakage_notes(
        convscope.data.open(shards)
    ) == convscope.data.leakage_notes(dataset)


def test_the_plan_of_a_run_names_leaks(tmp_path):
    from convscope import starting

    fill(tmp_path, *(f"{split}/{label}" for split in ("train", "val") for label in "ab"))
    shutil.copy(tmp_path / "train/a/0.png", tmp_path / "val/a/x.png")
    notes = starting.plan("lenet5", tmp_path).notes
    assert "data leakage: 1 of 9 images of val are identical to images of train" in notes


def test_copies_in_shards_get_the_same_split(tmp_path):
    fill(tmp_path / "set", *(f"test/{label}" for label in "ab"))
    copied(tmp_path / "set/train")
    (tmp_path / "set/train/cat").rename(tmp_path / "set/train/a")
    (tmp_path / "set/train/dog").rename(tmp_path / "set/train/b")
    dataset = convscope.data.open(tmp_path / "set")
    index = convscope.data.write_shards(dataset, tmp_path / "shards")
    assert set(index.splits) == {"train", "val", "test"}  # copies stay where they are
    assert convscope.data.leakage_notes(convscope.data.open(tmp_path / "shards")) == ()


def test_classes_that_are_too_small_to_divide(tmp_path):
    fill(tmp_path, "cat", "dog", num=2)
    dataset = convscope.data.open(tmp_path)
    assert "2 of 2 classes have fewer than 3 images: all of them are training images" in (
        dataset.notes
    )
    assert [f.code for f in check(tmp_path).findings if f.severity == "error"] == ["no_val"]
    with pytest.raises(DataError, match="has no split val") as caught:
        dataset.split("val")
    assert "train/CLASS/ and val/CLASS/" in caught.value.fix


# --- groups


def patients(root, num=12):
    for number in range(num):
        folder = "sick" if number % 3 else "well"
        fill(root, f"{folder}/patient{number:02}", num=3)
        fill(root, f"well/patient{number:02}", num=2)  # each has healthy tissue, too
    return root


def test_all_images_of_a_group_get_the_same_split(tmp_path):
    options = DataOptions(group_by=r"patient(\d+)")
    dataset = convscope.data.open(patients(tmp_path), options=options)
    sides = {}
    for path, side in side_of(paths_of(dataset)).items():
        sides.setdefault(path.split("/")[1], set()).add(side)
    assert len(sides) == 12
    assert all(len(own) == 1 for own in sides.values())
    assert {side for own in sides.values() for side in own} == {"train", "val", "test"}
    assert any("12 groups by 'patient" in note for note in dataset.notes)
    alone = convscope.data.open(tmp_path, options=DataOptions(layout="classes"))
    assert dataset.fingerprint() != alone.fingerprint()


def test_images_without_a_group_are_counted(tmp_path):
    patients(tmp_path)
    fill(tmp_path, "sick/other", num=5)
    dataset = convscope.data.open(tmp_path, options=DataOptions(group_by=r"patient\d+"))
    total = sum(len(paths) for paths in paths_of(dataset).values())
    assert any(
        f"5 of {total} images do not match: each is a group of its own" in note
        for note in dataset.notes
    )


def test_a_pattern_that_matches_nothing_is_an_error(tmp_path):
    fill(tmp_path, "cat", "dog")
    with pytest.raises(DataError, match=r"matches none of 8 paths, the first: cat/0\.png"):
        convscope.data.open(tmp_path, options=DataOptions(group_by="patient"))


def test_groups_in_several_splits_of_the_folder_are_counted(tmp_path):
    for split in ("train", "val"):
        fill(tmp_path, *(f"{split}/{label}/p{n}" for label in "ab" for n in range(3)), num=1)
    fill(tmp_path, "val/a/p9", "val/b/p9")
    options = DataOptions(group_by=r"p\d")
    dataset = convscope.data.open(tmp_path, options=options)
    findings = {finding.code: finding for finding in check(tmp_path, options=options).findings}
    assert len(findings["group_leak"].places) == 3
    assert "group_leak" not in [finding.code for finding in check(tmp_path).findings]
    assert "group_by divides nothing here: the data have their own splits" in dataset.notes
    assert convscope.data.leakage_notes(dataset) == (
        "data leakage: 3 of 4 groups by 'p\\d' have images in several splits, the first: p0",
    )


def test_options_that_do_not_apply_are_refused():
    with pytest.raises(InputError, match="group_by cannot apply"):
        convscope.data.open("mnist", options=DataOptions(group_by="x"))


@pytest.mark.parametrize(
    ("pattern", "path", "name"),
    [
        (r"p\d+", "cat/p12/1.jpg", "p12"),
        (r"(p\d+)/", "cat/p12/1.jpg", "p12"),
        (r"(?:a|b)-(\d)", "cat/b-3.jpg", "3"),
        (r"x", "cat/1.jpg", None),
        (r"(x)|c", "cat/1.jpg", None),
        (r"x*", "cat", ""),
    ],
)
def test_names_of_groups(pattern, path, name):
    assert group_name(pattern, path) == name


def test_groups_that_share_an_image_are_one():
    paths = ["a1", "a2", "b1", "b2", "c"]
    groups = joined_groups(paths, [(1, 2)], r"^[ab]")
    assert len({groups[path] for path in paths[:4]}) == 1
    assert "c" not in groups


@pytest.mark.parametrize("sizes", [(50, 50), (40, 30, 30), (1, 1, 98), (97, 1, 1, 1), (5,) * 20])
def test_one_group_of_each_class_stays_in_training(sizes):
    images = tuple((f"g{n}/{i}", 0) for n, size in enumerate(sizes) for i in range(size))
    groups = joined_groups([path for path, _ in images], [], r"^g\d+")
    splits = hold_out(images, PARTS, groups)
    assert len(splits["train"]) >= 0.5 * len(images) or len(sizes) == 3
    if len(sizes) >= 3:
        assert set(splits) == {"train", "val", "test"}
    else:
        assert set(splits) == {"train"}
    assert sum(map(len, splits.values())) == len(images)
