"""Routes of the view Train: forms, plans, starting and control, curves, and what is watched."""

import json
import shutil
import time
from unittest.mock import Mock

import pytest

from convscope.errors import InputError
from convscope.server.studio.language import translator_for
from convscope.server.studio.training import tasks
from convscope.server.studio.training.curve import corners, looked_at
from convscope.server.studio.training.history import thinned
from convscope.server.studio.training.schema import recipe_schema
from convscope.server.studio.training.setup import (
    fault,
    parts_of,
    run_name,
    sentence,
    setting_texts,
)

SETUP = {"network": "lenet5", "data": "digits"}


@pytest.fixture
def workspace(studio, digits):
    """The studio's workspace, with a folder of digits."""
    shutil.copytree(digits, studio.workspace.root / "digits")
    return studio.workspace


def planned(workspace, **changes):
    """Return the plan of a setup, as the worker computes it."""
    setup = {**SETUP, "recipe": None, "settings": {}, "input": "", **changes}
    args = {"root": str(workspace.root), "setup": setup, "faults": {}}
    return tasks.plan({**args, "network": setup["network"], "data": setup["data"]}, print)


def test_a_plan_says_what_will_be_trained(workspace):
    plan = planned(workspace, settings={"batch_size": 10, "epochs": 3})
    assert plan["faults"] == {}
    assert plan["notes"] == []  # of a batch size that was chosen
    assert plan["architecture"] == "lenet5"
    assert plan["parameters"] == 61_706
    assert plan["training_samples"] == 30
    assert plan["class_counts"] == [3] * 10
    assert (plan["steps_per_epoch"], plan["total_steps"]) == (3, 9)
    assert plan["schedule"]["step"][0] == 0
    assert plan["schedule"]["step"][-1] == 8
    assert max(plan["schedule"]["lr"]) == pytest.approx(plan["resolved"]["lr"], rel=0.01)
    assert plan["usual"]["epochs"] == 10
    assert plan["recipe"] == "general"
    assert plan["reason"].startswith("no recipe was tested for lenet5")
    assert plan["command"] == (
        "convscope train lenet5 digits --set batch_size=10 --set epochs=3 --watch"
    )


@pytest.mark.parametrize(
    ("changes", "place", "words"),
    [
        ({"recipe": "genral"}, "recipe", "did you mean general?"),
        ({"settings": {"lr": -1, "batch_size": 10}}, "lr", "a number greater than 0"),
        ({"settings": {"lrr": 1}}, "lrr", "did you mean lr"),
        ({"settings": {"batch_size": 1000}}, "batch_size", "at most 30"),
        ({"recipe": "fine_tune"}, "recipe", "no trained weights"),
        ({"input": "7"}, "input", ""),
        ({"network": "lenet6"}, "network", "did you mean"),
        ({"data": "digit"}, "data", ""),
    ],
)
def test_what_does_not_fit_is_a_sentence_beside_its_field(workspace, changes, place, words):
    plan = planned(workspace, **changes)
    assert list(plan["faults"]) == [place]
    assert words in plan["faults"][place]


def test_a_plan_keeps_the_settings_that_fit(workspace):
    plan = planned(workspace, settings={"lr": -1, "batch_size": 10, "schedule.type": "Cosine"})
    assert plan["resolved"]["batch_size"] == 10
    assert plan["resolved"]["schedule"]["type"] == "Cosine"
    assert plan["resolved"]["lr"] == plan["usual"]["lr"]


def test_measured_steps_are_kept_for_the_next_plan(workspace):
    setup = {**SETUP, "recipe": None, "settings": {"batch_size": 10}, "input": ""}
    args = {"root": str(workspace.root), "setup": setup, "network": "lenet5", "data": "digits"}
    assert tasks.plan(args, print)["estimate"] is None
    calls = []
    own = tasks.measure(args, lambda *progress: calls.append(progress))
    assert 0 < own["low_s"] <= own["step_s"] <= own["high_s"]
    assert calls[-1][2] == "timing steps"
    assert tasks.plan(args, print)["estimate"] == own
    other = {**args, "setup": {**setup, "settings": {"batch_size": 15}}}
    assert tasks.plan(other, print)["estimate"] is None
    longer = {**args, "setup": {**setup, "settings": {"batch_size": 10, "epochs": 99}}}
    assert tasks.plan(longer, print)["estimate"] == own


