"""How numbers, abilities and verdicts are written for people."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from schemas.ability import doit_abilities
from schemas.results import Factor, Interval, Report, Saturation, Verdict, VerdictName

NONE = "–"
GLYPHS: dict[VerdictName, str] = {"responsive": "▲", "resistant": "=", "adverse": "▼", "undetermined": "?"}
UNITS: dict[Factor, str] = {
    "data": "points per fourfold n",
    "size": "points per doubling of parameters",
    "synthetic": "points, human minus synthetic",
}
_SYNTHETIC_WORDS: dict[VerdictName, str] = {
    "responsive": "human better",
    "adverse": "synthetic better",
    "resistant": "no difference",
    "undetermined": "undetermined",
}


def number(value: float | None, digits: int = 2, *, signed: bool = False) -> str:
    """A decimal with a true minus sign; a dash for what was not measured."""
    if value is None or not math.isfinite(value):
        return NONE
    text = f"{value:+.{digits}f}" if signed else f"{value:.{digits}f}"
    if float(text) == 0:
        text = text.lstrip("+-")
    return text.replace("-", "−")


def p_value(value: float | None) -> str:
    """Three decimals; never a p of nothing."""
    text = number(value, 3)
    return "< 0.001" if text == "0.000" else text


def probability(value: float | None) -> str:
    """Three decimals, so that 0.896 is not taken for the 0.900 that is asked; never a certainty."""
    text = number(value, 3)
    return {"0.000": "< 0.001", "1.000": "> 0.999"}.get(text, text)


def relation(text: str) -> str:
    """`= 0.04`, and `< 0.001` as it is."""
    return text if text[0] in "<>" else f"= {text}"


def share(value: float | None) -> str:
    """A score in [0, 1], three decimals."""
    return number(value, 3)


def span(interval: Interval, digits: int = 1, *, signed: bool = True) -> str:
    low, high = number(interval.low, digits, signed=signed), number(interval.high, digits, signed=signed)
    return f"[{low}, {high}]"


def whole(value: int) -> str:
    """An integer in groups of three."""
    return f"{value:,}"


def parameters(value: int) -> str:
    """A parameter count: 18k, 1.3M, 7B."""
    for size, letter in ((1_000_000_000, "B"), (1_000_000, "M"), (1_000, "k")):
        if value >= size:
            return f"{value / size:.3g}{letter}"
    return str(value)


def duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{hours} h"] * (hours > 0) + [f"{minutes} min"] * (minutes > 0) + [f"{rest} s"] * (hours == 0)
    return " ".join(parts)


def listed(words: Iterable[str]) -> str:
    """a, b and c."""
    items = list(words)
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""


@dataclass(frozen=True)
class Named:
    """An ability for people: its field name, and its titles where it has any."""

    name: str
    title: str
    title_zh: str


def named(report: Report, ability: str) -> Named:
    known = doit_abilities().get(ability)
    title = report.titles.get(ability) or (known.title if known else "")
    title_zh = known.title_zh if known else ""
    return Named(ability, title, "" if title_zh in title else title_zh)


@dataclass(frozen=True)
class Badge:
    """A verdict as text: a sign, a word, and the estimate with its interval."""

    verdict: VerdictName
    glyph: str
    word: str
    base: str
    estimate: str
    interval: str
    unit: str
    level: str
    p: str
    notes: str
    decide: str


def badge(verdict: Verdict) -> Badge:
    synthetic = verdict.factor == "synthetic"
    return Badge(
        verdict=verdict.verdict,
        glyph=GLYPHS[verdict.verdict],
        word=_SYNTHETIC_WORDS[verdict.verdict] if synthetic else verdict.verdict,
        base=verdict.base,
        estimate=number(verdict.estimate, 1, signed=True),
        interval=span(verdict.interval),
        unit=UNITS[verdict.factor],
        level=percent(verdict.interval.level),
        p=p_value(verdict.p),
        notes="; ".join(verdict.notes),
        decide=verdict.decide,
    )


def percent(value: float) -> str:
    return f"{100 * value:g} %"


def saturation_words(saturation: Saturation | None, largest: int | None = None) -> tuple[str, str]:
    """Where it saturates, and how sure that is. `largest` is the n after which nothing was measured."""
    if saturation is None:
        return NONE, ""
    if saturation.verdict == "undetermined":
        return "undetermined", ""
    sure = f"Pr {relation(probability(saturation.probability))}" if saturation.probability is not None else ""
    n = saturation.n if saturation.n is not None or saturation.verdict == "at" else largest
    return f"{saturation.verdict} {n if n is not None else 'the largest n'}", sure


def base_order(report: Report) -> list[str]:
    """Base models from small to large, with those that only results name at the end."""
    seen = [c.base for c in report.curves] + [v.base for v in report.verdicts if v.base]
    extra = [b for b in dict.fromkeys(seen) if b not in report.bases]
    return sorted(report.bases, key=lambda b: (report.bases[b], b)) + extra


def ability_order(report: Report) -> list[str]:
    """The report's abilities, with those that only results name at the end."""
    seen = [c.ability for c in report.curves] + [v.ability for v in report.verdicts]
    seen += [c.ability for c in report.complexity] + [s.ability for s in report.saturation]
    if report.recommendation:
        seen += [a.ability for a in report.recommendation.allocations]
    return list(dict.fromkeys([*report.abilities, *seen]))
