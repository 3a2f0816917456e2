"""The report for a terminal of 100 columns: the paper's table, what is left, pairs, people, and what to beware of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

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


def report_text(report: AgreementReport) -> str:
    """All parts, one under the other."""
    parts = [_process(report), _stages(report), _left(report)]
    if report.pairs:
        parts.append(_pairs(report.pairs))
    if report.people:
        parts.append(_people(report.people))
    return "\n\n".join([part for part in parts if part] + [_beware(report)])


def _process(report: AgreementReport) -> str:
    header = ("ability", "loaded", "filter", "revised", "review", "agree", "AC1", "alpha")
    rows = [
        (
            _name(line.ability),
            f"{line.items:,}",
            _percent(line.filter_pass),
            _percent(line.revision),
            _percent(line.review_pass),
            _share(line.agreement.of("observed agreement").value),
            _measure(line.agreement.of("Gwet's AC1")),
            _measure(line.agreement.of("Krippendorff's alpha")),
        )
        for line in _lines(report)
    ]
    level = f"{report.settings.level:.0%}"
    about = (
        "filter, review: share that passed; revised: share of what left the filter.",
        f"agree: share of two verdicts that say the same; in brackets {level} bootstrap intervals over instances.",
    )
    return text_table(header, rows, range(1, 6)) + "\n" + "\n".join(about)


def _stages(report: AgreementReport) -> str:
    """All measures of all abilities together, by stage."""
    header = ("all abilities", "units", "agree", "Cohen", "Fleiss", "alpha", "AC1")
    rows = []
    for one in (report.total.agreement, *report.total.stages):
        by_name = [_measure(m) for m in one.measures]
        rows.append((one.stage or "both stages", f"{one.units:,}", *by_name))
    return text_table(header, rows, (1,))


def _left(report: AgreementReport) -> str:
    header = ("ability", "verdicts", "an hour", "labour h", "left", "revisions", "hours left", "done (UTC)")
    rows = []
    for line in _lines(report):
        pace, to_come = line.pace, line.forecast
        rows.append(
            (
                _name(line.ability),
                f"{pace.verdicts:,}",
                _number(pace.an_hour),
                f"{pace.hours:,.1f}",
                _count(to_come.verdicts),
                _count(to_come.revisions),
                _number(to_come.hours),
                _date(to_come),
            )
        )
    days, minutes = report.settings.recent_days, report.settings.verdict_minutes
    said = [
        f"A verdict counts for at most {minutes:g} minutes, a revision for"
        f" {report.settings.revision_minutes:g}: a longer pause is no labour."
        f" The forecast goes on as the last {days} days."
    ]
    said += [f"{_capital(text)}." for text in report.total.forecast.assumes]
    by_text: dict[str, list[str]] = {}
    for line in report.abilities:
        for text in line.forecast.assumes:
            by_text.setdefault(text, []).append(line.ability)
    for text, names in by_text.items():
        if text not in report.total.forecast.assumes:
            whose = "all" if len(names) == len(report.abilities) else _some(names)
            said.append(f"{_capital(text)} ({whose}).")
    return text_table(header, rows, range(1, 7)) + "\n" + "\n".join(_wrapped(said))


def _pairs(pairs: Sequence[Agreed]) -> str:
    header = ("pair", "", "units", "agree", "Cohen", "alpha", "AC1")
    rows = [
        (
            _name(pair.pair[0], 12),
            _name(pair.pair[1], 12),
            f"{pair.units:,}",
            _share(pair.of("observed agreement").value),
            *(_measure(pair.of(n)) for n in ("Cohen's kappa", "Krippendorff's alpha", "Gwet's AC1")),
        )
        for pair in pairs[:_SHOWN]
    ]
    more = len(pairs) - _SHOWN
    rest = (
        f"\n{more:,} more pairs, of more agreement or of too few instances: --json has all"
        if more > 0
        else ""
    )
    return text_table(header, rows, (2, 3)) + rest


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
        "gold right: after training, Wilson interval; with colleagues: verdicts that are those of most colleagues;",
        "approves, they: share that one approved, and colleagues on the same instances.",
    )
    said = [f"{one_line(p.name)} {remark}." for p in people for remark in p.remarks]
    if not said:
        said = ["Nobody stands out beyond what chance explains."]
    return text_table(header, rows, (1, 2, 3, 4, 5, 6, 7)) + "\n" + "\n".join((*about, *_wrapped(said)))


def _beware(report: AgreementReport) -> str:
    """What the numbers don't say, each sentence once with what it is about."""
    found: dict[str, list[str]] = {}
    for line in _lines(report):
        for where, agreed in ((line.ability or "all", line.agreement), *_staged(line)):
            for text in _said(agreed):
                found.setdefault(text, []).append(where)
    for pair in report.pairs[:_SHOWN]:
        for text in _said(pair):
            found.setdefault(text, []).append(" and ".join(map(one_line, pair.pair)))
    said = [f"{_some(names)}: {text}." for text, names in found.items()]
    if report.alone:
        said.append(f"{report.alone:,} units with one verdict say nothing about agreement and are left out.")
    if report.asked_later:
        said.append(
            f"{report.asked_later:,} verdicts that a disagreement asked for are left out of agreement."
        )
    return "\n".join(_wrapped(said))


def _staged(line: AbilityReport) -> Iterator[tuple[str, Agreed]]:
    if not line.ability and len(line.stages) > 1:
        for agreed in line.stages:
            yield agreed.stage, agreed


def _said(agreed: Agreed) -> Iterator[str]:
    if agreed.note:
        yield agreed.note
    by_text: dict[str, list[str]] = {}
    for measure in agreed.measures:
        if measure.explanation:
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


def _percent(portion: Portion | None) -> str:
    return "-" if portion is None else _share(portion.share)


def _portion(portion: Portion | None) -> str:
    return "-" if portion is None else f"{portion.share:.0%} [{portion.low:.0%}, {portion.high:.0%}]"


def _measure(measure: Measure) -> str:
    if measure.value is None:
        return "-"
    if measure.low is None or measure.high is None:
        return _two(measure.value)
    return f"{_two(measure.value)} [{_two(measure.low)}, {_two(measure.high)}]"


def _two(value: float) -> str:
    """Two places, without the leading zero; 1 only if it is."""
    shown = f"{value:.2f}"
    if shown == "1.00":
        return "1" if value >= 1 else ".99+"
    return shown.replace("0.", ".", 1).replace("-.00", ".00")


def _number(estimate: Estimate) -> str:
    if estimate.value is None:
        return "-"
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:,.0f}"
    return f"{estimate.value:,.0f} [{estimate.low:,.0f}, {estimate.high:,.0f}]"


def _count(estimate: Estimate) -> str:
    return "0" if not estimate.value else f"{estimate.value:,.0f}"


def _date(forecast: Forecast) -> str:
    if forecast.date is None:
        return "-" if forecast.verdicts.value or forecast.revisions.value else "done"
    return forecast.date if forecast.last is None else f"{forecast.date} (to {forecast.last[5:]})"


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
