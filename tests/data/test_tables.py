"""Labels in CSV, TSV and JSON files: the shapes that people bring, and what is not certain."""

import json

import numpy as np
import pytest
from PIL import Image

import convscope.data
from convscope.data import DataOptions
from convscope.data.tables.dataset import open_table, read_labellings
from convscope.errors import ConvscopeError, DataError, FormatError, InputError

NAMES = [f"{number:03}" for number in range(30)]
LABELS = ["ant", "bee", "cow"] * 10
NUMBER = {"ant": 2, "bee": 10, "cow": 33}
ROWS = list(zip(NAMES, LABELS, strict=True))


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """30 images in images/, some with capitals in their extension."""
    root = tmp_path_factory.mktemp("pictures") / "zoo"
    (root / "images").mkdir(parents=True)
    for number, name in enumerate(NAMES):
        ending = ".JPG" if number % 7 == 3 else ".jpg"
        grey = Image.fromarray(np.full((8, 8), number, np.uint8))
        grey.save(root / "images" / f"{name}{ending}", "JPEG")
    return root


@pytest.fixture
def zoo(pictures, tmp_path):
    (tmp_path / "zoo").mkdir()
    (tmp_path / "zoo" / "images").symlink_to(pictures / "images")
    return tmp_path / "zoo"


def lines(form, head=""):
    return head + "".join(form.format(n, label, NUMBER[label]) for n, label in ROWS)


RECORDS = [{"image": f"images/{n}.jpg", "Category": label} for n, label in ROWS]
TABLES = {
    "comma.csv": lines("images/{}.jpg,{}\n", "filename,label\n"),
    "carriage returns.csv": lines("{}.jpg,{}\r\n", "\ufeffImage ID,Class\r\n"),
    "ids without extension.csv": lines("{},{}\n", "id,breed\n"),
    "no header.csv": lines("{}.jpg,{}\n"),
    "no header, label first.csv": lines("{1},{0}.jpg\n"),
    "no header, no extension.csv": lines("{},{}\n"),
    "unknown header.csv": lines("{},{}\n", "which one,kind of thing\n"),
    "quoted.csv": lines('"{}.jpg","{}"\n', '"file","label"\n'),
    "semicolons.csv": lines("images/{}.jpg;{}\n", "Path;Target\n"),
    "backslashes.csv": lines("images\\{}.jpg,{}\n", "path,label\n"),
    "another machine.csv": lines("C:\\data\\zoo\\images\\{}.jpg,{}\n", "path,label\n"),
    "from the parent.csv": lines("zoo/images/{}.jpg,{}\n", "path,label\n"),
    "tabs.tsv": lines("{}.jpg\t{}\n", "image\tlabel\n"),
    "spaces.txt": lines("images/{}.jpg {}\n"),
    "one hot.csv": "image,ant,bee,cow\n"
    + "".join(
        f"{n},{label == 'ant':d}.0,{label == 'bee':d}.0,{label == 'cow':d}.0\n" for n, label in ROWS
    ),
    "other columns.csv": lines("x{0},{0},{1},{2}\n", "lesion_id,image_id,dx,age\n"),
    "number and name.csv": lines("{0},{2},{1}\n", "image,label,class_name\n"),
    "records.json": json.dumps(RECORDS),
    "map.json": json.dumps({f"{n}.jpg": label for n, label in ROWS}),
    "map of records.json": json.dumps({n: {"label": label} for n, label in ROWS}),
    "by class.json": json.dumps({k: [n for n, label in ROWS if label == k] for k in NUMBER}),
    "pairs.json": json.dumps({"labels": [[f"images/{n}.jpg", label] for n, label in ROWS]}),
    "pandas.json": json.dumps(
        {
            "file": {str(i): n for i, (n, _) in enumerate(ROWS)},
            "label": {str(i): [label] for i, (_, label) in enumerate(ROWS)},
        }
    ),
    "columns.json": json.dumps({"file": NAMES, "label": LABELS}),
    "lines.jsonl": "".join(json.dumps(record) + "\n" for record in RECORDS),
}


