"""Formats of quantities in a text, in English and Chinese."""

from collections.abc import Callable

from convscope.errors import InputError, unknown_name

Value = int | float | str | tuple[int, ...]
Number = int | float

SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def text_of(value: Value, form: str | None, language: str) -> str:
    """Return a value as text.

    Without a format, whole numbers have commas, other numbers 4 significant digits, and sizes are
    joined by a multiplication sign.

    Raises:
        InputError: unknown format, or one that does not fit the value.
    """
    if isinstance(value, str | tuple):
        if form is not None:
            raise InputError(
                f"the format {form} does not fit {value}", expected="no format for texts and sizes"
            )
        return value if isinstance(value, str) else " × ".join(f"{side:,}" for side in value)
    if form is None:
        return f"{value:,}" if isinstance(value, int) else f"{value:,.4g}"
    if form.isdigit():
        return f"{value:,.{int(form)}f}"
    name = form.rstrip("0123456789")
    digits = form[len(name) :]
    if name not in FORMATS:
        raise unknown_name("format", form, FORMATS)
    write, usual = FORMATS[name]
    return write(value, int(digits) if digits else usual, language)


def _integer(value: Number, _digits: int, _language: str) -> str:
    return f"{round(value):,}"


def _plain(value: Number, _digits: int, _language: str) -> str:
    return f"{round(value)}"


def _millions(value: Number, digits: int, language: str) -> str:
    if language == "zh":
        return f"{value / 1e4:,.{digits}f} 万"
    return f"{value / 1e6:,.{digits}f} million"


def _billions(value: Number, digits: int, language: str) -> str:
    if language == "zh":
        return f"{value / 1e8:,.{digits}f} 亿"
    return f"{value / 1e9:,.{digits}f} billion"


def _percent(value: Number, digits: int, _language: str) -> str:
    return f"{100 * value:,.{digits}f} %"


def _scientific(value: Number, digits: int, _language: str) -> str:
    mantissa, _, exponent = f"{value:.{digits}e}".partition("e")
    return f"{mantissa} × 10{str(int(exponent)).translate(SUPERSCRIPT)}"


def _megabytes(value: Number, digits: int, _language: str) -> str:
    return f"{value / 1e6:,.{digits}f} MB"


Write = Callable[[Number, int, str], str]
FORMATS: dict[str, tuple[Write, int]] = {
    "integer": (_integer, 0),
    "plain": (_plain, 0),
    "millions": (_millions, 1),
    "billions": (_billions, 1),
    "percent": (_percent, 1),
    "scientific": (_scientific, 1),
    "megabytes": (_megabytes, 1),
}
"""Formats by name, with their usual number of decimals; `percent2` has 2. A number alone, as in
{name:2}, is a number of decimals. `plain` has no commas, as for years; millions and billions are
万 and 亿 in Chinese; percents are shares times 100."""
