"""What the numbers don't say: the sentences at the end of the report, each once with what it is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from curation.review.agreement.explain import UNDEFINED
from curation.review.agreement.report import AbilityReport, Agreed, AgreementReport
from curation.review.agreement.shown import counted, name_of, some

Group = tuple[str, Agreed]


def groups_of(report: AgreementReport) -> list[Group]:
    """Each ability, all of them together, and each stage of all, as the report calls them."""
    lines: tuple[AbilityReport, ...] = report.abilities
    if len(lines) != 1:
        lines = (*lines, report.total)
    groups = [(name_of(line.ability, 17), line.agreement) for line in lines]
    if len(report.total.stages) > 1:
        groups += [(f"all in {agreed.stage}", agreed) for agreed in report.total.stages]
    return groups


def beware(report: AgreementReport, pairs: Sequence[Agreed]) -> list[str]:
    """The sentences, in order.

    Args:
        pairs: that the report shows.
    """
    groups = groups_of(report)
    groups += [(" and ".join(name_of(name, 20) for name in pair.pair), pair) for pair in pairs]
    by_text: dict[str, list[str]] = {}
    for where, agreed in groups:
        for text in _explanations(agreed):
            by_text.setdefault(text, []).append(where)
    said = [*_rare(groups, report)]
    said += [f"{some(names)}: {text}." for text, names in by_text.items()]
    said += _resamples(groups, report)
    if report.alone:
        units = counted(report.alone, "unit", "units")
        said.append(f"{units} with one verdict: no part of agreement, for nobody agrees alone.")
    if report.asked_later:
        verdicts = counted(report.asked_later, "verdict", "verdicts")
        said.append(f"{verdicts} that a disagreement asked for: no part of agreement.")
    return said


def _rare(groups: Sequence[Group], report: AgreementReport) -> Iterator[str]:
    """Where kappa and alpha are low because one verdict is rare: at length once, of all together if it holds there."""
    for rare in ("reject", "approve"):
        those = [(where, agreed) for where, agreed in groups if agreed.rare == rare]
        if not those:
            continue
        first = next((one for one in those if one[1] is report.total.agreement), those[0])
        yield f"{first[0]}: {first[1].note}."
        others = [where for where, agreed in those if agreed is not first[1]]
        if others:
            yield f"The same, with numbers of their own: {some(others)}."


def _resamples(groups: Iterable[Group], report: AgreementReport) -> Iterator[str]:
    """In how many resamples a measure with an interval is undefined."""
    counts = [
        (max((m.undefined for m in agreed.measures if m.low is not None), default=0), where)
        for where, agreed in groups
    ]
    most, where = max(counts, key=lambda one: one[0], default=(0, ""))
    if most:
        yield (
            f"Kappa or alpha is undefined in up to {most:,} of {report.settings.draws:,} resamples"
            f" ({where}); these are no part of the interval."
        )


def _explanations(agreed: Agreed) -> Iterator[str]:
    by_text: dict[str, list[str]] = {}
    for measure in agreed.measures:
        parts = [part for part in measure.explanation.split("; ") if part and not part.startswith(UNDEFINED)]
        if parts:
            by_text.setdefault("; ".join(parts), []).append(measure.measure)
    for text, names in by_text.items():
        yield text if len(names) == len(agreed.measures) else f"{', '.join(names)}: {text}"
