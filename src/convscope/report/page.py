"""The report as one self-contained HTML page: no script, no network requests, escaped texts.

The policy in its head allows images inside the page and its own style sheet by its hash; the
browser refuses everything else. Two radio buttons and CSS switch the language.
"""

from html import escape
from importlib import resources
from pathlib import Path

from convscope.data.source import ALL, Source
from convscope.evaluate.metrics import percent
from convscope.io import storage
from convscope.render.pages.html import document, page_style
from convscope.report import charts, pictures, tables
from convscope.report.content import Course, ReportContent
from convscope.report.texts import SPLITS, TEXTS, Translated, both
from convscope.text import printable


def write(path: Path, content: ReportContent) -> Path:
    """Write the page; atomic.

    Raises:
        StorageError: the file cannot be written; an existing file is unchanged.
    """
    storage.write_text(path, page(content, folder=path.parent))
    return path


def page(content: ReportContent, *, folder: Path | None = None) -> str:
    """Return the whole page.

    Args:
        folder: of the file, for links to images; without it there are none.
    """
    own = resources.files("convscope.report").joinpath("report.css").read_text("utf-8")
    body = f"""{_language(content)}
<main>
{_head(content)}
{"".join(_sections(content, folder))}
<footer>{both("written by")}</footer>
</main>"""
    return document(
        body,
        title=f"{content.network} · {content.dataset} · {percent(content.evaluation.accuracy)}",
        style=page_style() + own,
        language="zh-Hans" if content.language == "zh" else "en",
    )


def _language(content: ReportContent) -> str:
    """Return the language switch: CSS shows the language whose radio button is checked."""
    parts = []
    for code, tag, name in (("en", "en", "English"), ("zh", "zh-Hans", "中文")):
        checked = " checked" if content.language == code else ""
        parts.append(f'<input type="radio" name="language" id="show-{code}"{checked}>')
        parts.append(f'<label for="show-{code}"><bdi lang="{tag}">{name}</bdi></label>')
    # siblings of <main>, so that a CSS rule can start from the checked input
    return "".join(parts)


def _head(content: ReportContent) -> str:
    result = content.evaluation
    low, high = result.accuracy_interval
    headline = both(
        "headline of all" if content.split == "all" else "headline",
        correct=f"{result.correct:,}",
        total=f"{result.num_samples:,}",
        split=SPLITS.get(content.split, content.split),
        low=percent(low),
        high=percent(high),
    )
    baseline = both(
        "baseline", majority=result.majority_class, baseline=percent(result.majority_baseline)
    )
    wrong = result.num_samples - result.correct
    number = percent(result.accuracy)[:-2]
    when = f" · {escape(content.when)}" if content.when else ""
    kind = "training report" if content.curves or content.settings else "evaluation report"
    return f"""<header>
<p class="kind">{both(kind)}{when}</p>
<h1>{both("title", network=content.network, dataset=content.dataset)}</h1>
<div class="headline">
<p class="accuracy"><strong>{number}<small> %</small></strong>
<span>{both("accuracy")}</span></p>
<p class="wrong"><strong>{wrong:,}</strong><span>{both("errors")}</span></p>
<div class="meaning"><p>{headline}</p><p>{baseline}</p></div>
</div>
{charts.ruler(result)}
<p class="scale-of-ruler"><span>0</span><span>50</span><span>100 %</span></p>
<dl class="figures">{_figures(content)}</dl>
</header>"""


def _figures(content: ReportContent) -> str:
    result = content.evaluation
    figures: list[tuple[str, str]] = [
        ("majority baseline", percent(result.majority_baseline)),
        ("balanced accuracy", percent(result.balanced_accuracy)),
        ("macro F1", percent(result.macro_f1)),
        ("calibration error", percent(result.calibration_error)),
        ("cross-entropy", f"{result.cross_entropy:.4f}"),
    ]
    if result.source:
        figures.insert(0, ("images", _source(result.source)))
    if result.top5 is not None:
        figures.insert(1, ("top-5 accuracy", percent(result.top5)))
    if result.ranking is not None:
        figures.append(("average precision", percent(result.ranking.average_precision)))
        figures.append(("ROC AUC", percent(result.ranking.roc_auc)))
    if result.mcc is not None:
        figures.append(("MCC", f"{result.mcc:.4f}"))
    if content.parameters is not None:
        figures.append(("parameters", f"{content.parameters:,}"))
    if content.macs is not None:
        figures.append(("MACs per image", f"{content.macs:,}"))
    if content.training_time_s is not None:
        figures.append(("training time", duration(content.training_time_s)))
    if content.images_per_second is not None:
        figures.append(("images per second", f"{content.images_per_second:,.0f}"))
    return "".join(f"<div><dt>{both(name)}</dt><dd>{value}</dd></div>" for name, value in figures)


