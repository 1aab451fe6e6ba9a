"""Evaluations in notebooks: main metrics, confusion matrix, classes, calibration."""

from convscope.evaluate.metrics import Evaluation, percent
from convscope.notebook.parts import folded, heading, name, sentence, table

MOST_CONFUSION = 20  # classes of a matrix that fits a page
MOST_PAIRS = 10


def html(evaluation: Evaluation) -> str:
    """Return the metrics; what is long is folded."""
    low, high = evaluation.accuracy_interval
    note = f"95 % interval {percent(low)} to {percent(high)}, {evaluation.num_samples:,} images"
    head, *rows = evaluation.class_rows()
    num_classes = len(evaluation.classes)
    parts = [
        heading(f"Accuracy {percent(evaluation.accuracy)}", note),
        table(("", ""), evaluation.rows()),
        _confusions(evaluation),
        folded(f"Table of {num_classes:,} classes", table(head, rows, numeric=range(1, len(head)))),
    ]
    return "".join(parts)


def _confusions(evaluation: Evaluation) -> str:
    if 0 < len(evaluation.confusion) <= MOST_CONFUSION:
        summary = "Confusion matrix: rows are true classes, columns predictions"
        is_open = len(evaluation.confusion) <= MOST_CONFUSION // 2
        return folded(summary, _matrix(evaluation), is_open=is_open)
    pairs = evaluation.most_confused(MOST_PAIRS)
    if not pairs:
        return f"<p>{sentence('No mistakes.')}</p>"
    names = evaluation.class_names
    rows = [(names[pair.true], names[pair.predicted], f"{pair.count:,}") for pair in pairs]
    shown = table(("true", "predicted", "count"), rows, numeric=[2])
    return folded(f"The {len(rows)} most frequent confusions", shown, is_open=True)


def _matrix(evaluation: Evaluation) -> str:
    """Return the matrix; the colour of a cell is its share of the row, red off the diagonal."""
    names = evaluation.class_names
    head = "".join(f'<th scope="col" title="{name(label)}">{name(label)}</th>' for label in names)
    rows = []
    for true, counts in enumerate(evaluation.confusion):
        total = sum(counts) or 1
        cells = "".join(
            _cell(count, count / total, is_correct=true == predicted)
            for predicted, count in enumerate(counts)
        )
        label = name(names[true])
        rows.append(f'<tr><th scope="row" title="{label}">{label}</th>{cells}</tr>')
    body = f"<thead><tr><th></th>{head}</tr></thead><tbody>{''.join(rows)}</tbody>"
    return f'<div class="scroll"><table class="confusion">{body}</table></div>'


def _cell(count: int, share: float, *, is_correct: bool) -> str:
    if not count:
        return "<td></td>"
    red_green_blue = "0,114,178" if is_correct else "213,94,0"
    strength = 0.08 + 0.4 * share if is_correct else 0.15 + 0.5 * share
    return f'<td style="background:rgba({red_green_blue},{strength:.2f})">{count:,}</td>'
