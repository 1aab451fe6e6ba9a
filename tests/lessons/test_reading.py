"""The format of chapters: each construct as records, and each fault with file and line."""

import pytest

from convscope.lessons.checking import check_course
from convscope.lessons.course import folders, read_chapter
from convscope.lessons.records import Chapter

TOML = """\
[[figures]]
id = "window"
lab = "convolution"
rows = [29]
state = { example = "lecture" }
presets = [{ id = "two", state = { stride = "2" } }]

[[questions]]
id = "size"
kind = "number"
answer = "convolution.5_3.side"
tolerance = 0.01

[[questions]]
id = "which"
kind = "choice"
choices = ["one", "both"]
answer = "both"
shows = { figure = "window", state = { stride = "2" } }
"""
ENGLISH = """\
# Windows
You will be able to count windows.

## A first section
A [kernel](term:kernel) has **many** *small* weights, `w[0]` [@dumoulin2016]: {alexnet.parameters}
or {alexnet.parameters:millions0}. See [a stride of 2](figure:window?stride=2&x=1,2), [more](https://example.org/a_b)
and [here](chapter:windows#a-first-section).

- one
- two, with $x^2$

1. first

$$
O = \\lfloor I / S \\rfloor
$$

| a | b |
|---|---|
| 1 | {convolution.5_3.side} |

```python
print(1)
```

```figure window
Choose a preset.
- two: Every {convolution.5_3.side}
+++
print(2)
```

```question size
How many?
+++
Why: It is $5 - 3 + 1 = \\q{convolution.5_3.side}$.
```

```question which
Which?
- one: Only one
- both: Both **of them**
+++
Both do.
```

```erratum
It is {convolution.4_2.output}.
```
"""


@pytest.fixture
def course(tmp_path):
    """Write a course of one chapter; `change` replaces a text in a file of it."""

    def write(name="", old="", new=""):
        folder = tmp_path / "01_windows"
        folder.mkdir(exist_ok=True)
        texts = {"chapter.toml": TOML, "en.md": ENGLISH, "zh.md": ENGLISH}
        for file, text in texts.items():
            if file in name.split():
                assert old in text
                text = text.replace(old, new, 1)
            (folder / file).write_text(text, "utf-8")
        return tmp_path

    return write


def read(root, language="en"):
    (folder,) = folders(root)
    return read_chapter(folder, language, (folder,))


def kinds(blocks):
    return [block.kind for block in blocks]


def test_a_chapter_becomes_records(course):
    result = read(course())
    assert result.faults == ()
    chapter = result.chapter
    assert (chapter.id, chapter.number, chapter.title) == ("windows", 1, "Windows")
    assert chapter.summary == "You will be able to count windows."
    assert kinds(chapter.blocks) == [
        *("heading", "paragraph", "list", "list", "formula", "table", "code", "figure"),
        *("question", "question", "erratum"),
    ]
    assert Chapter.model_validate_json(chapter.model_dump_json()) == chapter
    assert [(one.key, one.authors, one.year) for one in chapter.sources] == [
        ("dumoulin2016", "Dumoulin and Visin", 2016)
    ]


def test_spans_of_a_paragraph(course):
    heading, paragraph = read(course()).chapter.blocks[:2]
    assert (heading.level, heading.anchor) == (2, "a-first-section")
    spans = {span.kind: span for span in paragraph.spans}
    assert list(dict.fromkeys(span.kind for span in paragraph.spans)) == [
        *("text", "term", "strong", "emphasis", "code", "cite", "quantity", "drive", "link"),
        "chapter",
    ]
    assert (spans["term"].entry, spans["term"].definition) == ("kernel", "the weights of a window")
    assert spans["code"].text == "w[0]"
    assert spans["cite"].text == "Dumoulin and Visin 2016"
    assert [s.text for s in paragraph.spans if s.kind == "quantity"] == ["60,965,224", "61 million"]
    assert (spans["drive"].figure, spans["drive"].state) == ("window", {"stride": "2", "x": "1,2"})
    assert spans["link"].href == "https://example.org/a_b"
    assert (spans["chapter"].chapter, spans["chapter"].anchor) == ("windows", "a-first-section")
    assert not any("\n" in span.text for span in paragraph.spans if span.kind == "text")