def labelled(dataset):
    pairs = {}
    for name in dataset.splits:
        split = dataset.photos(name)
        for i in range(len(split)):
            stem = split.files.paths[i].split("/")[-1].split(".")[0]
            assert stem not in pairs
            pairs[stem] = dataset.classes[split.labels_N[i]]
    return pairs


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("name", TABLES)
def test_shapes_that_people_bring(zoo, name, encoding):
    (zoo / name).write_bytes(TABLES[name].encode(encoding))
    dataset = convscope.data.open(zoo / name)
    assert dataset.classes == ("ant", "bee", "cow")
    assert labelled(dataset) == dict(ROWS)
    assert dataset.splits == ("train", "val", "test")
    assert dataset.source == zoo / name
    assert dataset.name == "zoo"


@pytest.mark.parametrize("form", ["csv", "json"])
def test_splits(zoo, form):
    names = {"train": "Training", "val": "VALIDATION", "test": "test"}
    split_of = [list(names)[min(2, number // 10)] for number in range(30)]
    if form == "csv":
        rows = [f"{n},{label},{names[s]}" for (n, label), s in zip(ROWS, split_of, strict=True)]
        text = "\n".join(["image,label,Usage", *rows])
    else:
        parts = {
            s: [
                {"image": n, "label": y}
                for (n, y), own in zip(ROWS, split_of, strict=True)
                if own == s
            ]
            for s in names
        }
        text = json.dumps(parts)
    (zoo / f"a.{form}").write_text(text)
    dataset = open_table(zoo / f"a.{form}")
    assert [len(dataset.photos(name)) for name in names] == [10, 10, 10]
    assert labelled(dataset) == dict(ROWS)
    assert dataset.notes == ()


def test_numbers_are_sorted_by_value(zoo):
    for number in ("{2}", "{2}.0"):
        (zoo / "a.csv").write_text(lines(f"{{0}},{number}\n", "id,label\n"))
        assert open_table(zoo / "a.csv").classes == ("2", "10", "33")


def test_class_names(zoo):
    (zoo / "a.csv").write_text("id,y\n" + "".join(f"{n},{i % 3}\n" for i, n in enumerate(NAMES)))
    options = DataOptions(class_names=("ant", "bee", "cow"))
    assert labelled(convscope.data.open(zoo / "a.csv", options=options)) == dict(ROWS)
    with pytest.raises(DataError, match="without a class name"):
        open_table(zoo / "a.csv", DataOptions(class_names=("ant", "bee")))


def test_a_folder_of_a_table_and_its_images(zoo):
    (zoo / "labels.csv").write_text(TABLES["comma.csv"])
    dataset = convscope.data.open(zoo)
    assert labelled(dataset) == dict(ROWS)
    assert dataset.source == zoo / "labels.csv"
    assert "labels from labels.csv" in dataset.notes
    (zoo / "sample_submission.csv").write_text("id,breed\n")
    with pytest.raises(DataError, match=r"2 tables: labels\.csv, sample_submission.csv"):
        convscope.data.open(zoo)


def test_tables_for_each_split(zoo):
    for number, name in enumerate(("train.csv", "valid.csv", "test_labels.csv")):
        rows = [f"{n},{label}" for n, label in ROWS[10 * number : 10 * number + 10]]
        (zoo / name).write_text("\n".join(["id,label", *rows]))
    dataset = convscope.data.open(zoo)
    assert [len(dataset.photos(name)) for name in ("train", "val", "test")] == [10, 10, 10]
    assert labelled(dataset) == dict(ROWS)
    assert dataset.notes == ("labels from test_labels.csv, train.csv, valid.csv",)
    assert convscope.data.open(convscope.data.source_of(dataset)).splits == dataset.splits
    assert convscope.data.open(zoo / "train.csv").splits == ("train", "val", "test")
    with (zoo / "valid.csv").open("a") as file:
        file.write("\n000,ant")
    with pytest.raises(DataError, match="give an image another split"):
        convscope.data.open(zoo)


def test_the_split_decides_between_images_of_the_same_name(zoo):
    (zoo / "images").rename(zoo / "test")
    (zoo / "train").mkdir()
    for name, _ in ROWS:
        (zoo / "train" / f"{name}.jpg").write_bytes((zoo / "test" / "000.jpg").read_bytes())
    (zoo / "train.csv").write_text(lines("{},{}\n", "id,label\n"))
    assert {row.path.split("/")[0] for row in read_labellings([zoo / "train.csv"]).rows} == {
        "train"
    }
    both = [f"{n},{label},{('train', 'test')[i % 2]}" for i, (n, label) in enumerate(ROWS)]
    (zoo / "all.csv").write_text("\n".join(["id,label,set", *both]))
    rows = read_labellings([zoo / "all.csv"]).rows
    assert all(row.path.startswith(row.split) for row in rows)


def test_class_folders_come_before_a_table(zoo, pictures):
    for label in ("a", "b"):
        (zoo / label).mkdir()
        (zoo / label / "1.jpg").write_bytes((pictures / "images" / "001.jpg").read_bytes())
    (zoo / "images").unlink()
    (zoo / "labels.csv").write_text("file,label\na/1.jpg,x\nb/1.jpg,y\n")
    folder = convscope.data.open(zoo)
    assert folder.classes == ("a", "b")
    assert "not used: labels.csv" in folder.notes[-1]
    assert convscope.data.open(zoo / "labels.csv").classes == ("x", "y")


def parts(zoo, labels, head="image_id,dx"):
    """The images in two folders, as of an archive in parts, and a table of other labels."""
    for number, name in enumerate(NAMES):
        folder = zoo / f"part_{number % 2 + 1}"
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.jpg").symlink_to(next((zoo / "images").glob(f"{name}.*")).resolve())
    (zoo / "images").unlink()
    rows = zip(NAMES, labels, strict=True)
    (zoo / "metadata.csv").write_text(f"{head}\n" + "".join(f"{n},{x}\n" for n, x in rows))


def test_a_table_that_gives_other_classes_than_the_folders_is_refused(zoo):
    parts(zoo, LABELS)
    with pytest.raises(DataError, match="names 30 of 30 images") as caught:
        convscope.data.open(zoo)
    assert "part_1, part_2; by the table, ant, bee, cow" in caught.value.expected
    assert [f.code for f in convscope.data.check(zoo).of("error")] == ["refused"]
    assert labelled(convscope.data.open(zoo / "metadata.csv")) == dict(ROWS)
    folders = convscope.data.open(zoo, options=DataOptions(layout="classes"))
    assert folders.classes == ("part_1", "part_2")


@pytest.mark.parametrize(
    ("labels", "head"),
    [
        (["odd", "even"] * 15, "image,label"),  # other names of the same classes
        (LABELS, "image,age"),  # no labels by its header
        ([*LABELS[:10], *[""] * 20], "image,label"),  # labels of a few
    ],
)
def test_other_tables_beside_class_folders_are_not_used(zoo, labels, head):
    parts(zoo, labels, head)
    folder = convscope.data.open(zoo)
    assert folder.classes == ("part_1", "part_2")
    assert "not used: metadata.csv" in folder.notes[-1]


def test_a_test_table_without_labels_is_left_out(zoo):
    (zoo / "train.csv").write_text(lines("{},{}\n", "id,label\n"))
    (zoo / "test.csv").write_text("id\n001\n")
    opened = convscope.data.open(zoo)
    assert labelled(opened) == dict(ROWS)
    assert "test.csv is left out: there is no column of labels" in opened.notes


def test_a_table_inside_train_is_named(zoo):
    (zoo / "train").mkdir()
    for path in (zoo / "images").iterdir():
        (zoo / "train" / path.name).symlink_to(path.resolve())
    (zoo / "images").unlink()
    (zoo / "train" / "metadata.csv").write_text(lines("{}.jpg,{}\n", "file_name,label\n"))
    (zoo / "test").mkdir()
    with pytest.raises(DataError, match="no class folders") as caught:
        convscope.data.open(zoo)
    assert str(zoo / "train" / "metadata.csv") in caught.value.fix
    assert labelled(convscope.data.open(zoo / "train" / "metadata.csv")) == dict(ROWS)


def test_a_table_of_one_class_is_enough_to_evaluate(zoo):
    rows = "000,ant,train\n001,ant,test\n002,bee,test\n"
    (zoo / "labels.csv").write_text(f"file,label,split\n{rows}")
    opened = open_table(zoo / "labels.csv", DataOptions(partial=True))
    assert opened.classes == ("ant", "bee")
    assert not [note for note in opened.notes if "10 %" in note]
    (zoo / "labels.csv").write_text("file,label\n000,ant\n001,ant\n")
    assert open_table(zoo / "labels.csv", DataOptions(partial=True)).classes == ("ant",)


def test_outputs_beside_the_images_of_a_table_are_refused(zoo):
    (zoo / "labels.csv").write_text(TABLES["comma.csv"])
    opened = open_table(zoo / "labels.csv")
    convscope.data.check_outside(zoo / "runs" / "mine", opened)
    with pytest.raises(InputError, match="lies inside the data"):
        convscope.data.check_outside(zoo / "images" / "runs" / "mine", opened)


def test_a_table_in_a_folder_of_its_own(zoo):
    (zoo / "annotations").mkdir()
    (zoo / "annotations" / "all.csv").write_text(TABLES["comma.csv"])
    assert labelled(open_table(zoo / "annotations" / "all.csv")) == dict(ROWS)


def test_what_is_left_out_is_said_with_numbers(zoo):
    rows = [f"{n},{label}" for n, label in ROWS[:20]]
    rows += ["998,ant", "999,bee", "020,", "000,ant"]
    (zoo / "a.csv").write_text("\n".join(["id,label", *rows]))
    notes = "\n".join(open_table(zoo / "a.csv").notes)
    assert "2 of 24 named images are missing: 998, 999: left out" in notes
    assert "1 of 24 rows have no label" in notes
    assert "1 rows repeat an image" in notes
    assert "9 images beside the named ones have no row" in notes
    report = convscope.data.check_dataset(open_table(zoo / "a.csv"))
    codes = {finding.code: len(finding.places) for finding in report.findings}
    assert (codes["missing_file"], codes["unnamed"]) == (2, 9)


def test_columns_that_are_not_used_are_said(zoo):
    (zoo / "a.csv").write_text(TABLES["other columns.csv"])
    note = "images from image_id, labels from dx; 2 columns are not used: lesion_id, age"
    assert note in open_table(zoo / "a.csv").notes


def test_labels_with_commas_are_names(zoo):
    names = {"ant": "tench, Tinca tinca", "bee": "crane, bird", "cow": "crane"}
    rows = [f'{n},"{names[label]}"' for n, label in ROWS]
    (zoo / "a.csv").write_text("\n".join(["id,label", *rows]))
    assert open_table(zoo / "a.csv").classes == tuple(sorted(names.values()))


REFUSED = {
    "two labels.csv": (
        TABLES["comma.csv"] + "000.jpg,bee\n",
        "is ant in line 2 and bee in line 32",
    ),
    "two splits.csv": ("id,y,set\n000,a,train\n000,a,test\n001,b,train\n", "another split"),
    "bars.csv": (lines("{0},{1}|ant\n", "id,label\n"), "several classes"),
    "commas.csv": (
        lines('{0},"{1},ant"\n', "id,tags\n") + "000,ant",
        "several classes|another label",
    ),
    "several ones.csv": ("id,a,b\n000,1,1\n001,0,1\n", "line 2: not exactly one class is 1"),
    "missing.csv": (
        lines("img_{0}.jpg,{1}\n", "file,label\n"),
        "30 of 30 named images are missing",
    ),
    "which.csv": (lines("{0},{1},{2}\n", "id,one,two\n"), "no column of labels among one, two"),
    "only names.csv": ("id\n" + "\n".join(NAMES), "no column of labels"),
    "pixels.csv": ("label,pixel0,pixel1\n1,0,0\n", "pixel values in columns"),
    "unknown split.csv": (
        "id,label,split\n000,a,public\n001,b,train\n",
        "line 2: the split 'public'",
    ),
    "short rows.csv": ("id,label\n000\n001,b\n", "1 of 2 rows have too few cells.* line 2"),
    "one class.csv": ("id,label\n000,a\n001,a\n", "1 label: a"),
    "only in val.csv": ("id,label,split\n000,a,train\n001,b,train\n002,c,val\n", "not in train"),
    "latin.csv": ("id,label\n000,caf\udce9\n", "not UTF-8 at byte 16"),
    "escape.csv": (lines("{0},\x1b[2J{1}\n", "id,label\n"), "control characters"),
    "long.csv": (lines("{0}," + "x" * 300 + "{1}\n", "id,label\n"), "longer than 200"),
    "empty.csv": ("", "no rows"),
    "empty.json": ("[]", "no rows"),
    "coco.json": ('{"images": [], "annotations": [], "categories": []}', "COCO"),
    "lists.json": ('{"a.jpg": {"label": ["cat", "dog"]}}', "a list or an object"),
    "number.json": ("3", "neither records"),
    "cut.json": ('{"a.jpg": "c', "invalid JSON"),
    "deep.json": ("[" * 100_000, "invalid JSON"),
    "huge number.json": ('{"000": ' + "9" * 6000 + "}", "invalid JSON|longer"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_certain_is_refused(zoo, name):
    text, message = REFUSED[name]
    (zoo / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises((DataError, FormatError), match=message) as caught:
        open_table(zoo / name)
    assert "\x1b" not in str(caught.value)


def test_a_name_that_means_two_images_is_refused(zoo, pictures):
    (zoo / "more").symlink_to(pictures)
    (zoo / "a.csv").write_text("id,label\n000,a\n001,b\n")
    assert len(read_labellings([zoo / "a.csv"]).rows) == 2  # the same folder is read once
    (zoo / "more").unlink()
    (zoo / "other").mkdir()
    (zoo / "other" / "000.jpg").write_bytes(b"")
    with pytest.raises(DataError, match=r"the name 000 means 2 images: images/000\.jpg"):
        read_labellings([zoo / "a.csv"])


@pytest.mark.slow
def test_a_long_label_among_many_rows_takes_no_memory(zoo):
    rows = "000,a\n" * 200_000 + "001," + "x" * 100_000
    (zoo / "a.csv").write_text("id,label\n" + rows)
    with pytest.raises(DataError, match="longer than 200"):
        open_table(zoo / "a.csv")


@pytest.mark.parametrize("name", ["comma.csv", "records.json", "lines.jsonl", "tabs.tsv"])
def test_damaged_tables_are_read_or_refused(zoo, name):
    whole = TABLES[name].encode()
    random = np.random.RandomState(3)
    for _ in range(60):
        damaged = bytearray(whole)
        for place in random.randint(len(whole), size=random.randint(1, 6)):
            damaged[place] = random.randint(256)
        (zoo / name).write_bytes(damaged[: random.randint(1, 2 * len(whole))])
        try:
            open_table(zoo / name)
        except ConvscopeError:
            continue
