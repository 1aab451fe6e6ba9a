"""Runs on disk: found, read, compared and plotted without torch."""

import contextlib
import json
import os
import pydoc
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

import convscope
from convscope.errors import InputError
from convscope.payload import Curves, Table
from convscope.runs.curves import short_names
from convscope.runs.find import find_runs
from convscope.runs.listing import RunList
from convscope.runs.record import read_run
from convscope.runs.table import elapsed
from convscope.training.run.lock import is_locked


def test_a_run_is_one_record(make_run):
    make_run("runs/a", lr=0.5)
    [run] = convscope.runs()
    assert run.name == "runs/a"
    assert (run.architecture, run.data, run.parameters) == ("lenet5", "mnist", 61706)
    assert (run.state, run.message) == ("finished", "")
    assert (run.epochs_done, run.epochs) == (3, 3)
    assert run.validation_accuracy == 0.9  # the best, not the last
    assert run.validation_loss == pytest.approx(0.1)
    assert run.time_s == 5.25  # of both processes
    assert run.changed == datetime.fromtimestamp(1_700_000_000, UTC)
    assert run.recipe == "AdamW, lr 0.5, batch 8, OneCycle"
    assert run.settings["schedule.warmup"] == 0.3
    assert repr(run) == (
        "RunRecord(runs/a: finished, 3 of 3 epochs, validation accuracy 90.00\N{NO-BREAK SPACE}%)"
    )


def test_runs_are_found_at_any_depth(make_run, tmp_path):
    names = ["runs/b-2", "runs/b-10", "runs/b-2/runs/inner", "sweeps/s/trials/000"]
    for name in names:
        make_run(name)
    make_run("runs/.hidden/x")
    make_run("runs/b-10/checkpoints/x")
    make_run("elsewhere/c")
    (tmp_path / "runs" / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "runs" / "empty").mkdir()
    found = sorted(run.name for run in convscope.runs())
    assert found == sorted(names)
    assert [run.name for run in convscope.runs("runs")][:2] == ["runs/b-2", "runs/b-10"]
    assert [run.name for run in convscope.runs("elsewhere/c")] == ["elsewhere/c"]
    twice = convscope.runs("runs", "runs/b-2")
    assert len(twice) == 3  # each once


