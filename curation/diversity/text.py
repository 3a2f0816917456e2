"""The report as text: one line a part first, then what each part's rows share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from curation.diversity.numbers import Number, Portion
from curation.diversity.report import ChannelNumbers, Group, PartReport, Report
from schemas.terminal import one_line
from schemas.text_table import text_table

_SHOWN = {"phrase": 3}
_MOST = 6


def report_text(report: Report, top: int = 12) -> str:
    """All of the report that fits on a terminal; the rest is in `diversity.json`."""
    lines = [_summary(report)]
    for part in report.parts:
        lines += ["", *_part(part, top)]
    lines += ["", *_legend(report)]
    return "\n".join(lines)


def change_text(before: Report, after: Report) -> str:
    """The parts' numbers before and after thinning."""
    then = {part.name: part for part in after.parts}
    cells = []
    for part in before.parts:
        later = then.get(part.name)
        if later is None:
            cells.append((part.name, f"{part.rows} → 0", *[""] * 6))
            continue
        cells.append(
            (
                part.name,
                f"{part.rows} → {later.rows}",
                *(
                    f"{_short(one)} → {_short(other)}"
                    for one, other in zip(_headline(part), _headline(later), strict=True)
                ),
            )
        )
    table = text_table(_HEADER, cells, right=range(1, len(_HEADER)))
    crowds = [
        (
            part.name,
            group.kind,
            group.where,
            one_line(group.text, 48),
            _portion(group.share),
            _later(group, then, part.name),
        )
        for part in before.parts
        for group in part.groups
        if group.verdict == "over"
    ]
    if not crowds:
        return table
    return f"{table}\n\n" + text_table(
        ("part", "kind", "in", "what was over its cap", "before", "after"), crowds
    )


def _later(group: Group, then: Mapping[str, PartReport], name: str) -> str:
    """The share of a group after thinning."""
    part = then.get(name)
    for other in part.groups if part else ():
        if (other.kind, other.where, other.text) == (group.kind, group.where, group.text):
            return _portion(other.share)
    return "too rare to list"


_HEADER = (
    "part", "rows", "distinct-2 instr.", "distinct-2 resp.", "openers instr.", "openers resp.", "alike instr.", "alike resp.",
)  # fmt: skip


def _summary(report: Report) -> str:
    """A line a part and channel: side by side they would not fit on a terminal."""
    cells = []
    for part in report.parts:
        numbers, first = _headline(part), True
        for place, channel in enumerate(("instructions", "responses")):
            shown = numbers[place::2]
            if all(number is None for number in shown):
                continue
            over = sum(g.verdict == "over" and g.where == channel.removesuffix("s") for g in part.groups)
            about = (part.name, str(part.rows)) if first else ("", "")
            dropped = str(part.dropped) if first else ""
            cells.append((*about, channel, *map(_give_or_take, shown), str(over), dropped))
            first = False
    header = ("part", "rows", "in", "distinct-2", "openers", "alike", "over", "to thin")
    return text_table(header, cells, right=(1, 3, 4, 5, 6, 7))


def _headline(part: PartReport) -> tuple[Number | None, ...]:
    """The numbers of a part that stand in the first table; None where no row has such a text (keyed answers)."""
    channels = [c if c.rows else None for c in (part.instruction, part.response)]
    return (
        *(None if c is None else c.distinct.get(2) for c in channels),
        *(None if c is None else c.openers for c in channels),
        *(None if c is None else c.alike for c in channels),
    )


def _part(part: PartReport, top: int) -> Iterator[str]:
    yield one_line(f"{part.name}: {part.rows} rows")
    for name, counts in (("origin", part.origins), ("form", part.forms), ("source", part.sources)):
        yield _line("  ", f"{name}: {_balance(counts, part.rows)}")
    if part.answers:
        shown = ", ".join(
            f"{answer} {_portion(share)}" for answer, share in list(part.answers.items())[:_MOST]
        )
        yield _line("  ", f"gold answers: {shown}")
    for name, channel in (("instructions", part.instruction), ("responses", part.response)):
        yield from _channel(name, channel)
    if part.with_persona.count:
        yield f"  personas: {_number(part.personas)} effective; named in {_portion(part.with_persona)}"
    groups = _chosen(part, top)
    if groups:
        header = (
            "  ",
            "kind",
            "in",
            "what many share",
            "rows",
            "share",
            "interval",
            "cap",
            "verdict",
            "stays",
        )
        yield text_table(header, [_group(n, g) for n, g in groups], right=(4, 5, 7))
        if len(groups) < len(part.groups):
            yield f"  and {len(part.groups) - len(groups)} more"
    if part.dropped:
        yield f"  to thin out: {part.dropped} of {part.rows} rows"
    if part.floor_reached:
        yield "  the floor was reached before the cap: --keep and --floor say how much stays"


