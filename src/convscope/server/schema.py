"""Types of errors over HTTP, which the documentation of each service shows."""

from convscope.record import Record


class Reason(Record):
    """The parts of an error of something that ran: a job, a task."""

    given: str
    expected: str = ""
    fix: str = ""
    where: str = ""


class ErrorText(Record):
    """The parts of an error."""

    status: int
    given: str
    expected: str | None = None
    fix: str | None = None
    where: str | None = None


class ErrorAnswer(Record):
    """Every error has this form."""

    error: ErrorText