def _source(source: Source) -> str:
    """Return how many images of how many were used, and of which data."""
    values = {
        "num": f"{source.num:,}",
        "total": f"{source.total:,}",
        "name": printable(source.name),
    }
    if source.split != ALL:
        kind = "source divided" if source.is_divided else "source"
        kind = "source whole" if source.num == source.total else kind
        texts = [both(kind, split=SPLITS.get(source.split, source.split), **values)]
    elif source.splits:
        names = [TEXTS[SPLITS.get(name, name)] for name in source.splits]
        listed = Translated(", ".join(n.en for n in names), "、".join(n.zh for n in names))
        texts = [both("source of all", splits=listed, **values)]
    else:
        texts = [both("source undivided", **values)]
    if source.unread:
        texts.append(both("unread", num=f"{source.unread:,}"))
    if source.reduced:
        texts.append(both("reduced", num=f"{source.reduced:,}"))
    return "<br>".join(texts)


def duration(seconds: float) -> str:
    """3725 -> "1 h 02 min", 71.2 -> "1 min 11 s", 8.31 -> "8.3 s"; as HTML in both languages."""
    if round(seconds, 1) < 60:
        return both("seconds", s=f"{seconds:.1f}")
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return both("minutes", min=minutes, s=f"{rest:02d}")
    return both("hours", h=minutes // 60, min=f"{minutes % 60:02d}")


def _course(course: Course) -> str:
    """Return the figures of the course of training, as a panel beside the curves."""
    kind = "stopped early" if course.stopped_early else "epochs of"
    if course.epochs < course.planned and not course.stopped_early:
        kind = "epochs so far"
    rows = (
        ("epochs", both(kind, num=course.epochs, planned=course.planned)),
        (
            "best validation accuracy",
            both("in epoch", value=percent(course.best_accuracy), epoch=course.best_epoch),
        ),
        ("last training accuracy", percent(course.training_accuracy)),
        (
            "lowest validation loss",
            both("in epoch", value=f"{course.lowest_loss:.4f}", epoch=course.lowest_loss_epoch),
        ),
        ("last validation loss", f"{course.last_loss:.4f}"),
    )
    figures = "".join(f"<div><dt>{both(name)}</dt><dd>{value}</dd></div>" for name, value in rows)
    heading = f'<figcaption class="charttitle">{both("course")}</figcaption>'
    return f'<figure class="course">{heading}<dl>{figures}</dl></figure>'


def _overfitting(course: Course) -> str:
    """Return a sentence if the run overfits, and nothing otherwise."""
    if not course.overfits:
        return ""
    text = both(
        "overfitting",
        lowest=f"{course.lowest_loss:.4f}",
        epoch=course.lowest_loss_epoch,
        last=f"{course.last_loss:.4f}",
    )
    return f"<br>{text}"


def _sections(content: ReportContent, folder: Path | None) -> list[str]:
    result = content.evaluation
    sections = []
    if not result.mistakes and result.correct == result.num_samples:
        sections.append(_section("mistakes", f"<p>{both('no mistakes')}</p>"))
    elif content.mistake_images is not None:
        shown = pictures.mistakes(result, content.mistake_images, folder)
        note, wrong = both("mistakes note"), result.num_samples - result.correct
        if len(content.mistake_images.tiles) < wrong:
            num = len(content.mistake_images.tiles)
            note += f" {both('mistakes shown', num=num, total=f'{wrong:,}')}"
        sections.append(_section("mistakes", shown, note=note))
    if content.curves:
        drawn = "".join(charts.curves(curves) for curves in content.curves)
        note = both("curves note")
        if content.course is not None:
            drawn += _course(content.course)
            note += _overfitting(content.course)
        sections.append(_section("curves", f'<div class="charts">{drawn}</div>', note=note))
    sections.append(_section("confusion", tables.confusion(result), note=both("confusion note")))
    if result.ranking is not None and result.ranking.curves:
        sections.append(_section("ranking", charts.ranking(result), note=both("ranking note")))
    if content.kernels is not None:
        kernels = content.kernels
        kind = "kernels note rgb" if kernels.scale.colours == "rgb" else "kernels note"
        shown = pictures.tiles(kernels, size=96 if len(kernels.tiles) <= 8 else 64)
        sections.append(
            _section(
                "kernels",
                f'<div class="kernels">{shown}{pictures.scale_bar(kernels.scale)}</div>',
                note=both(kind, path=content.kernels_path),
            )
        )
    if content.example is not None:
        example = content.example
        note = both(
            "example note",
            index=example.index,
            true=example.true,
            predicted=example.predicted,
            probability=percent(example.probability, digits=1),
        )
        sections.append(
            _section("example", pictures.journey(example, result.class_names), note=note)
        )
    sections.append(_section("classes", tables.classes(result), note=both("classes note")))
    error = percent(result.calibration_error)
    reliability = charts.reliability(result) + charts.confidence(result)
    reliability = f'<div class="charts">{reliability}</div>'
    note = both("calibration note", error=error)
    sections.append(_section("calibration", reliability, note=note))
    if content.layers is not None:
        sections.append(_section("layers", tables.layers(content), note=both("layers note")))
    if content.settings:
        groups = tables.settings(content.settings)
        sections.append(_section("settings", groups, note=both("settings note")))
    return sections


def _section(name: str, body: str, *, note: str = "") -> str:
    note = f'<p class="note">{note}</p>' if note else ""
    return (
        f'<section class="block"><div class="margin"><h2>{both(name)}</h2>{note}</div>'
        f'<div class="body">{body}</div></section>'
    )