def test_blocks_with_structure(course):
    _, _, bullets, numbers, formula, table, code, *_ = read(course()).chapter.blocks
    assert (bullets.ordered, len(bullets.items), numbers.ordered) == (False, 2, True)
    assert bullets.items[1][0].spans[-1].text == "x²"
    assert formula.text == "O = ⌊I/S⌋"
    assert formula.math.attributes["display"] == "block"
    assert table.rows[0][1][0].text == "3"
    assert (code.language, code.text) == ("python", "print(1)")


def test_figures_and_questions(course):
    *_, figure, number, choice, erratum = read(course()).chapter.blocks
    assert (figure.id, figure.lab, figure.code) == ("window", "convolution", "print(2)")
    assert figure.command == "convscope lab convolution --example lecture"
    assert [(one.id, one.label, one.state) for one in figure.presets] == [
        ("two", "Every 3", {"stride": "2"})
    ]
    assert (number.type, number.answer, number.tolerance, number.choices) == ("number", 3, 0.01, ())
    assert number.why[0].spans[0].text == "It is "
    assert number.why[0].spans[1].text == "5 − 3 + 1 = 3"
    assert (choice.answer, [one.id for one in choice.choices]) == ("both", ["one", "both"])
    assert choice.shows.state == {"stride": "2"}
    assert erratum.blocks[0].spans[1].text == "3 × 3 × 1"


def test_chinese_has_its_own_words_and_the_english_anchors(course):
    root = course("zh.md", "## A first section\nA", "## 第一节\n一个\n词")
    chapter = read(root, "zh").chapter
    assert chapter.blocks[0].anchor == "a-first-section"
    assert chapter.blocks[1].spans[0].text == "一个词 "
    spans = {span.kind: span for span in chapter.blocks[1].spans}
    assert spans["term"].definition == "一个窗口内的权重"
    assert spans["cite"].text == "Dumoulin 和 Visin，2016"
    assert [s.text for s in chapter.blocks[1].spans if s.kind == "quantity"][1] == "6,097 万"


