"""State of the reader of one text: what it may refer to, and what it referred to."""

from dataclasses import dataclass, field

from convscope.lessons.reading.faults import Faults
from convscope.lessons.reading.settings import ChapterSettings


@dataclass
class Context:
    """State while one text is read.

    Attributes:
        chapters: ids of all chapters, for links.
        terms, sources: keys in the order of their first use.
        figures, questions: ids in the order of the text.
    """

    language: str
    settings: ChapterSettings
    faults: Faults
    chapters: tuple[str, ...]
    terms: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    figures: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    links: list[tuple[int, str, str]] = field(default_factory=list)

    def lab_of(self, figure: str) -> str | None:
        """Return the lab of a figure of this chapter."""
        return next((one.lab for one in self.settings.figures if one.id == figure), None)
