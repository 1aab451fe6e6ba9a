"""The state of a run as `convscope.runs` lists it: running, stopped, finished."""

from convscope.errors import StorageError, TrainingError
from convscope.io import storage
from convscope.runs.record import read_run
from convscope.training.run.folder import Run


def test_a_run_that_trains_is_running(tiny, tmp_path):
    folder = tmp_path / "run"
    with Run.create(folder, tiny.architecture(), tiny.recipe(), tiny.DATA):
        assert read_run(folder).state == "running"
        assert read_run(folder).epochs_done == 0
    assert read_run(folder).state == "stopped"
    tiny.train_to_end(folder)
    assert read_run(folder).state == "finished"
    assert read_run(folder).epochs_done == tiny.recipe().epochs


def test_a_failure_that_cannot_be_written_hides_no_error(tiny, tmp_path, monkeypatch):
    def full(*_, **__):
        raise StorageError("no space left")

    with Run.create(tmp_path / "run", tiny.architecture(), tiny.recipe(), tiny.DATA) as run:
        monkeypatch.setattr(storage, "write_json", full)
        run.record_failure(TrainingError("loss became NaN"))
    assert read_run(tmp_path / "run").state == "stopped"
