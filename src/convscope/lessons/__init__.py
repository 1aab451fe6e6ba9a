"""The course: chapters in English and Chinese, with figures, questions and computed numbers.

    from convscope.lessons import load_chapter, load_course

    load_course("en").chapters             # id, number, title, summary, minutes
    load_chapter("convolution", "zh")      # blocks: paragraphs, formulas, figures, questions

`convscope lesson`, the studio and the static site show the same records;
docs/how-to/add-a-chapter.md says how to write one.
"""

from typing import TYPE_CHECKING

from convscope.lazy import lazy

if TYPE_CHECKING:
    from convscope.lessons.checking import check_course
    from convscope.lessons.course import load_chapter, load_course

__all__ = ["check_course", "load_chapter", "load_course"]

__getattr__, __dir__ = lazy(
    __name__,
    {
        "convscope.lessons.course": ("load_chapter", "load_course"),
        "convscope.lessons.checking": ("check_course",),
    },
)