def test_the_list_of_recipes_marks_the_chosen_one(workspace):
    args = {"root": str(workspace.root), "setup": {**SETUP, "settings": {}}, "faults": {}}
    answer = tasks.recipe_list({**args, "network": "lenet5", "data": "digits"}, print)
    assert [row["name"] for row in answer["recipes"] if row["chosen"]] == ["general"]
    row = next(row for row in answer["recipes"] if row["name"] == "lenet5_mnist_quick")
    assert row["measured"].startswith("test ")


def test_the_schema_describes_every_setting():
    schema = recipe_schema()
    assert schema["properties"]["lr"]["description"].startswith("The peak")
    assert schema["properties"]["batch_size"]["exclusiveMinimum"] == 0
    assert schema["$defs"]["OneCycle"]["properties"]["warmup"]["description"]


def test_corners_of_schedules():
    steps = list(range(100))
    assert corners(steps, [1.0] * 50 + [0.1] * 50, 0.01) == [0, 49, 50, 99]
    assert corners([0], [1.0], 0.1) == [0]
    long = looked_at(1_000_000, 1_000)
    assert {0, 1_000, 999, 999_999} <= set(long)
    assert len(long) < 7_000


def test_settings_are_written_as_on_the_command_line():
    texts = setting_texts({"lr": 0.1, "schedule.type": "Cosine", "ema": None, "augment": []})
    assert texts == ["lr=0.1", "schedule.type=Cosine", "ema=null", "augment=[]"]
    assert setting_texts({"keep": "true"}) == ['keep="true"']
    with pytest.raises(ValueError, match="not the name of a setting"):
        setting_texts({"lr=1 --output": 1})


def test_faults_are_translated_part_by_part():
    error = InputError(
        "there is no data set named 'x'", expected="one of a, b", fix="did you mean a?"
    )
    english, chinese = translator_for("en"), translator_for("zh-CN")
    assert sentence(fault(error), english) == (
        "there is no data set named 'x'; expected: one of a, b; fix: did you mean a?"
    )
    assert sentence(fault(error), chinese) == (
        "没有名为 'x' 的数据集；应为：以下之一：a、b；解决办法：是否要用 a？"
    )
    assert parts_of(error.on_one_line()) == fault(error)


def test_names_of_runs(workspace):
    assert run_name(workspace, "", "lenet5", "digits", set()) == "lenet5-digits-1"
    assert run_name(workspace, "", "a/B c.json", "/x/Photos/", {"b_c-photos-1"}) == "b_c-photos-2"
    with pytest.raises(ValueError, match="there is a run named tiny"):
        run_name(workspace, "tiny", "lenet5", "digits", set())
    for name in ("../x", "A", "a b", "x" * 65):
        with pytest.raises(ValueError, match="cannot name a run"):
            run_name(workspace, name, "lenet5", "digits", set())


def test_steps_of_a_long_run_are_thinned_and_nothing_else():
    rows = [b'{"type":"Step","step":%d}' % step for step in range(20_000)]
    rows.insert(5, b'{"type":"Epoch"}')
    kept = thinned(rows, most=1_000)
    assert len(kept) == 1_001
    assert kept[0] == rows[0]
    assert kept[-1] == rows[-1]
    assert rows[5] in kept