def test_without_folders_the_list_is_empty(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert list(convscope.runs()) == []
    assert "No runs yet" in convscope.runs()._repr_html_()
    with pytest.raises(InputError, match="there is no folder nowhere"):
        convscope.runs("nowhere")
    with pytest.raises(InputError, match="a folder given as int"):
        convscope.runs(3)


def test_states(make_run):
    assert read_run(make_run("a")).state == "finished"
    stopped = make_run("b", finished=False)
    assert read_run(stopped).state == "stopped"
    (stopped / "failure.json").write_text('{"message": "loss became NaN"}')
    assert (read_run(stopped).state, read_run(stopped).message) == ("failed", "loss became NaN")
    (stopped / "run.lock").write_text(f"{os.getpid()}\n")
    assert read_run(stopped).state == "failed"  # nobody holds the lock
    (stopped / "run.lock").write_text("99999999\n")
    assert not is_locked(stopped)


DAMAGE = [
    ("recipe.json", b"{", "recipe.json"),
    ("recipe.json", b"[1]", "recipe.json"),
    ("recipe.json", b"{}", "no number of epochs"),
    ("events.jsonl", b'{"type":"Step"}\n', "the first event is not Started"),
    ("events.jsonl", b"\xff\n", "no event"),
    ("timings.jsonl", b"nonsense\n", None),
]


@pytest.mark.parametrize(("name", "content", "problem"), DAMAGE)
def test_a_damaged_run_is_a_row_with_its_error(make_run, name, content, problem):
    folder = make_run("runs/a")
    make_run("runs/b")
    (folder / name).write_bytes(content)
    runs = convscope.runs()
    assert len(runs) == 2
    run = runs["runs/a"]
    assert (run.state == "damaged") == (problem is not None)
    assert (problem or "") in run.message
    assert len(str(runs).splitlines()) == 3


def test_a_damaged_epoch_is_said(make_run):
    folder = make_run("a")
    raw = (folder / "events.jsonl").read_bytes()
    (folder / "events.jsonl").write_bytes(raw.replace(b'"validation_accuracy":0.9', b'"x":0.9'))
    assert read_run(folder).state == "damaged"


def test_a_torn_last_line_is_skipped(make_run):
    folder = make_run("a", finished=False)
    with (folder / "events.jsonl").open("ab") as file:
        file.write(b'{"type":"Ep')
    assert read_run(folder).epochs_done == 3


@pytest.mark.parametrize("name", ["recipe.json", "events.jsonl", "run.lock", "results.json"])
def test_links_and_pipes_are_not_followed(make_run, name):
    folder = make_run("a")
    (folder / name).unlink(missing_ok=True)
    os.mkfifo(folder / name)
    assert read_run(folder).state in ("damaged", "finished")  # and does not wait for a writer


def test_a_test_accuracy_is_read(make_run):
    folder = make_run("a")
    results = {"mnist validation": {"accuracy": 0.9}, "mnist test": {"accuracy": 0.75}}
    (folder / "results.json").write_text(json.dumps(results))
    run = read_run(folder)
    assert run.test_accuracy == 0.75
    assert "test" in RunList([run]).table().columns
    assert "test" not in RunList([replace(run, test_accuracy=None)]).table().columns


def test_a_list_is_a_sequence(make_run):
    make_run("runs/a", (0.5,), age_s=50)
    make_run("runs/b", (0.9,), age_s=100)
    make_run("runs/c", (), age_s=0, finished=False)
    runs = convscope.runs()
    assert [run.name for run in runs.sorted("date")] == ["runs/c", "runs/a", "runs/b"]
    assert [run.name for run in runs.sorted("accuracy")] == ["runs/b", "runs/a", "runs/c"]
    assert [run.name for run in runs.sorted("name")] == ["runs/a", "runs/b", "runs/c"]
    assert runs[0] is runs["a"] is runs["runs/a"]
    assert isinstance(runs[1:], RunList)
    assert repr(runs[1:]) == "RunList(2 runs)"
    with pytest.raises(InputError, match="runs/x"):
        runs["runs/x"]
    with pytest.raises(InputError, match="size"):
        runs.sorted("size")
    assert json.loads(json.dumps(runs.to_dicts()))[0]["validation_accuracy"] == 0.5


def test_a_comparison_shows_what_differs(make_run):
    make_run("runs/a", (0.5, 0.6, 0.7), lr=0.1)
    make_run("runs/b", (0.9, 0.8), lr=0.2, ema={"type": "Ema", "decay": 0.9})
    table = convscope.runs().compare()
    assert isinstance(table, Table)
    assert table.columns == ("", "runs/a", "runs/b")
    rows = {row[0]: row[1:] for row in table.rows}
    assert rows["lr"] == ("0.1", "0.2")
    assert rows["ema.decay"] == ("none", "0.9")
    assert rows["validation accuracy"] == ("70.00\N{NO-BREAK SPACE}%", "90.00\N{NO-BREAK SPACE}%")
    assert rows["epochs"] == ("3/3", "2/3")
    assert "batch_size" not in rows
    assert table.caption.endswith("settings of the recipes are the same in all.")
    assert convscope.runs().compare("b", "a").columns == ("", "runs/b", "runs/a")
    with pytest.raises(InputError, match="1 run to compare"):
        convscope.runs("runs/a").compare()


def test_a_damaged_run_has_no_settings_that_differ(make_run):
    make_run("runs/a", lr=0.1)
    make_run("runs/b", lr=0.2)
    (make_run("runs/c") / "recipe.json").write_text("{")
    rows = {row[0]: row[1:] for row in convscope.runs().compare().rows}
    assert rows["lr"] == ("0.1", "0.2", "")
    assert rows["state"][2] == "damaged"
    assert rows["epochs"][2] == ""
    assert not [name for name in rows if name.startswith("schedule")]


def test_curves_hold_the_values_of_the_events(make_run):
    make_run("runs/a", (0.5, 0.9))
    make_run("runs/b", (0.25,))
    sheet = convscope.runs().curves()
    charts = {chart.title: chart for chart in sheet.items}
    assert list(charts) == [
        "validation accuracy",
        "validation loss",
        "training accuracy",
        "training loss",
    ]
    first = charts["validation accuracy"].series[0]
    assert (first.name, first.x, first.y) == ("a", (1.0, 2.0), (0.5, 0.9))
    assert charts["training loss"].series[1].x == (0.5, 1.0)
    assert charts["training loss"].y_scale == "log"
    alone = convscope.runs("runs/a").curves()
    assert [series.name for series in alone.items[0].series] == ["training", "validation"]


def test_many_runs_are_small_multiples(make_run):
    for number in range(30):
        make_run(f"runs/r-{number}", (0.5, 0.6))
    sheet = convscope.runs().curves()
    assert len(sheet.items) == 24
    assert all(isinstance(chart, Curves) for chart in sheet.items)
    assert sheet.items[10].title == "r-10"
    assert sheet.caption == "6 more runs are not drawn."


def test_runs_without_steps_have_no_curves(make_run):
    make_run("runs/a", (), finished=False)
    with pytest.raises(InputError, match="no run has curves"):
        convscope.runs().curves()
    assert "runs/a" in convscope.runs()._repr_html_()


def test_foreign_text_is_escaped(make_run):
    folder = make_run("runs/<b>")
    (folder / "recipe.json").write_text('{"epochs": 1, "lr": "<script>"}')
    html = convscope.runs()[0]._repr_html_() + convscope.runs()._repr_html_()
    assert "<script>" not in html
    assert "<b>x" not in html
    assert "&lt;b&gt;" in html


@pytest.mark.parametrize(
    ("seconds", "text"), [(7.4, "7 s"), (750, "12 min 30 s"), (11100, "3 h 05 min")]
)
def test_durations(seconds, text):
    assert elapsed(seconds) == text


def test_the_former_names_are_still_found():
    from convscope import runs, starting
    from convscope.runs import plan

    assert runs is convscope.runs
    assert plan is runs.plan is starting.plan
    text = pydoc.plain(pydoc.render_doc(runs))
    assert "runs(*folders" in text
    assert "LOGGERS" not in text
    with pytest.raises(AttributeError):
        runs.nonsense  # noqa: B018


CODE = """
import sys, convscope
runs = convscope.runs({folder!r})
runs.table(), runs.sorted("accuracy"), str(runs), runs[:2].compare(), runs.curves()
print(len(runs), [n for n in ("torch", "PIL", "safetensors") if n in sys.modules])
"""


def test_listing_imports_no_torch(make_run, tmp_path):
    for number in range(3):
        make_run(f"runs/r-{number}")
    code = CODE.format(folder=str(tmp_path / "runs"))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "3 []"


def test_find_takes_paths(make_run):
    folder = make_run("runs/a")
    assert find_runs(Path("runs")) == [Path("runs/a")]
    assert find_runs(folder) == [folder]


WORDS = (
    b"null",
    b'"x"',
    b"-1",
    b"1e400",
    b"NaN",
    b"[]",
    b"{}",
    b'"\\u0000\\ud800"',
    b"9" * 30,
    b"\xff",
    b"[" * 3000,
    b'{"type":"Epoch"}\n',
)


@pytest.mark.parametrize("seed", range(40))
def test_any_damage_is_a_row(make_run, seed):
    """Values, lines and bytes of every file are replaced; whatever they are, a row results."""
    folder = make_run("runs/a")
    (folder / "failure.json").write_text('{"message": "x"}')
    (folder / "results.json").write_text('{"mnist test": {"accuracy": 0.5}}')
    random = Random(seed)
    files = sorted(path for path in folder.iterdir() if path.is_file())
    for path in random.sample(files, 2):
        raw = path.read_bytes()
        values = list(re.finditer(rb'(?<=[:\[,])\s*("[^"]*"|[-0-9.e]+|true|false|null)', raw))
        place = random.choice(values).span(1) if values else (0, 0)
        begin, end = random.choice([place, (random.randrange(len(raw)),) * 2, (0, len(raw))])
        path.write_bytes(raw[:begin] + random.choice(WORDS) + raw[end:])
    runs = convscope.runs()
    assert len(runs) == 1
    json.dumps(runs.to_dicts())
    texts = [str(runs), repr(runs[0]), runs._repr_html_(), runs[0]._repr_html_()]
    assert all(text.encode() for text in texts)
    RunList([runs[0], runs[0]]).compare().to_json()
    with contextlib.suppress(InputError):  # no curves
        runs.curves()


def test_a_name_that_is_no_text_is_escaped(make_run):
    make_run("runs/caf\udce9")
    [run] = convscope.runs()
    assert run.name == "runs/caf\\xe9"
    assert run.state == "finished"
    assert run.name in convscope.runs().table().rows[0]


def test_runs_in_charts_have_the_shortest_names_that_tell_them_apart():
    names = ["/home/me/runs/lenet5-1", "/home/me/runs/lenet5-2", "old/x/best", "old/y/best", "a"]
    assert short_names(names) == ["lenet5-1", "lenet5-2", "x/best", "y/best", "a"]
    assert short_names(["b/a", "a"]) == ["b/a", "a"]
    assert short_names([".", "same", "same"]) == [".", "same", "same"]


def test_the_precision_that_was_chosen_is_shown(make_run):
    for name, precision in (("a", "bfloat16"), ("b", "float32")):
        make_run(name, precision="auto")
        events = Path(name, "events.jsonl")
        first, _, rest = events.read_text().partition("\n")
        started = json.loads(first) | {"precision": precision}
        events.write_text(f"{json.dumps(started)}\n{rest}")
    listed = convscope.runs("a", "b").sorted("name")
    assert [run.precision for run in listed] == ["bfloat16", "float32"]
    assert [run.recipe.endswith(", bfloat16") for run in listed] == [True, False]
    assert ("precision in use", "bfloat16", "float32") in listed.compare().rows
