"""Files of instances divided into parts: two passes, with the sides of an earlier split kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import orjson
from numpy.typing import NDArray

from curation.blockwise import blocks_of, require_files
from curation.canonical import identified
from curation.counts import Counts
from curation.split.components import Components, Giant, components_of
from curation.split.fill import UNUSED
from curation.split.near import add_near
from curation.split.records import LINKS, Records, read_clusters, read_records
from curation.split.sides import BRIDGE, CUT, NOBODY, NONE, USED, Before, Sides, assign
from curation.split.sizes import Part
from curation.step import begin_step, finish_step, read_step, refuse_step
from schemas.canonical import canonical_json
from schemas.errors import BadData, BadSpec, EmptySplit, MissingFile
from schemas.instance import Decision, Frozen
from schemas.jsonl import LineWriter, read_jsonl
from schemas.progress import Progress, Tick, silent
from schemas.terminal import one_line

SIDES, DECISIONS = "sides.jsonl", "decisions.jsonl"
# So few rows are done before anybody has looked.
_SOON = 10_000
_RULES = {NOBODY: "unused", CUT: "cut", BRIDGE: "bridge"}


class SplitSettings(Frozen):
    """What decides a split, besides its parts.

    Args:
        seed: another seed, another split.
        near: share of common character 5-grams from which two prompts are near-duplicates and stand on one side;
            None switches it off.
        passages: keep rows over the same passage on one side, also where no group says so.
        stratify: let parts with a count resemble their ability in sources and forms.
        largest: share of an ability that one set of linked rows may hold before it is a giant.
        nested: sizes of nested subsets of the last part.
    """

    seed: int = 0
    near: float | None = 0.7
    passages: bool = True
    stratify: bool = True
    largest: float = 0.2
    nested: tuple[int, ...] = ()


class SplitReport(Frozen):
    """What came of a split.

    Args:
        counts: all rows are accepted; `unused` are in no part.
        parts: part -> rows, `unused` included.
        abilities: ability -> part -> rows.
        unused: why rows are in no part -> how many.
        groups: sets of two or more linked rows.
        largest: rows of the largest of them.
        links: kind of link -> rows that it ties to another row.
        kept: rows that stand where an earlier split put them.
        nested: size of a nested subset -> rows in it.
        notes: what a user should know.
    """

    counts: Counts
    parts: dict[str, int]
    abilities: dict[str, dict[str, int]]
    unused: dict[str, int]
    groups: int
    largest: int
    links: dict[str, int]
    kept: int
    nested: dict[int, int]
    notes: tuple[str, ...] = ()


def split_files(
    files: Sequence[Path],
    parts: Sequence[Part],
    out: Path,
    settings: SplitSettings | None = None,
    *,
    clusters: Path | None = None,
    previous: Path | None = None,
    fresh: bool = False,
    workers: int | None = 1,
    progress: Progress = silent,
) -> SplitReport:
    """Write `<part>.jsonl` and `unused.jsonl` (rows as they stood, in input order), nested subsets as
    `<part>.n<size>.jsonl`, `sides.jsonl`, `decisions.jsonl` and last `step.json`.

    Memory: some 200 bytes a row, and the prompts while near-duplicates are looked for.

    Args:
        clusters: the `clusters.jsonl` of a dedup step; its members stand on one side.
        previous: the folder of an earlier split whose sides are kept. Without it, those of `out` itself.
        fresh: keep no sides at all.
        workers: as for `curation.workers.in_order`.

    Raises:
        BadSpec: files that are read would be overwritten, or an earlier split does not fit this one.
        MissingFile, BadData: as `read_records`, `read_clusters`, or a damaged `sides.jsonl`.
        PoolTooSmall, EmptySplit: as `assign`.
    """
    settings = settings or SplitSettings()
    names = [part.name for part in parts]
    require_files(files)
    _refuse(files, out, names, settings.nested)
    if clusters is not None:
        require_files([clusters])
    earlier = _earlier(out, previous, fresh, settings.seed)
    records = read_records(
        files,
        settings.seed,
        passages=settings.passages,
        texts=settings.near is not None,
        workers=workers,
        progress=progress,
    )
    if not len(records):
        raise EmptySplit("the files hold no rows", where=str(files[0]) if files else "", do="name others")
    if settings.near is not None:
        add_near(records, settings.near)
        if len(records) > _SOON:
            progress(Tick("split: near-duplicates", len(records), len(records)))
    if clusters is not None:
        _add_clusters(records, clusters)
    components = components_of(records, settings.largest)
    before, absent = _before(records, earlier, names) if earlier else (None, [])
    sides = assign(records, components, parts, before, settings.stratify, settings.seed)
    begin_step(out)
    _write(files, records, sides, parts, out, absent, progress)
    nested = _write_nested(files, records, sides, parts, out, settings.nested)
    report = _report(records, components, sides, parts, nested, before)
    resolved = {
        **settings.model_dump(),
        "parts": {part.name: part.text() for part in parts},
        "previous": str(earlier.resolve()) if earlier else None,
        "clusters": str(clusters.resolve()) if clusters else None,
    }
    finish_step(out, "split", resolved, files, report.counts)
    return report


def _refuse(files: Sequence[Path], out: Path, names: Sequence[str], nested: Sequence[int]) -> None:
    written = [*names, UNUSED, *(f"{names[-1]}.n{size}" for size in nested)]
    refuse_step(out, "split", files, (*(f"{name}.jsonl" for name in written), SIDES, DECISIONS))


def _earlier(out: Path, previous: Path | None, fresh: bool, seed: int) -> Path | None:
    """The folder whose sides are kept."""
    if previous is not None:
        if fresh:
            raise BadSpec(
                "keeps sides and keeps none", where="--previous with --fresh", do="give one of them"
            )
        if not (previous / SIDES).is_file():
            raise MissingFile("no sides.jsonl there", where=str(previous), do="name the folder of a split")
        return previous
    if fresh or not (out / SIDES).is_file():
        return None
    step = read_step(out)
    if step is not None and step.settings.get("seed") != seed:
        raise BadSpec(
            f"this folder was divided with seed {step.settings.get('seed')}",
            where=str(out),
            do="give --fresh to divide it anew, or --previous with this folder to keep its sides",
        )
    return out


def _add_clusters(records: Records, path: Path) -> None:
    ids, keys = read_clusters(path)
    order = np.argsort(ids, kind="stable")
    ids, keys = ids[order], keys[order]
    if not len(ids):
        return
    at = np.minimum(np.searchsorted(ids, records.ids), len(ids) - 1)
    found = np.flatnonzero(ids[at] == records.ids)
    add_links(records, found, keys[at[found]], "cluster")


def add_links(records: Records, rows: NDArray[np.int64], keys: NDArray[np.uint64], kind: str) -> None:
    """Further links of one kind."""
    records.link_rows = np.concatenate([records.link_rows, rows])
    records.link_keys = np.concatenate([records.link_keys, keys])
    kinds = np.full(len(rows), LINKS.index(kind), np.int8)
    records.link_kinds = np.concatenate([records.link_kinds, kinds])


def _before(records: Records, folder: Path, names: Sequence[str]) -> tuple[Before, list[bytes]]:
    """Where the rows stood, and the lines of those that are not among them now."""
    path = folder / SIDES
    ids: list[int] = []
    parts: list[int] = []
    used: list[bool] = []
    known: dict[str | None, int] = {name: number for number, name in enumerate(names)}
    known[None] = NONE
    for number, row in read_jsonl(path):
        part = row.get("part")
        if not isinstance(part, str | None) or part not in known:
            raise BadSpec(
                f"the earlier split has a part {one_line(str(part), 40)!r}, which this one does not",
                where=f"{path}:{number}",
                do="name it with --size, or give --fresh",
            )
        try:
            ids.append(int(row["id"][:16], 16))
        except (KeyError, TypeError, ValueError):
            raise BadData("not a row's side", where=f"{path}:{number}", do="restore the file") from None
        parts.append(known[part])
        used.append(bool(row.get("used")))
    old = np.array(ids, np.uint64)
    order = np.argsort(old, kind="stable")
    if not len(old):
        nowhere = np.full(len(records), NONE, np.int8)
        return Before(nowhere, np.zeros(len(records), np.bool_)), []
    ascending = old[order]
    at = np.minimum(np.searchsorted(ascending, records.ids), len(old) - 1)
    found = ascending[at] == records.ids
    part = np.where(found, np.array(parts, np.int8)[order][at], NONE).astype(np.int8)
    was = found & np.array(used, np.bool_)[order][at]
    gone = ~np.isin(old, records.ids)
    return Before(part, was), _absent(path, gone)


def _absent(path: Path, gone: NDArray[np.bool_]) -> list[bytes]:
    """Lines of rows that are away for now: should they come back, they go where they were."""
    found: list[bytes] = []
    for flag, (_, row) in zip(gone.tolist(), read_jsonl(path), strict=True):
        if flag and row.get("part") is not None:
            found.append(canonical_json({**row, "used": False, "here": False}).encode() + b"\n")
    return found


def _write(
    files: Sequence[Path],
    records: Records,
    sides: Sides,
    parts: Sequence[Part],
    out: Path,
    absent: Sequence[bytes],
    progress: Progress,
) -> None:
    names = [part.name for part in parts]
    states, numbers = sides.state.tolist(), sides.part.tolist()
    with ExitStack() as stack:
        to = [stack.enter_context(LineWriter(out / f"{name}.jsonl")) for name in (*names, UNUSED)]
        decided = stack.enter_context(LineWriter(out / DECISIONS))
        remembered = stack.enter_context(LineWriter(out / SIDES))
        at = 0
        for block in blocks_of(files):
            for line in block.data.split(b"\n"):
                if not line or line.isspace():
                    continue
                state, part = states[at], numbers[at]
                to[part if state == USED else len(names)].write(line + b"\n")
                row = identified(line)
                key = f"{row['source']['name']}:{row['source']['row']}"
                side = names[part] if part != NONE else None
                remembered.write(
                    orjson.dumps(
                        {"here": True, "id": row["id"], "part": side, "row": key, "used": state == USED}
                    )
                    + b"\n"
                )
                if state != USED:
                    decided.write(_decision(row["id"], key, state, side).line() + b"\n")
                at += 1
            progress(Tick("split: writing", at))
        for gone in absent:
            remembered.write(gone)
    progress(Tick("split: writing", at, at))


def _decision(subject: str, key: str, state: int, side: str | None) -> Decision:
    reasons = {
        NOBODY: "no part asked for it",
        CUT: f"its group stands in {side}, which has its rows",
        BRIDGE: "it ties rows of several parts together",
    }
    return Decision(
        subject=subject, stage="split", rule=_RULES[state], kept=False, reason=reasons[state], evidence=key
    )


def _write_nested(
    files: Sequence[Path],
    records: Records,
    sides: Sides,
    parts: Sequence[Part],
    out: Path,
    sizes: Sequence[int],
) -> dict[int, int]:
    """Subsets of the last part: the first rows of every ability and origin in the order in which mixes are drawn."""
    if not sizes:
        return {}
    last = len(parts) - 1
    mine = np.flatnonzero((sides.part == last) & (sides.state == USED))
    ability = records.ability[mine]
    order = mine[np.lexsort((records.ids[mine], records.draws[mine], records.synthetic[mine], ability))]
    key = records.ability[order] * 2 + records.synthetic[order]
    place = np.arange(len(order)) - np.searchsorted(key, key)
    counts: dict[int, int] = {}
    with ExitStack() as stack:
        handles = [stack.enter_context(path.open("rb")) for path in files]
        for size in sizes:
            chosen = order[place < size].tolist()
            with LineWriter(out / f"{parts[last].name}.n{size}.jsonl") as file:
                for row in chosen:
                    handle = handles[int(records.file[row])]
                    handle.seek(int(records.offsets[row]))
                    file.write(handle.readline().rstrip(b"\n") + b"\n")
            counts[size] = len(chosen)
    short = [
        f"{name}: the nested subset of {size} has {have} rows, all there are"
        for name, have in sorted(Counter(records.abilities[a] for a in ability.tolist()).items())
        for size in sizes[-1:]
        if have < size
    ]
    sides.notes.extend(short)
    return counts


def _report(
    records: Records,
    components: Components,
    sides: Sides,
    parts: Sequence[Part],
    nested: dict[int, int],
    before: Before | None,
) -> SplitReport:
    names = [*(part.name for part in parts), UNUSED]
    place = np.where(sides.state == USED, sides.part, len(parts)).astype(np.int64)
    cells = Counter(zip(records.ability.tolist(), place.tolist(), strict=True))
    sizes = np.bincount(components.of, minlength=len(components.held))
    unused = int((sides.state != USED).sum())
    counts = Counts(rows=len(records), accepted=len(records), unused=unused)
    return SplitReport(
        counts=counts,
        parts={name: int((place == number).sum()) for number, name in enumerate(names)},
        abilities={
            ability: {name: cells[a, n] for n, name in enumerate(names)}
            for a, ability in enumerate(records.abilities)
        },
        unused={
            rule: int((sides.state == state).sum())
            for state, rule in _RULES.items()
            if (sides.state == state).any()
        },
        groups=int((sizes > 1).sum()),
        largest=int(sizes.max()) if len(sizes) else 0,
        links=_linked(records),
        kept=0 if before is None else int((before.part != NONE).sum()),
        nested=nested,
        notes=(*(_giant(giant, parts) for giant in components.giants), *sides.notes),
    )


def _linked(records: Records) -> dict[str, int]:
    """Kind of link -> rows that it ties to another one."""
    found: dict[str, int] = {}
    for kind, name in enumerate(LINKS):
        mine = np.flatnonzero(records.link_kinds == kind)
        _, places, counts = np.unique(records.link_keys[mine], return_inverse=True, return_counts=True)
        rows = records.link_rows[mine][counts[places] > 1]
        if len(rows):
            found[name] = len(np.unique(rows))
    return found


def _giant(giant: Giant, parts: Sequence[Part]) -> str:
    share = f"{giant.rows} of {giant.of} rows of {giant.ability} hang together"
    if giant.links == "soft":
        return f"{share} by wording alone, as one template or preamble does: these links were not followed"
    return f"{share} by group, equal prompt or parent: they stand in {parts[-1].name} as a whole"
