"""Progress bars beside the one of the epochs: one display on a terminal, never two."""

import io

import pytest
from rich.console import Console
from rich.progress import Progress

from convscope.cli.terminal.live import Bars


@pytest.mark.parametrize("running", [False, True])
def test_a_bar_appears_in_the_display_of_the_training(running):
    bars = Bars()
    display = Progress(console=Console(file=io.StringIO()), auto_refresh=False)
    epochs = display.add_task("epochs")
    bars.training = display if running else None
    with bars.show("images", "validating") as progress:
        progress(3, 12)
        shown = {task.id: task for task in display.tasks}
        assert len(shown) == 1 + running
        if running:
            task = display.tasks[-1]
            assert (task.completed, task.total) == (3, 12)
            assert task.fields == {"title": "validating", "figures": "3 of 12 images"}
    assert [task.id for task in display.tasks] == [epochs]
