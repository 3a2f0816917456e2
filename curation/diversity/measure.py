"""From files of instances to the report on their diversity and the list of what to thin out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from curation.canonical import row_key
from curation.diversity.numbers import Number, Portion, effective, effective_number, share_of
from curation.diversity.report import ChannelNumbers, Group, PartReport, Report, Verdict
from curation.diversity.rows import Rows, part_of, scan, shares, wording
from curation.diversity.settings import Kind, Settings
from curation.diversity.study import Sample, Studied, Study
from curation.diversity.templates import Template
from curation.diversity.thin import Bools, Crowd, plan
from curation.diversity.views import CHANNELS, Channel, channel_text, masked
from curation.workers import in_order
from schemas.errors import BadData
from schemas.instance import Decision, Instance
from schemas.jsonl import Block, line_blocks, models_in
from schemas.progress import Progress, Tick, silent

_COMMON = 5
_SAME = 0.9
# Below that many sampled characters a second process costs more than it saves.
_WORTH = 1_000_000

Templates = Mapping[str, Mapping[Channel, Sequence[Template]]]


@dataclass(frozen=True)
class Measured:
    """The report, and what its groups stand on.

    Args:
        members: for each part of the report the rows of each of its groups, (rows of the part,) each.
        places: for each part its rows in `rows`.
        cause: for every row the group it is dropped for, -1 for one that stays, shape (rows,).
    """

    report: Report
    rows: Rows
    places: tuple[NDArray[np.int64], ...]
    members: tuple[tuple[Bools, ...], ...]
    cause: NDArray[np.int64]

    def decisions(self) -> Iterator[Decision]:
        """One decision for every row to leave out: part by part, the first to go first."""
        for part, places in zip(self.report.parts, self.places, strict=True):
            gone = places[self.cause[places] >= 0]
            gone = gone[np.argsort(-self.rows.order[gone], kind="stable")]
            for place, row in zip(gone, self.rows.read(gone), strict=True):
                group = part.groups[int(self.cause[place])]
                yield Decision(
                    subject=row_key(row),
                    stage="diversity",
                    rule=group.kind,
                    kept=False,
                    reason=f"{part.name}: {_named(group)} has {group.share.count} of {group.share.of} rows;"
                    f" at the cap of {group.cap:g} {group.stays} stay",
                    evidence=row.id,
                )


def measure(
    files: Sequence[Path],
    settings: Settings | None = None,
    *,
    encoder: str = "",
    workers: int | None = None,
    progress: Progress = silent,
) -> Measured:
    """Analyse the instances of some files. Reads them twice; memory holds about 200 bytes a row.

    Args:
        files: JSON lines of instances.
        settings: see `Settings`.
        encoder: a sentence-transformers model or a chat model's folder; none, no embeddings.
        workers: processes; one a core if missing. The result does not depend on it, nor on the order of the rows.

    Raises:
        MissingFile, BadData: as `schemas.jsonl.models_in`. BadModel: the encoder does not load.
    """
    settings = settings or Settings()
    loaded = None
    if encoder:  # first of all: a wrong name should not be found out after a long read
        from inference.embed import load_encoder

        loaded = load_encoder(encoder)
    rows = scan(files, settings, workers, progress)
    places = tuple(np.flatnonzero(rows.part == number) for number in range(len(rows.parts)))
    samples = [rows_of[np.argsort(rows.sampled[rows_of])][: settings.sample] for rows_of in places]
    studied = _study(rows, samples, settings, workers, progress)
    bits = _match(files, len(rows), rows, studied, settings, workers, progress)
    spreads = {}
    if loaded is not None:
        from curation.diversity.spread import spreads_of

        spreads = spreads_of(rows, samples, loaded, settings)
    reports, members = [], []
    cause = np.full(len(rows), -1, np.int64)
    for number, place in enumerate(places):
        crowds, groups, held = _groups(rows, number, place, studied, bits, settings)
        found = plan(
            crowds, rows.order[place], floor=settings.floor, keep=settings.keep, level=settings.level
        )
        cause[place] = found.cause
        if (~found.kept).any():
            groups = [
                g.model_copy(
                    update={
                        "stays": int((c.member & found.kept).sum()),
                        "kept": int((c.among & found.kept).sum()),
                    }
                )
                for g, c in zip(groups, crowds, strict=True)
            ]
        members.append(tuple(held))
        reports.append(
            _part(rows, number, place, studied, tuple(groups), settings).model_copy(
                update={"dropped": int((~found.kept).sum()), "floor_reached": found.floor_reached}
                | {
                    channel: _channel(rows, place, channel, studied[number, channel], settings).model_copy(
                        update={"spread": spreads.get((number, channel))}
                    )
                    for channel in CHANNELS
                }
            )
        )
    report = Report(
        rows=len(rows),
        dropped=sum(p.dropped for p in reports),
        settings=settings,
        encoder=encoder,
        parts=tuple(reports),
    )
    return Measured(report, rows, places, tuple(members), cause)


@dataclass(frozen=True)
class Match:
    """Which templates each row of a block holds, one bit each; as `in_order` sends it to a process."""

    templates: Templates
    settings: Settings

    def __call__(self, block: Block) -> NDArray[np.uint64]:
        found = []
        for _, _, row in models_in(block, Instance):
            bits, shift = 0, 0
            mine = self.templates[part_of(row, self.settings.by)]
            for channel in CHANNELS:
                if mine[channel]:
                    text = masked(channel_text(row, channel))
                    for number, template in enumerate(mine[channel]):
                        bits |= template.matches(text) << (shift + number)
                shift += 32
            found.append(bits)
        return np.array(found, dtype=np.uint64)


def _study(
    rows: Rows,
    samples: Sequence[NDArray[np.int64]],
    settings: Settings,
    workers: int | None,
    progress: Progress,
) -> dict[tuple[int, Channel], Studied]:
    pieces: list[Sample] = []
    for number, places in enumerate(samples):
        texts: dict[Channel, list[str]] = {c: [] for c in CHANNELS}
        wholes: dict[Channel, list[int]] = {c: [] for c in CHANNELS}
        for row in rows.read(places):
            for channel in CHANNELS:
                if text := channel_text(row, channel):
                    texts[channel].append(text)
                    wholes[channel].append(len(row.instruction if channel == "instruction" else row.response))
        pieces += [Sample(number, c, tuple(texts[c]), tuple(wholes[c])) for c in CHANNELS]
    size = sum(len(t) for piece in pieces for t in piece.texts)
    found: dict[tuple[int, Channel], Studied] = {}
    results = in_order(Study(settings), pieces, workers if size > _WORTH else 1)
    for done, (piece, studied) in enumerate(zip(pieces, results, strict=True), 1):
        found[piece.part, piece.channel] = studied
        progress(Tick("study", done, len(pieces)))
    return found


def _match(
    files: Sequence[Path],
    count: int,
    rows: Rows,
    studied: Mapping[tuple[int, Channel], Studied],
    settings: Settings,
    workers: int | None,
    progress: Progress,
) -> NDArray[np.uint64]:
    if not any(s.templates for s in studied.values()):
        return np.zeros(count, np.uint64)
    templates = {
        name: {c: studied[number, c].templates for c in CHANNELS} for number, name in enumerate(rows.parts)
    }
    blocks = (block for path in files for block in line_blocks(path))
    found, done = [], 0
    for bits in in_order(Match(templates, settings), blocks, workers):
        found.append(bits)
        done += len(bits)
        progress(Tick("match", done, count))
    joined = np.concatenate(found)
    if len(joined) != count:
        raise BadData("the files changed while they were read", do="run the command again")
    return joined


def _groups(
    rows: Rows,
    number: int,
    place: NDArray[np.int64],
    studied: Mapping[tuple[int, Channel], Studied],
    bits: NDArray[np.uint64],
    settings: Settings,
) -> tuple[list[Crowd], list[Group], list[Bools]]:
    """Every wording that is worth a line, the largest share first."""
    found: list[tuple[Kind, Channel, str, Crowd]] = []
    everyone = np.ones(len(place), np.bool_)
    # The openers of questions with a key (下列关于…) are their trade's; only free responses can collapse into one.
    free = rows.keys["opener_response"][place] != 0
    for shift, channel in ((0, CHANNELS[0]), (32, CHANNELS[1])):
        among = rows.keys[f"opener_{channel}"][place] != 0
        for bit, template in enumerate(studied[number, channel].templates):
            member = (bits[place] >> np.uint64(shift + bit)) & np.uint64(1) != 0
            kind: Kind = "template" if template.coverage >= settings.coverage else "phrase"
            found.append(
                (kind, channel, template.shown(), Crowd(member, among, settings.caps.get(kind, 1.0)))
            )
        found += _common(rows, place, f"opener_{channel}", "opener", free, settings)
    found += _common(rows, place, "persona", "persona", everyone, settings)
    found += _common(rows, place, "system", "system", everyone, settings)
    found = [f for f in found if f[3].member.sum() >= max(2, settings.listed * f[3].among.sum())]
    found.sort(key=lambda f: (-f[3].member.sum() / f[3].among.sum(), f[0] != "template", f[0], f[1], f[2]))
    crowds, groups, members = [], [], list[Bools]()
    for kind, channel, text, crowd in found:
        share = share_of(int(crowd.member.sum()), int(crowd.among.sum()), settings.level)
        verdict = _verdict(kind, share, crowd.cap, settings.frame)
        twin = next((i for i, m in enumerate(members, 1) if _jaccard(m, crowd.member) >= _SAME), None)
        crowds.append(replace(crowd, fixed=verdict in ("frame", "phrase")))
        members.append(crowd.member)
        groups.append(
            Group(
                kind=kind,
                where=channel,
                text=text[:300],
                share=share,
                cap=round(crowd.cap, 6),
                verdict=verdict,
                same_as=twin,
            )
        )
    return crowds, groups, members


def _common(
    rows: Rows, place: NDArray[np.int64], key: str, kind: Kind, among: Bools, settings: Settings
) -> list[tuple[Kind, Channel, str, Crowd]]:
    """Every wording of one kind that is common enough to be listed."""
    hashes = rows.keys[key][place]
    values, counts = np.unique(hashes[among & (hashes != 0)], return_counts=True)
    # A row without a wording is a kind of its own.
    alone = int(among.sum()) - int(counts.sum())
    cap = max(settings.caps[kind], 2 / max(effective(counts.tolist(), alone), 2))
    channel: Channel = "response" if key == "opener_response" else "instruction"
    out: list[tuple[Kind, Channel, str, Crowd]] = []
    for value in values[counts >= max(2, settings.listed * among.sum())]:
        member = among & (hashes == value)
        text = _text(rows, place, member, key, settings)
        out.append((kind, channel, text, Crowd(member, among, cap)))
    return out


def _text(rows: Rows, place: NDArray[np.int64], member: Bools, key: str, settings: Settings) -> str:
    """The wording behind a hash, from the row that is sampled first."""
    mine = place[member]
    first = mine[np.argmin(rows.sampled[mine])]
    (row,) = rows.read([int(first)])
    return wording(row, key, settings)


def _verdict(kind: Kind, share: Portion, cap: float, frame: float) -> Verdict:
    if share.share >= frame:
        return "frame"
    if kind == "phrase":
        return "phrase"
    return "over" if share.low > cap else "within" if share.high <= cap else "undetermined"


def _part(
    rows: Rows,
    number: int,
    place: NDArray[np.int64],
    studied: Mapping[tuple[int, Channel], Studied],
    groups: tuple[Group, ...],
    settings: Settings,
) -> PartReport:
    drawn = place[np.argsort(rows.sampled[place])]
    personas = rows.keys["persona"][drawn]
    answers = rows.keys["answer"][place]
    values, counts = np.unique(answers[answers != 0], return_counts=True)
    named = {
        _text(rows, place, answers == v, "answer", settings): int(c)
        for v, c in zip(values, counts, strict=True)
        if c >= settings.listed * counts.sum()
    }
    return PartReport(
        name=rows.parts[number],
        rows=len(place),
        origins=shares(rows.origin[place], rows.labels),
        forms=shares(rows.form[place], rows.labels),
        sources=shares(rows.source[place], rows.labels),
        answers={
            a: share_of(c, int(counts.sum()), settings.level)
            for a, c in sorted(named.items(), key=lambda pair: (-pair[1], pair[0]))
        },
        instruction=ChannelNumbers(rows=0),
        response=ChannelNumbers(rows=0),
        personas=effective_number(personas[personas != 0], settings),
        with_persona=share_of(int((personas != 0).sum()), len(place), settings.level),
        groups=groups,
    )


def _channel(
    rows: Rows, place: NDArray[np.int64], channel: Channel, studied: Studied, settings: Settings
) -> ChannelNumbers:
    drawn = place[np.argsort(rows.sampled[place])]
    openers = rows.keys[f"opener_{channel}"][drawn]
    with_text = drawn[openers != 0]
    openers = openers[openers != 0]
    values, counts = np.unique(openers, return_counts=True)
    common = []
    if len(values):
        named = []
        for index in np.lexsort((values, -counts))[: _COMMON * 4]:
            member = rows.keys[f"opener_{channel}"][place] == values[index]
            named.append((_text(rows, place, member, f"opener_{channel}", settings), int(counts[index])))
        named.sort(key=lambda pair: (-pair[1], pair[0]))
        common = [(text, share_of(c, len(openers), settings.level)) for text, c in named[:_COMMON]]
    lengths = rows.characters[channel][with_text]
    quantiles = np.quantile(lengths, (0.05, 0.25, 0.5, 0.75, 0.95)) if len(lengths) else ()
    return ChannelNumbers(
        rows=len(with_text),
        characters=tuple(round(float(q)) for q in quantiles),
        distinct=studied.distinct,
        alike=studied.alike if len(with_text) else Number(),
        openers=effective_number(openers, settings),
        common=tuple(common),
    )


def _jaccard(one: Bools, other: Bools) -> float:
    either = int((one | other).sum())
    return int((one & other).sum()) / either if either else 0.0


def _named(group: Group) -> str:
    where = "" if group.kind in ("persona", "system") else f" of {group.where}s"
    return f"the {group.kind} {group.text[:80]!r}{where}"