FAULTS = {
    "a typed number": ("en.md", "count windows", "count 25 windows", "en.md", 2, "25 is typed"),
    "a typed decimal": ("en.md", "or {", "1.5 {", "en.md", 6, "1.5 is typed"),
    "a typed percentage": ("en.md", "Both do", "5 % do", "en.md", 44, "5 % is typed"),
    "a typed number in a formula": ("en.md", "I / S", "227 / S", "en.md", 14, "227 is typed"),
    "an unknown quantity": ("en.md", "{alexnet.p", "{alexnot.p", "en.md", 5, "named alexnot.param"),
    "an unknown layer": ("en.md", "{alexnet.p", "{alexnet.convx.p", "en.md", 5, "no layer convx"),
    "an unknown format": ("en.md", "millions0", "million", "en.md", 6, "format named 'million'"),
    "an unknown term": ("en.md", "term:kernel", "term:kernels", "en.md", 5, "term named kernels"),
    "a term twice": ("en.md", "[more](https://example.org/a_b)", "[w](term:kernel)", "en.md", 6,
                     "marked twice"),
    "an unknown source": ("en.md", "@dumoulin2016", "@dumoulin", "en.md", 5, "source named dumou"),
    "an unknown figure": ("en.md", "figure:window", "figure:door", "en.md", 6, "figure named door"),
    "an unknown key": ("en.md", "stride=2", "strode=2", "en.md", 6, "no key strode"),
    "an unknown scheme": ("en.md", "https://", "http://", "en.md", 6, "unknown scheme"),
    "an unknown chapter": ("en.md", "chapter:windows", "chapter:doors", "en.md", 7, "named doors"),
    "an unknown anchor": ("en.md", "#a-first", "#the-first", "en.md", 7, "anchor the-first"),
    "an image": ("en.md", "- one", "- ![a](b.png)", "en.md", 9, "no images"),
    "HTML": ("en.md", "- one", "- <b>one</b>", "en.md", 9, "mark <b"),
    "an open bracket": ("en.md", "- one", "- {One}", "en.md", 9, "mark {"),
    "a formula": ("en.md", "x^2", "\\frac{x", "en.md", 10, "not valid LaTeX"),
    "an unknown command": ("en.md", "x^2", "\\nonsense x", "en.md", 10, "\\nonsense"),
    "a heading of level 1": ("en.md", "## A first", "# A first", "en.md", 4, "level 1"),
    "a quotation": ("en.md", "1. first", "> first", "en.md", 12, "blockquote"),
    "a fence of another kind": ("en.md", "```python", "```figures", "en.md", 22, "kind figures"),
    "a figure that the TOML lacks": ("en.md", "```figure window", "```figure door", "en.md", 26,
                                     "no figure named door"),
    "a preset that the TOML lacks": ("en.md", "- two:", "- three:", "en.md", 27, "are three"),
    "a caption of two paragraphs": ("en.md", "preset.", "preset.\n\nTry.", "en.md", 27,
                                    "caption is not one"),
    "no explanation": ("en.md", "+++\nBoth do.\n", "", "en.md", 40, "no explanation"),
    "another order of choices": ("en.md", "- one: Only one\n", "", "en.md", 40, "are both"),
    "a fence without end": ("en.md", "output}.\n```", "output}.", "en.md", 47, "not closed"),
    "no title": ("en.md", "# Windows", "Windows", "en.md", 1, "not a title"),
    "no TOML": ("chapter.toml", "rows = [29]", "rows = [29", "chapter.toml", 5, "invalid TOML"),
    "an unknown field": ("chapter.toml", "rows =", "row =", "chapter.toml", 4, "figures.0.row"),
    "a lab": ("chapter.toml", '"convolution"', '"involution"', "chapter.toml", 3, "lab named invo"),
    "a key": ("chapter.toml", "{ example", "{ sample", "chapter.toml", 5, "no key sample"),
    "a figure without preset": ("chapter.toml", 'presets = [{ id = "two", state = { stride = "2" } '
                                "}]", "", "chapter.toml", 3, "no preset"),
    "an answer that is no choice": ("chapter.toml", 'answer = "both"', 'answer = "all"',
                                    "chapter.toml", 18, "which is all"),
    "an answer that is typed": ("chapter.toml", '"convolution.5_3.side"', '"3"', "chapter.toml", 11,
                                "size is 3"),
    "an id": ("chapter.toml", 'id = "size"', 'id = "Size"', "chapter.toml", 9, "id Size"),
    "a heading of one language": ("zh.md", "## A", "### A", "zh.md", 1, "differ at part 1"),
    "an erratum of one language": ("zh.md", "```erratum\nIt is {convolution.4_2.output}.\n```\n",
                                   "", "zh.md", 1, "differ at part 8"),
    "code of one language": ("zh.md", "print(2)", "print(3)", "zh.md", 1, "print(3)"),
    "a quantity of one language": ("zh.md", "{convolution.4_2.output}", "x", "zh.md", 1,
                                   "references"),
    "a phrase of one language": ("zh.md", "window?stride=2", "window?stride=3", "zh.md", 1,
                                 "references"),
    "a term of one language": ("zh.md", "[kernel](term:kernel)", "kernel", "zh.md", 1, "kernel"),
    "a source of one language": ("zh.md", "[@dumoulin2016]", "x", "zh.md", 1, "dumoulin2016"),
}  # fmt: skip


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_is_reported_with_file_and_line(course, case):
    name, old, new, file, line, text = FAULTS[case]
    if name == "en.md":  # both texts, unless the case is that they differ
        name = "en.md zh.md"
    faults = check_course(course(name, old, new))
    assert [
        fault
        for fault in faults
        if (fault.path, fault.line) == (f"01_windows/{file}", line) and text in fault.problem
    ], faults


def test_a_course_without_faults_has_none(course):
    assert check_course(course()) == []


def test_an_error_has_the_place_of_its_fault(course):
    (fault, *_) = check_course(course("en.md zh.md", "or {", "77 {"))
    assert str(fault.error()).startswith("01_windows/en.md:6: the number 77 is typed")


def test_a_missing_file_and_bytes_that_are_no_text(course):
    root = course()
    (root / "01_windows" / "zh.md").write_bytes(b"# \xff")
    assert any("not UTF-8" in fault.problem for fault in check_course(root))
    (root / "01_windows" / "zh.md").unlink()
    assert any("zh.md is missing" in fault.problem for fault in check_course(root))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("LeNet-5 and VGG-16, ResNet-50, conv3_1, top-5 and 3 × 3", None),
        ("CIFAR-10, ILSVRC 2012, float32, a 1x1 kernel", None),
        ("用 LeNet-5 在 3 × 3 的窗口上", None),
        ("224 pixels", "224"),
        ("共 60 个", "60"),
        ("0.5", "0.5"),
        ("1,000 classes", "1,000"),
        ("about 5 %", "5 %"),
        ("11x11", "11"),
    ],
)
def test_numbers_that_must_be_computed(text, number):
    from convscope.lessons.reading.numbers import typed_number

    assert typed_number(text) == number
