"""Routes of the course: the list of chapters, a chapter, and the files that figures need.

convscope lesson list   convscope lesson show CHAPTER
"""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi import Path as InPath
from starlette.responses import Response

from convscope.errors import InputError
from convscope.lessons.records import Chapter, Course
from convscope.server.answers import refusal

router = APIRouter(prefix="/api/lessons", tags=["lessons"])

Lang = Annotated[Literal["en", "zh"], Query(alias="lang", description="Language of the text.")]
ChapterId = Annotated[str, InPath(pattern="^[a-z0-9_]{1,60}$")]
FileName = Annotated[str, InPath(max_length=200, description="Name of a file of a figure.")]


@router.get("")
def course(language: Lang = "en") -> Course:
    """All chapters: `convscope lesson list --json`."""
    from convscope.lessons.course import load_course

    return load_course(language)


@router.get(
    "/data/{name:path}",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}, "description": "A file"}},
)
def data(name: FileName) -> Response:
    """Return a file that a figure needs: an architecture, a payload, weights."""
    from convscope.lessons.data import media_type, read

    try:
        body = read(name)
    except InputError:
        raise refusal(404, "there is no such file", where=name[:200]) from None
    return Response(body, media_type=media_type(name), headers={"cache-control": "no-cache"})


@router.get("/{id}")
def chapter(id: ChapterId, language: Lang = "en") -> Chapter:
    """Return a chapter: `convscope lesson show CHAPTER --json`."""
    from convscope.lessons.course import folders, load_chapter

    if id not in {folder.id for folder in folders()}:
        raise refusal(404, "there is no such chapter", where=id)
    return load_chapter(id, language)