def test_a_run_and_its_history(studio):
    runs = studio.get("/api/training").json()["runs"]
    assert [run["id"] for run in runs] == ["tiny"]
    assert runs[0]["state"] == "finished"
    assert runs[0]["watched"] is False
    history = studio.get("/api/training/tiny/history").json()
    kinds = [event["type"] for event in history["events"]]
    assert kinds == ["Started", "Step", "Step", "Step", "Epoch", "Finished"]
    assert len(history["seconds"]) == 3
    assert history["seconds"] == sorted(history["seconds"])
    rest = studio.get("/api/training/tiny/history", params={"offset": history["to"]}).json()
    assert (rest["from"], rest["to"], rest["events"]) == (history["to"], history["to"], [])
    watched = studio.get("/api/training/tiny/watch").json()
    assert watched == {"about": None, "statistics": None, "predictions": [], "frames": []}


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("get", "/api/training/none", None, 404),
        ("get", "/api/training/none/history", None, 404),
        ("get", "/api/training/tiny/watch/frames/3", None, 404),
        ("get", "/api/training/tiny/watch/frames/-1", None, 404),
        ("get", "/api/training/tiny/watch/images/0", None, 404),
        ("get", "/api/training/tiny/watch/layer?path=x", None, 404),
        ("get", "/api/training/tiny/history?offset=-1", None, 422),
        ("post", "/api/training/tiny/control", {"command": "pause"}, 409),
        ("post", "/api/training/tiny/control", {"command": "dance"}, 422),
        ("post", "/api/training", {"network": "lenet6", "data": "mnist"}, 422),
        ("post", "/api/training", {"network": "lenet5", "data": "/etc"}, 422),
        ("post", "/api/training", {"network": "../x.json", "data": "mnist"}, 422),
        ("post", "/api/training", {"network": "lenet5", "data": "mnist", "name": "tiny"}, 422),
        ("post", "/api/training", {"network": "lenet5", "data": "mnist", "x": 1}, 422),
    ],
)
def test_bad_input_is_a_sentence(studio, method, path, body, status):
    answer = studio.request(method, path, **({} if body is None else {"json": body}))
    assert answer.status_code == status
    assert answer.json()["error"]["given"]


def messages(hub, kind):
    return [json.loads(each.data) for each in hub._ring if each.kind == kind]


def wait(condition, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError("waited in vain")


def test_a_run_is_started_watched_controlled_and_stopped(studio, workspace):
    """The one test with a real training process."""
    body = {
        **SETUP,
        "settings": {"epochs": 100_000, "batch_size": 10, "log_every": 1},
        "name": "live",
    }
    job = studio.post("/api/training", json=body)
    assert job.status_code == 202
    assert job.json()["run"] == "live"
    assert "--watch" in job.json()["command"]
    folder = workspace.root / "runs" / "live"
    watch = "/api/training/live/watch"

    def watched():
        answer = studio.get(watch)
        return answer.status_code == 200 and answer.json()["statistics"] and answer.json()

    first = wait(watched)
    assert first["statistics"]["layers"][0]["path"] == "conv1"
    assert {"gradientRms", "activations", "parameters"} <= set(first["statistics"]["layers"][0])
    assert len(first["about"]["handful"]) == 10
    assert studio.get(f"{watch}/frames/0").json()["pictures"][0]["kind"] == "kernels"
    image = studio.get(f"{watch}/images/0")
    assert image.headers["content-type"] == "image/png"
    points = studio.get(f"{watch}/layer", params={"path": "conv1"}).json()["points"]
    assert points[0]["weightNorm"] > 0

    studio.hub._clients.add(Mock())  # a page listens
    news = wait(lambda: studio.watcher.poll() and messages(studio.hub, "watch"))
    studio.hub._clients.clear()
    assert news[0]["run"] == "live"
    assert {"about", "statistics", "predictions", "frame"} <= set(news[0])
    assert {"gradientRms", "activations"} <= set(news[0]["statistics"]["layers"][0])

    def send(**command):
        answer = studio.post("/api/training/live/control", json=command)
        assert answer.status_code == 200
        assert answer.json()["state"] == "running"

    def applied(name):
        text = (folder / "events.jsonl").read_text()
        rows = [json.loads(line) for line in text.splitlines()]
        return [row for row in rows if row["type"] == "ControlApplied" and row["command"] == name]

    send(command="lr", lr=0.001)
    assert wait(lambda: applied("lr"))[0]["lr"] == 0.001
    send(command="pause")
    paused = wait(lambda: applied("pause"))[0]["step"]
    send(command="step")
    wait(lambda: studio.get(watch).json()["statistics"]["step"] == paused + 1)
    again = studio.post("/api/training/live/resume", json={})
    assert again.status_code == 409
    send(command="watch", on=False)
    send(command="stop")
    wait(lambda: studio.get("/api/training/live").json()["state"] == "stopped")

    def ended(job):
        studio.watcher.poll()
        return studio.jobs.get(job["id"]).state == "cancelled"

    wait(lambda: ended(job.json()))
    resumed = studio.post("/api/training/live/resume", json={"watch": False})
    assert resumed.status_code == 202
    assert resumed.json()["command"] == "convscope train --resume runs/live"
    studio.post(f"/api/jobs/{resumed.json()['id']}/cancel", json={})
    wait(lambda: ended(resumed.json()))
