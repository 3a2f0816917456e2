"""Names and numbers as the report prints them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil, floor

from curation.diversity.numbers import Portion
from curation.review.agreement.report import Estimate, Forecast, Measure
from schemas.terminal import one_line
from schemas.text_table import width

COLUMNS = 100
NAME = 18  # cells of a name; pairs have two


def name_of(text: str, cells: int = NAME) -> str:
    """Cut to what a column has, at a character of any width."""
    text = one_line(text) or "all"
    while width(text) > cells:
        text = text.rstrip("…")[:-1] + "…"
    return text


def some(names: Sequence[str]) -> str:
    """The first four, and how many more there are."""
    shown = ", ".join(name_of(name, 40) for name in names[:4])
    return shown if len(names) <= 4 else f"{shown} and {len(names) - 4} more"


def share(value: float | None) -> str:
    """A percentage that is 100 % only if all of them are, and 0 % only if none is."""
    if value is None:
        return "-"
    shown = f"{value:.1%}"
    if shown == "100.0%" and value < 1:
        return "99.9%+"
    return "<0.1%" if shown == "0.0%" and value > 0 else shown


def portion_of(portion: Portion | None) -> str:
    if portion is None:
        return "-"
    return f"{share(portion.share)} {between_percent(portion.low, portion.high)}"


def between_percent(low: float, high: float) -> str:
    """In whole percents, rounded outwards, so that an interval never looks narrower than it is."""
    return f"[{floor(low * 100 + 1e-9)},{ceil(high * 100 - 1e-9)}]"


def measure_of(measure: Measure) -> str:
    if measure.value is None:
        return "-"
    if measure.low is None or measure.high is None:
        return two(measure.value)
    return f"{two(measure.value)} [{two(measure.low)},{two(measure.high)}]"


def two(value: float) -> str:
    """Two places, without the leading zero; 1 or -1 only if it is."""
    shown = f"{value:.2f}"
    if shown == "1.00":
        return "1" if value >= 1 else ".99+"
    if shown == "-1.00":
        return "-1" if value <= -1 else "-.99+"
    return shown.replace("0.", ".", 1).replace("-.00", ".00")


def number(estimate: Estimate) -> str:
    if estimate.value is None:
        return "-"
    places = 1 if estimate.value < 10 else 0
    value, low, high = (
        None if v is None else f"{v:,.{places}f}" for v in (estimate.value, estimate.low, estimate.high)
    )
    return f"{value}" if low is None or high is None else f"{value} [{low}, {high}]"


def whole(estimate: Estimate) -> str:
    return "0" if not estimate.value else f"{estimate.value:,.0f}"


def counted(count: int, one: str, several: str) -> str:
    return f"{count:,} {one if count == 1 else several}"


def date(forecast: Forecast) -> str:
    if forecast.date is None:
        return "-" if forecast.verdicts.value or forecast.revisions.value else "done"
    return forecast.date


def between(forecast: Forecast) -> str:
    if forecast.first is None:
        return "-"
    return f"{forecast.first}, {forecast.last or 'open'}"


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def wrapped(texts: Iterable[str]) -> list[str]:
    """Broken at spaces, for terminals of `COLUMNS` cells; what follows is set in."""
    lines = []
    for text in texts:
        line = ""
        for word in one_line(text).split(" "):
            if line and width(line) + 1 + width(word) > COLUMNS:
                lines.append(line)
                line = f"  {word}"
            else:
                line = f"{line} {word}" if line else word
        lines.append(line)
    return lines
