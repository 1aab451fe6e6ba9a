"""Events of training in notebooks: their sentence."""

from convscope.notebook.parts import sentence
from convscope.training.run.events import Event


def html(event: Event) -> str:
    """Return the event as a line."""
    return f"<p>{sentence(str(event))}</p>"
