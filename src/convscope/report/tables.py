"""Tables of the report as HTML: confusion matrix, classes, layers, settings."""

import math
from collections.abc import Sequence
from html import escape

from convscope.evaluate.metrics import ClassMetrics, Evaluation, percent
from convscope.payload import Cell, cell_text
from convscope.render.payloads import drawing
from convscope.render.svg import svg_for_page
from convscope.render.text import text_width
from convscope.report.content import ReportContent, Settings
from convscope.report.texts import both, plain

MOST_MATRIX = 20  # classes; larger matrices cannot be read on a page
MOST_CONFUSIONS = 20
MOST_CLASS_ROWS = 30
NUM_WEAKEST = 20
WIDEST_LEVEL_NAME = 44  # pixels; with wider names the column headings are turned
MOST_WRAPPED = 6  # classes whose names are wrapped and not turned
NUM_SHADES = 9
MARK = "\N{NO-BREAK SPACE}◂"  # beside the weakest class
MOST_LAYERS = 30  # a longer table is folded
LEAST_DARK = 4  # errors of the darkest cell, so that a single error is not drawn dark


def confusion(evaluation: Evaluation) -> str:
    """Return the matrix, shaded by rows; for many classes a list of the frequent confusions."""
    if len(evaluation.classes) > MOST_MATRIX:
        return _confusions(evaluation)
    names = evaluation.class_names
    wrong = [n for i, row in enumerate(evaluation.confusion) for j, n in enumerate(row) if i != j]
    most_wrong = max([*wrong, LEAST_DARK])
    head = "".join(_class_name(name, "col") for name in names)
    rows = []
    for i, row in enumerate(evaluation.confusion):
        cells, support = [], evaluation.classes[i].support
        for j, num in enumerate(row):
            title = escape(plain("cell", true=names[i], predicted=names[j], num=num))
            share = num / support if support else 0.0
            shade = f"r{_shade(share)}" if i == j else f"w{_wrong_shade(num, most_wrong)}"
            text = f"{num:,}" if num else "·"
            cells.append(f'<td class="{shade}" title="{title}">{text}</td>')
        rows.append(f"<tr>{_class_name(names[i], 'row')}{''.join(cells)}</tr>")
    corners = f"<span>{both('rows')} ↓</span><span>{both('columns')} →</span>"
    corner = f'<td class="corner">{corners}</td>'
    wide = any(text_width(name, 14) > WIDEST_LEVEL_NAME for name in names)
    look = "confusion turned" if wide and len(names) > MOST_WRAPPED else "confusion"
    look += " wrapped" if wide and len(names) <= MOST_WRAPPED else ""
    return (
        f'<div class="wide"><table class="{look}"><thead><tr>{corner}{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _class_name(name: str, scope: str) -> str:
    return f'<th scope="{scope}" title="{escape(name)}"><span>{escape(name)}</span></th>'


def _shade(share: float) -> int:
    return min(NUM_SHADES, max(0, math.ceil(share * NUM_SHADES)))


def _wrong_shade(num: int, most: int) -> int:
    """Return a shade by the square root, so that 1 error is visible beside 100."""
    return _shade(math.sqrt(num / most)) if num else 0


def _confusions(evaluation: Evaluation) -> str:
    names = evaluation.class_names
    pairs = evaluation.most_confused(MOST_CONFUSIONS)
    rows = [(names[pair.true], names[pair.predicted], pair.count) for pair in pairs]
    note = f"<p>{both('confusion many', num=len(names))}</p>"
    table = grid(("true", "predicted", "images"), rows)
    picture = evaluation.confusion_matrix().model_copy(update={"title": ""})
    svg = svg_for_page(drawing(picture), label=plain("confusion"))
    summary = both("matrix")
    return (
        f'{note}{table}<details><summary>{summary}</summary><div class="wide natural">{svg}</div>'
        "</details>"
    )


def classes(evaluation: Evaluation) -> str:
    """Return precision, recall, F1 and support per class; of many, the weakest first."""
    ordered = sorted(evaluation.classes, key=_weakness)
    if len(ordered) <= MOST_CLASS_ROWS:
        differ = _weakness(ordered[0]) < _weakness(ordered[-1])
        return _class_table(evaluation.classes, weakest=ordered[0] if differ else None)
    return (
        f"<p>{both('weakest', num=NUM_WEAKEST)}</p>"
        f"{_class_table(ordered[:NUM_WEAKEST], weakest=None)}"
        f"<details><summary>{both('all classes', num=f'{len(ordered):,}')}</summary>"
        f"{_class_table(evaluation.classes, weakest=None)}</details>"
    )


def _weakness(metrics: ClassMetrics) -> float:
    return 2.0 if metrics.f1 is None else metrics.f1


def _class_table(shown: Sequence[ClassMetrics], *, weakest: ClassMetrics | None) -> str:
    body = []
    ranked = any(metrics.average_precision is not None for metrics in shown)
    for metrics in shown:
        areas = (metrics.average_precision, metrics.roc_auc) if ranked else ()
        shares = (metrics.precision, metrics.recall, metrics.f1, *areas)
        cells = "".join(f'<td class="num">{_share(share)}</td>' for share in shares)
        cells += f'<td class="num">{metrics.support:,}</td>'
        mark = ' class="weakest"' if metrics is weakest else ""
        body.append(
            f'<tr{mark}><th scope="row">{escape(metrics.name)}{MARK * bool(mark)}</th>{cells}</tr>'
        )
    columns = f'<th scope="col">{both("class")}</th>' + "".join(
        f'<th scope="col" class="num">{both(name)}</th>'
        for name in ("precision", "recall", "F1", *("AP", "AUC") * ranked, "support")
    )
    return (
        f'<div class="wide"><table class="classes"><thead><tr>{columns}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def _share(share: float | None) -> str:
    return "–" if share is None else percent(share)


def grid(
    columns: Sequence[str], rows: Sequence[Sequence[Cell]], *, total: Sequence[Cell] = ()
) -> str:
    """Return any table; columns of numbers are aligned right. `total` is the last row."""
    numeric = [
        bool(rows) and all(isinstance(row[i], int | float | None) for row in rows)
        for i in range(len(columns))
    ]

    def line(cells: Sequence[Cell]) -> str:
        parts = []
        for i, (cell, right) in enumerate(zip(cells, numeric, strict=True)):
            text = escape(cell_text(cell)) if cell is not None else "–"
            if i == 0:
                parts.append(f'<th scope="row">{both(text) if text == "total" else text}</th>')
            else:
                parts.append(f'<td class="num">{text}</td>' if right else f"<td>{text}</td>")
        return "<tr>" + "".join(parts) + "</tr>"

    head = "".join(
        f'<th scope="col"{num}>{both(name)}</th>'
        for name, right in zip(columns, numeric, strict=True)
        for num in [' class="num"' if right else ""]
    )
    foot = f"<tfoot>{line(total)}</tfoot>" if total else ""
    body = "".join(line(row) for row in rows)
    return (
        f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody>{foot}'
        f"</table></div>"
    )


def layers(content: ReportContent) -> str:
    """Return the table of the layers, with the totals."""
    assert content.layers is not None
    columns = content.layers.columns
    sums: dict[str, Cell] = {"parameters": content.parameters, "MACs": content.macs}
    total = ["total", *(sums.get(name, "") for name in columns[1:])]
    table = grid(columns, content.layers.rows, total=total)
    table = table.replace("<table>", '<table class="layers">', 1)
    if len(content.layers.rows) <= MOST_LAYERS:
        return table
    summary = both("all layers", num=len(content.layers.rows))
    return f"<details><summary>{summary}</summary>{table}</details>"


def settings(groups: Sequence[Settings]) -> str:
    """Return groups of names and values."""
    parts = []
    for group in groups:
        rows = "".join(
            f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>"
            for name, value in group.rows
        )
        parts.append(f"<section><h3>{both(group.title)}</h3><dl>{rows}</dl></section>")
    return f'<div class="settings">{"".join(parts)}</div>'
