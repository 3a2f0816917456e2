"""The report for a terminal of 100 columns: the paper's table, what is left, pairs, people, and what to beware of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import ceil, floor

from curation.diversity.numbers import Portion
from curation.review.agreement.report import (
    AbilityReport,
    Agreed,
    AgreementReport,
    Estimate,
    Forecast,
    Measure,
    Person,
)
from schemas.terminal import one_line
from schemas.text_table import text_table, width

COLUMNS = 100
_NAME = 18  # cells of a name; pairs have two
_SHOWN = 20  # lines of pairs
_IDLE = "no date: nobody worked"


def report_text(report: AgreementReport) -> str:
    """All parts, one under the other."""
    parts = [_process(report), _measures(report), _pace(report), _left(report)]
    if report.pairs:
        parts.append(_pairs(report.pairs))
    if report.people:
        parts.append(_people(report.people))
    return "\n\n".join([part for part in parts if part] + [_beware(report)])


def _process(report: AgreementReport) -> str:
    """The paper's table: how many there are, what passed, how far people agreed."""
    header = ("ability", "loaded", "filter", "revised", "review", "agree")
    rows = [
        (
            _name(line.ability),
            f"{line.items:,}",
            _portion(line.filter_pass),
            _portion(line.revision),
            _portion(line.review_pass),
            _measure(line.agreement.of("observed agreement")),
        )
        for line in _lines(report)
    ]
    total = report.total.pace
    about = (
        "filter, review: share that passed; revised: share of what left the filter. [95% Wilson intervals]",
        "agree: share of two verdicts that say the same. [95% bootstrap intervals over instances]",
        f"{total.hours:,.1f} hours of labour, {total.verdicts:,} verdicts, {total.revisions:,} revisions.",
    )
    said = [text.replace("95%", f"{report.settings.level:.3g}".replace("0.", "") + "%") for text in about]
    return text_table(header, rows, range(1, 5)) + "\n" + "\n".join(said)


def _measures(report: AgreementReport) -> str:
    """Agreement beyond chance, of every ability, and of each stage of all together."""
    header = ("beyond chance", "units", "Cohen", "Fleiss", "alpha", "AC1")
    groups = [(_name(line.ability, 17), line.agreement) for line in _lines(report)]
    if len(report.total.stages) > 1:
        groups += [(f"all, {agreed.stage}", agreed) for agreed in report.total.stages]
    rows = [(name, f"{one.units:,}", *map(_measure, one.measures[1:])) for name, one in groups]
    return text_table(header, rows, (1,))


def _pace(report: AgreementReport) -> str:
    header = ("ability", "verdicts", "revisions", "an hour", "median s", "labour h")
    rows = [
        (
            _name(line.ability),
            f"{line.pace.verdicts:,}",
            f"{line.pace.revisions:,}",
            _number(line.pace.an_hour),
            "-" if line.pace.median_seconds is None else f"{line.pace.median_seconds:,.0f}",
            f"{line.pace.hours:,.1f}",
        )
        for line in _lines(report)
    ]
    settings = report.settings
    about = (
        f"A verdict counts for at most {settings.verdict_minutes:g} minutes, a revision for"
        f" {settings.revision_minutes:g}: a longer pause is no labour."
    )
    return text_table(header, rows, range(1, 6)) + "\n" + "\n".join(_wrapped([about]))


def _left(report: AgreementReport) -> str:
    header = ("ability", "verdicts left", "revisions left", "hours left", "done (UTC)", "between")
    rows = [
        (
            _name(line.ability),
            _count(line.forecast.verdicts),
            _count(line.forecast.revisions),
            _number(line.forecast.hours),
            _date(line.forecast),
            _between(line.forecast),
        )
        for line in _lines(report)
    ]
    everyone = report.total.forecast.assumes
    said = [f"The forecast goes on as the last {report.settings.recent_days} days."]
    said += [f"{_capital(text)}." for text in everyone]
    idle = any(text.startswith(_IDLE) for text in everyone)
    by_text: dict[str, list[str]] = {}
    for line in report.abilities:
        for text in line.forecast.assumes:
            if text not in everyone and not (idle and text.startswith(_IDLE)):
                by_text.setdefault(text, []).append(line.ability)
    for text, names in by_text.items():
        whose = "all" if len(names) == len(report.abilities) else _some(names)
        said.append(f"{_capital(text)} ({whose}).")
    return text_table(header, rows, range(1, 4)) + "\n" + "\n".join(_wrapped(said))


def _pairs(pairs: Sequence[Agreed]) -> str:
    header = ("pair", "", "units", "agree", "Cohen", "alpha", "AC1")
    rows = [
        (
            _name(pair.pair[0], 12),
            _name(pair.pair[1], 12),
            f"{pair.units:,}",
            *(_measure(m) for m in pair.measures if m.measure != "Fleiss' kappa"),
        )
        for pair in pairs[:_SHOWN]
    ]
    more = len(pairs) - _SHOWN
    rest = (
        f"\n{more:,} more pairs, of more agreement or of too few instances: --json has all"
        if more > 0
        else ""
    )
    return text_table(header, rows, (2,)) + rest


