"""The report for a terminal of 100 columns: the paper's table, what is left, pairs, people, and what to beware of."""

from __future__ import annotations

from collections.abc import Sequence

from curation.review.agreement.beware import beware, groups_of
from curation.review.agreement.forecast import NO_DATE, NO_HOURS
from curation.review.agreement.report import AbilityReport, Agreed, AgreementReport, Person
from curation.review.agreement.settings import Settings
from curation.review.agreement.shown import (
    COLUMNS,
    between,
    capital,
    counted,
    date,
    measure_of,
    name_of,
    number,
    portion_of,
    share,
    some,
    whole,
    wrapped,
)
from schemas.text_table import text_table

__all__ = ["COLUMNS", "report_text"]

_PAIRS = 20  # lines of pairs


def report_text(report: AgreementReport) -> str:
    """All parts, one under the other."""
    told = [pair for pair in report.pairs if pair.approved is not None]  # the others share too little
    parts = [_process(report), _measures(report), _pace(report), _left(report)]
    if report.pairs:
        parts.append(_pairs(told, len(report.pairs) - len(told), report.settings))
    if report.people:
        parts.append(_people(report.people, report.settings))
    parts.append("\n".join(wrapped(beware(report, told[:_PAIRS]))))
    return "\n\n".join(part for part in parts if part)


def _process(report: AgreementReport) -> str:
    """The paper's table: how many there are, what passed, how far people agreed."""
    header = ("ability", "loaded", "filter", "revised", "review", "agree")
    rows = [
        (
            name_of(line.ability),
            f"{line.items:,}",
            portion_of(line.filter_pass),
            portion_of(line.revision),
            portion_of(line.review_pass),
            measure_of(line.agreement.of("observed agreement")),
        )
        for line in _lines(report)
    ]
    level = f"{report.settings.level * 100:g}%"
    about = (
        f"filter, review: share that passed; revised: share of what left the filter. [{level} Wilson intervals]",
        f"agree: share of two verdicts that say the same. [{level} bootstrap intervals over instances]",
    )
    return _with(text_table(header, rows, range(1, 5)), about)


def _measures(report: AgreementReport) -> str:
    """Agreement beyond chance, of every ability, and of each stage of all together."""
    header = ("beyond chance", "units", "Cohen", "Fleiss", "alpha", "AC1")
    rows = [(name, f"{one.units:,}", *map(measure_of, one.measures[1:])) for name, one in groups_of(report)]
    return text_table(header, rows, (1,))


def _pace(report: AgreementReport) -> str:
    header = ("ability", "verdicts", "revisions", "an hour", "median s", "labour h")
    rows = [
        (
            name_of(line.ability),
            f"{line.pace.verdicts:,}",
            f"{line.pace.revisions:,}",
            number(line.pace.an_hour),
            "-" if line.pace.median_seconds is None else f"{line.pace.median_seconds:,.0f}",
            f"{line.pace.hours:,.1f}",
        )
        for line in _lines(report)
    ]
    settings = report.settings
    about = (
        "verdicts: all that stand, those of undecided units too; an hour: verdicts in an hour of labour on"
        " verdicts; labour h: on verdicts, revisions and gold items.",
        f"A verdict counts for at most {settings.verdict_minutes:g} minutes, a revision for"
        f" {settings.revision_minutes:g}: a longer pause is no labour.",
    )
    return _with(text_table(header, rows, range(1, 6)), about)


def _left(report: AgreementReport) -> str:
    header = ("ability", "verdicts left", "revisions left", "hours left", "done (UTC)", "between")
    rows = [
        (
            name_of(line.ability),
            whole(line.forecast.verdicts),
            whole(line.forecast.revisions),
            number(line.forecast.hours),
            date(line.forecast),
            between(line.forecast),
        )
        for line in _lines(report)
    ]
    return _with(text_table(header, rows, range(1, 4)), _assumptions(report))


def _assumptions(report: AgreementReport) -> list[str]:
    """What the forecast takes for granted, each once; of a single ability its own."""
    if len(report.abilities) == 1:
        return [f"{capital(text)}." for text in report.abilities[0].forecast.assumes]
    everyone = report.total.forecast.assumes
    known = tuple(why for why in (NO_DATE, NO_HOURS) if any(text.startswith(why) for text in everyone))
    by_text: dict[str, list[str]] = {}
    for line in report.abilities:
        for text in line.forecast.assumes:
            if text not in everyone and not text.startswith(known):
                by_text.setdefault(text, []).append(line.ability)
    said = [f"{capital(text)}." for text in everyone]
    for text, names in by_text.items():
        whose = "all" if len(names) == len(report.abilities) else some(names)
        said.append(f"{capital(text)} ({whose}).")
    return said


def _pairs(pairs: Sequence[Agreed], few: int, settings: Settings) -> str:
    """Args: pairs: that something can be said of; few: number of the others."""
    header = ("pair", "", "units", "agree", "Cohen", "alpha", "AC1")
    rows = [
        (
            name_of(pair.pair[0], 12),
            name_of(pair.pair[1], 12),
            f"{pair.units:,}",
            *(measure_of(m) for m in pair.measures if m.measure != "Fleiss' kappa"),
        )
        for pair in pairs[:_PAIRS]
    ]
    said = []
    more = len(pairs) - _PAIRS
    if more > 0:
        said.append(f"{counted(more, 'more pair', 'more pairs')}, of more agreement: --json has all.")
    if few:
        verb = "shares" if few == 1 else "share"
        said.append(
            f"{counted(few, 'pair', 'pairs')} that {verb} fewer than {settings.least_items} instances:"
            " too few to say anything."
        )
    return _with(text_table(header, rows, (2,)) if rows else "", said)


def _people(people: Sequence[Person], settings: Settings) -> str:
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
            name_of(person.name),
            f"{person.verdicts:,}",
            portion_of(person.gold),
            portion_of(person.with_colleagues),
            share(person.approves),
            share(person.colleagues_approve),
            "-" if person.pace.an_hour.value is None else f"{person.pace.an_hour.value:,.0f}",
            f"{person.pace.hours:,.1f}",
        )
        for person in people
    ]
    about = (
        "verdicts: in decided units; gold right: after training; with colleagues: verdicts that are those of"
        " most colleagues; approves, they: share that one approved, and colleagues on the same instances.",
    )
    said = [f"{name_of(p.name, 40)} {remark}." for p in people for remark in p.remarks]
    if not said and any(_comparable(person, settings) for person in people):
        said = ["Nobody stands out beyond what chance explains."]
    elif not said:
        said = ["Too little is known to say whether anybody stands out."]
    return _with(text_table(header, rows, (1, 2, 3, 4, 5, 6, 7)), (*about, *said))


def _comparable(person: Person, settings: Settings) -> bool:
    """Whether anything about somebody could have been said."""
    gold = person.gold is not None and person.gold.of >= settings.least_gold
    return gold or person.shared >= settings.least_shared or person.slower.value is not None


def _lines(report: AgreementReport) -> tuple[AbilityReport, ...]:
    return report.abilities if len(report.abilities) == 1 else (*report.abilities, report.total)


def _with(table: str, said: Sequence[str]) -> str:
    """A table and the sentences under it."""
    return "\n".join([*([table] if table else []), *wrapped(said)])