def _channel(name: str, channel: ChannelNumbers) -> Iterator[str]:
    if not channel.rows:
        return
    low, _, middle, _, high = channel.characters
    yield f"  {name}: {channel.rows} of {low} to {high} characters (5 to 95 %), median {middle}"
    distinct = [channel.distinct[n] for n in sorted(channel.distinct)]
    yield f"    distinct-1 to -4: {', '.join(_number(d) for d in distinct)}{_basis(distinct[0])}"
    yield f"    greatest likeness to another row: {_number(channel.alike)}{_basis(channel.alike)}"
    common = ", ".join(f"{text} {_portion(share)}" for text, share in channel.common)
    yield f"    openers: {_number(channel.openers)} effective{_basis(channel.openers)}"
    yield _line("      ", f"commonest: {common}")
    if spread := channel.spread:
        yield _line(
            "    ",
            f"embedding ({spread.encoder}): cosine distance {_number(spread.distance)}{_basis(spread.distance)},"
            f" Vendi {_number(spread.vendi)}{_basis(spread.vendi)}, effective rank {_number(spread.rank)}",
        )


def _chosen(part: PartReport, top: int) -> list[tuple[int, Group]]:
    """Groups over their cap first of all, then the largest; of phrases only a few."""
    numbered = list(enumerate(part.groups, 1))
    picked: list[tuple[int, Group]] = [pair for pair in numbered if pair[1].verdict in ("over", "frame")]
    seen: dict[str, int] = {}
    for pair in numbered:
        kind = pair[1].kind
        if pair in picked or len(picked) >= top or seen.get(kind, 0) >= _SHOWN.get(kind, top):
            continue
        seen[kind] = seen.get(kind, 0) + 1
        picked.append(pair)
    return sorted(picked[:top], key=lambda pair: pair[0])


def _group(number: int, group: Group) -> tuple[str, ...]:
    verdict = group.verdict if group.same_as is None else f"{group.verdict}, rows of {group.same_as}"
    return (
        f"  {number}",
        group.kind,
        group.where,
        one_line(group.text, 48),
        str(group.share.count),
        f"{group.share.share:.1%}",
        f"{group.share.low:.1%} to {group.share.high:.1%}",
        "" if group.kind == "phrase" else f"{group.cap:.0%}",
        verdict,
        "" if group.stays is None else str(group.stays),
    )


def _legend(report: Report) -> list[str]:
    settings = report.settings
    return [
        f"distinct-n: of characters, mean over blocks of {settings.characters} characters, at most"
        f" {settings.window} a row. Openers (first {settings.opener} characters or words) and likeness (Jaccard,"
        f" 3-grams): over blocks of {settings.block} rows.",
        f"[low, high]: {settings.level:.0%} interval; without it there was one block. undetermined: less than one.",
        "over: the whole interval lies above the cap, rows to thin are listed; undetermined: the cap lies in it.",
        "Definitions are abilitymix's own but for distinct-n"
        + (", Vendi score and effective rank." if report.encoder else "."),
    ]


def _balance(counts: Mapping[str, int], rows: int) -> str:
    shown = ", ".join(f"{name} {count} ({count / rows:.0%})" for name, count in list(counts.items())[:_MOST])
    return shown + (f" and {len(counts) - _MOST} more" if len(counts) > _MOST else "")


def _line(indent: str, text: str) -> str:
    return indent + one_line(text, 240)


def _number(number: Number | None) -> str:
    if number is None:
        return "-"
    if number.value is None:
        return "undetermined"
    if number.low is None or number.high is None:
        return _plain(number.value)
    return f"{_plain(number.value)} [{_plain(number.low)}, {_plain(number.high)}]"


def _give_or_take(number: Number | None) -> str:
    """The value and half its interval, which is as wide to both sides; the whole of it stands with the part."""
    if number is None or number.value is None or number.low is None or number.high is None:
        return _number(number)
    digits = 3 if number.value < 2 else 1  # as many as the value is shown with
    return f"{_plain(number.value)} ±{(number.high - number.low) / 2:.{digits}f}"


def _short(number: Number | None) -> str:
    if number is None:
        return "-"
    return "?" if number.value is None else _plain(number.value)


def _basis(number: Number) -> str:
    if number.value is None:
        return f" (less than one block of {number.size} {number.unit})" if number.size else ""
    return f" ({number.blocks} block{'s' if number.blocks != 1 else ''} of {number.size} {number.unit})"


def _plain(value: float) -> str:
    return f"{value:.3f}" if value < 2 else f"{value:.1f}"


def _portion(share: Portion) -> str:
    return f"{share.share:.1%} [{share.low:.1%}, {share.high:.1%}]"
