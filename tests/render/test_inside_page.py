"""The page of all visuals: every part in its place, every text escaped, each reason once."""

import numpy as np
import pytest

from convscope.payload import Heatmap, ImageGrid, Scale, Sheet, Table
from convscope.render.pages.html import fragment
from convscope.render.pages.inside_page import Group, InsidePage, Visual, inside_page

HOSTILE = "<script>alert(1)</script>"
PHOTO = np.random.default_rng(0).integers(0, 256, (80, 80, 3)).astype(np.uint8)
VALUES = np.arange(12, dtype=np.float32).reshape(3, 4)
MAP = Heatmap(title="Saliency", values=VALUES, scale=Scale.spanning(VALUES), underlay=PHOTO)


def content(**more):
    visual = Visual("saliency", "Saliency: sensitivity of a score.", MAP, 1.25)
    fields = {"title": "lenet5: digit.png", "groups": (Group("First", (visual,)),)} | more
    return InsidePage(**fields)


def test_the_parts_of_the_page():
    page = inside_page(
        content(
            picture=PHOTO,
            picture_note="Image of 80 x 80 resized.",
            predictions=(("cat", 0.75), ("dog", 0.25)),
            figures=(("classes", "10"),),
            omitted={"needs a data set": ("embedding", "top_patches")},
            command="convscope look all a b",
            versions="convscope 1",
        )
    )
    assert page.count("needs a data set") == 1
    for text in ("cat", "75.0 %", "25.0 %", "Image of 80 x 80 resized.", "1.2 s"):
        assert text in page
    for text in ("<code>embedding</code>, <code>top_patches</code>", "convscope look all a b"):
        assert text in page
    assert '<a href="#saliency">Saliency</a>' in page
    assert "<h3>Saliency</h3>" in page
    assert "Sensitivity of a score." in page
    assert "<figcaption>Saliency" not in page  # the heading says it
    assert "<script" not in page


def test_a_page_without_an_image_has_no_empty_parts():
    page = inside_page(content())
    for text in ("Prediction<", "Not shown", "Reproduction", 'class="subject"'):
        assert text not in page
    empty = inside_page(content(groups=(Group("Nothing", ()),)))
    assert "Nothing" not in empty


def test_every_text_is_escaped():
    payload = Table(title=HOSTILE, caption=HOSTILE, columns=(HOSTILE,), rows=((HOSTILE,),))
    visual = Visual(HOSTILE, HOSTILE, payload, 0.0)
    page = inside_page(
        content(
            title=HOSTILE,
            groups=(Group(HOSTILE, (visual,)),),
            picture=PHOTO,
            picture_note=HOSTILE,
            predictions=((HOSTILE, 1.0),),
            figures=((HOSTILE, HOSTILE),),
            omitted={HOSTILE: (HOSTILE,)},
            command=HOSTILE,
            versions=HOSTILE,
        )
    )
    assert "<script" not in page


def test_a_picture_and_its_map_are_two_drawings_that_narrow_screens_stack():
    assert fragment(MAP).count("<svg") == 2
    assert fragment(MAP.model_copy(update={"beside": False})).count("<svg") == 1
    signal = ImageGrid(tiles=VALUES[None], scale=Scale.spanning(VALUES), picture=PHOTO)
    assert fragment(signal).count("<svg") == 1  # 4 x 3 beside 1 x 1: drawn in its proportions
    square = signal.model_copy(update={"tiles": VALUES[None, :, :3]})
    assert fragment(square).count("<svg") == 2


@pytest.mark.parametrize(("num", "folded"), [(20, False), (21, True)])
def test_a_long_table_is_folded(num, folded):
    html = fragment(Table(columns=("a",), rows=tuple((i,) for i in range(num))))
    assert ("<details><summary>Table of 21 rows</summary>" in html) is folded
    assert html.count("<tr>") == num + 1


def test_broad_parts_of_a_sheet_have_a_row_of_their_own():
    rows = tuple((i,) for i in range(3))
    html = fragment(Sheet(items=(MAP, Table(columns=("a",), rows=rows)), columns=2))
    assert "convscope-columns" in html
    assert 'class="convscope-payload table convscope-broad"' in html