def _people(people: Sequence[Person]) -> str:
    header = (
        "annotator",
        "verdicts",
        "gold right",
        "with colleagues",
        "approves",
        "they",
        "an hour",
        "hours",
    )
    rows = [
        (
            _name(person.name),
            f"{person.verdicts:,}",
            _portion(person.gold),
            _portion(person.with_colleagues),
            _share(person.approves),
            _share(person.colleagues_approve),
            "-" if person.pace.an_hour.value is None else f"{person.pace.an_hour.value:,.0f}",
            f"{person.pace.hours:,.1f}",
        )
        for person in people
    ]
    about = (
        "gold right: after training; with colleagues: verdicts that are those of most colleagues; approves,"
        " they: share that one approved, and colleagues on the same instances.",
    )
    said = [f"{_name(p.name, 40)} {remark}." for p in people for remark in p.remarks]
    if not said:
        said = ["Nobody stands out beyond what chance explains."]
    return text_table(header, rows, (1, 2, 3, 4, 5, 6, 7)) + "\n" + "\n".join(_wrapped((*about, *said)))


def _beware(report: AgreementReport) -> str:
    """What the numbers don't say, each sentence once with what it is about."""
    groups = [(line.ability or "all", line.agreement) for line in _lines(report)]
    if len(report.total.stages) > 1:
        groups += [(agreed.stage, agreed) for agreed in report.total.stages]
    found: dict[str, list[str]] = {}
    for where, agreed in groups:
        for text in _said(agreed):
            found.setdefault(text, []).append(where)
    rare = []
    for pair in report.pairs[:_SHOWN]:
        names = " and ".join(_name(name, 20) for name in pair.pair)
        for text in _said(pair):
            if text == pair.note and "AC1" in text:
                rare.append(names)
            else:
                found.setdefault(text, []).append(names)
    said = [f"{_some(names)}: {text}." for text, names in found.items()]
    if rare:
        said.append(
            f"{_some(rare)}: kappa and alpha are low although they agree; one verdict is rare, read AC1."
        )
    said += _undefined([*groups, *((" and ".join(p.pair), p) for p in report.pairs[:_SHOWN])], report)
    if report.alone:
        said.append(f"{report.alone:,} units with one verdict say nothing about agreement and are left out.")
    if report.asked_later:
        said.append(
            f"{report.asked_later:,} verdicts that a disagreement asked for are left out of agreement."
        )
    return "\n".join(_wrapped(said))


def _undefined(groups: Iterable[tuple[str, Agreed]], report: AgreementReport) -> list[str]:
    """How many resamples are no part of an interval."""
    counts = {where: max(m.undefined for m in agreed.measures) for where, agreed in groups}
    some = [f"{_name(where, 40)} {count:,}" for where, count in counts.items() if count]
    if not some:
        return []
    of = f"of {report.settings.draws:,} resamples"
    return [
        f"Kappa or alpha is undefined in some {of}, which are no part of the interval: {', '.join(some)}."
    ]


def _said(agreed: Agreed) -> Iterator[str]:
    if agreed.note:
        yield agreed.note
    by_text: dict[str, list[str]] = {}
    for measure in agreed.measures:
        if measure.explanation and not measure.explanation.startswith("undefined in"):
            by_text.setdefault(measure.explanation, []).append(measure.measure)
    for text, names in by_text.items():
        yield text if len(names) == len(agreed.measures) else f"{', '.join(names)}: {text}"


def _lines(report: AgreementReport) -> tuple[AbilityReport, ...]:
    return report.abilities if len(report.abilities) == 1 else (*report.abilities, report.total)


def _name(text: str, cells: int = _NAME) -> str:
    """Cut to what a column has, at a character of any width."""
    text = one_line(text) or "all"
    while width(text) > cells:
        text = text.rstrip("…")[:-1] + "…"
    return text


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(_name(name, 40) for name in names[:4])
    return shown if len(names) <= 4 else f"{shown} and {len(names) - 4} more"


def _share(value: float | None) -> str:
    """A percentage that is 100 % only if all of them are."""
    if value is None:
        return "-"
    shown = f"{value:.1%}"
    return "99.9%+" if shown == "100.0%" and value < 1 else shown


def _portion(portion: Portion | None) -> str:
    if portion is None:
        return "-"
    return f"{_share(portion.share)} {_between_percent(portion.low, portion.high)}"


def _between_percent(low: float, high: float) -> str:
    """In whole percents, rounded outwards, so that an interval never looks narrower than it is."""
    return f"[{floor(low * 100 + 1e-9)},{ceil(high * 100 - 1e-9)}]"


def _measure(measure: Measure) -> str:
    if measure.value is None:
        return "-"
    if measure.low is None or measure.high is None:
        return _two(measure.value)
    return f"{_two(measure.value)} [{_two(measure.low)},{_two(measure.high)}]"


def _two(value: float) -> str:
    """Two places, without the leading zero; 1 only if it is."""
    shown = f"{value:.2f}"
    if shown == "1.00":
        return "1" if value >= 1 else ".99+"
    return shown.replace("0.", ".", 1).replace("-.00", ".00")


def _number(estimate: Estimate) -> str:
    if estimate.value is None:
        return "-"
    places = 1 if estimate.value < 10 else 0
    value, low, high = (
        None if v is None else f"{v:,.{places}f}" for v in (estimate.value, estimate.low, estimate.high)
    )
    return f"{value}" if low is None or high is None else f"{value} [{low}, {high}]"


def _count(estimate: Estimate) -> str:
    return "0" if not estimate.value else f"{estimate.value:,.0f}"


def _date(forecast: Forecast) -> str:
    if forecast.date is None:
        return "-" if forecast.verdicts.value or forecast.revisions.value else "done"
    return forecast.date


def _between(forecast: Forecast) -> str:
    if forecast.first is None:
        return "-"
    return f"{forecast.first}, {forecast.last or 'open'}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _wrapped(texts: Iterable[str]) -> list[str]:
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
