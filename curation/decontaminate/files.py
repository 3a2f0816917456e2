"""Files of training rows against an evaluation set: streamed over processes, with every leaking pair kept."""

from __future__ import annotations

import pickle
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from os.path import realpath
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from curation.blockwise import Made, blocks_of, lines_of, require_files, write_pieces
from curation.canonical import row_key
from curation.counts import Counts
from curation.decontaminate import decision
from curation.decontaminate.index import PARTS, Index, build_index
from curation.decontaminate.items import Evaluation, Item
from curation.decontaminate.search import LeakFinder, Pair
from curation.decontaminate.settings import LeakSettings
from curation.step import begin_step, finish_step, refuse_step
from schemas.errors import BadData, BadSpec
from schemas.instance import Frozen, Instance
from schemas.jsonl import Block, LineWriter, models_in
from schemas.progress import Progress, silent

LEAKS = "leaks.jsonl"
KEPT, DECISIONS = "instances.jsonl", "decisions.jsonl"
_ITEMS = "items"


class SourceLeaks(Frozen):
    """What leaks of one evaluation source.

    Args:
        source: its name.
        rows: rows of its file.
        items: items that were looked for.
        leaking: items that at least one training row leaks.
        training_rows: training rows that leak at least one of them.
        rejected: rows that the reader of the format rejects, looked for by their raw text.
        pending: rows without a gold answer, looked for all the same.
        lost: rejected rows without a text, which could not be looked for.
    """

    source: str
    rows: int
    items: int
    leaking: int
    training_rows: int
    rejected: int = 0
    pending: int = 0
    lost: int = 0


class WorstItem(Frozen):
    """An evaluation item that many training rows leak.

    Args:
        row: `source:row` of the item.
        rows: training rows that leak it.
        rule, containment: of the strongest pair.
        shared: the longest folded run that one of them shares with it.
        text: how its question begins.
    """

    row: str
    rows: int
    rule: str
    containment: float
    shared: str
    text: str


class LeakReport(Frozen):
    """What was found.

    Args:
        counts: of the training rows; all accepted if nothing was dropped.
        leaking: training rows that leak something.
        pairs: of a training row and an evaluation item.
        rules: pairs by rule.
        sources: evaluation sources in the order of their files.
        worst: the items with the most rows, then the highest containment.
    """

    counts: Counts
    leaking: int
    pairs: int
    rules: dict[str, int]
    sources: tuple[SourceLeaks, ...]
    worst: tuple[WorstItem, ...]


def decontaminate_files(
    files: Sequence[Path],
    evaluation: Evaluation,
    out: Path,
    settings: LeakSettings | None = None,
    *,
    against: Sequence[Path] = (),
    report_only: bool = False,
    worst: int = 10,
    workers: int | None = 1,
    progress: Progress = silent,
) -> LeakReport:
    """Write `instances.jsonl` (rows that leak nothing, as they stood), `decisions.jsonl`, `leaks.jsonl`, `step.json`.

    `leaks.jsonl` has a line for every leaking item, in the order of the evaluation files, with all training rows that
    leak it in the order of theirs. Memory: the evaluation set, some blocks, and 8 bytes a pair.

    Args:
        files: training instances.
        evaluation: what to look for.
        against: the evaluation files, for `step.json`.
        report_only: write `leaks.jsonl` and nothing else, and drop nothing.
        worst: items to list in the report.
        workers: as for `curation.workers.in_order`.

    Raises:
        BadSpec: `out` would overwrite a file that is read, or, with `report_only`, lies about the step that wrote it.
        MissingFile, BadData: a training file, or a line of it, that holds no instance.
    """
    settings = settings or LeakSettings()
    require_files(files)
    _refuse(files, against, out, report_only)
    if not evaluation.items:
        raise BadData("the evaluation set holds no items", where="--against", do="check its files and format")
    with TemporaryDirectory(prefix="abilitymix-leaks-") as folder:
        place = Path(folder)
        build_index(evaluation.items, settings).save(place)
        (place / _ITEMS).write_bytes(pickle.dumps(evaluation.items))
        if not report_only:
            begin_step(out)
        pairs = place / "pairs.jsonl"
        kept, decided = (place / KEPT, place / DECISIONS) if report_only else (out / KEPT, out / DECISIONS)
        counts = write_pieces(
            out,
            # An absolute path stays itself when it is joined to the folder.
            [str(path.absolute()) for path in (kept, decided, pairs)],
            _Search(folder, settings, report_only, str(kept.absolute()), str(decided.absolute()), str(pairs)),
            blocks_of(files),
            label="decontaminate",
            workers=workers,
            progress=progress,
        )
        report = _write_leaks(pairs, evaluation, out / LEAKS, counts, worst)
    if not report_only:
        resolved = {
            **settings.model_dump(),
            "against": [realpath(path) for path in against],
            "evaluation": {one.source: one.items for one in report.sources},
        }
        finish_step(out, "decontaminate", resolved, files, counts)
    return report


def _refuse(files: Sequence[Path], against: Sequence[Path], out: Path, report_only: bool) -> None:
    stage = "" if report_only else "decontaminate"
    refuse_step(out, stage, (*files, *against), (KEPT, DECISIONS, LEAKS))
    if report_only and (out / "step.json").exists():
        raise BadSpec(
            "this folder holds a finished step, which a report would no longer fit",
            where=str(out),
            do="name another --out",
        )


class _Search:
    """The work of one process on one block. The index is read from files: it is sent nowhere."""

    def __init__(
        self, folder: str, settings: LeakSettings, report_only: bool, kept: str, decided: str, pairs: str
    ) -> None:
        self.folder, self.settings, self.report_only = folder, settings, report_only
        self.kept, self.decided, self.pairs = kept, decided, pairs

    def __call__(self, block: Block) -> Made:
        finder = _finder(self.folder, self.settings)
        rows = list(models_in(block, Instance))
        kept: list[bytes] = []
        decided: list[bytes] = []
        lines: list[bytes] = []
        reasons: Counter[str] = Counter()
        for (number, line, row), pairs in zip(rows, finder.find([r for _, _, r in rows]), strict=True):
            if pairs:
                lines += [_pair_line(row, pair, f"{str(block.path)!a}:{number}") for pair in pairs]
                found = decision(row, pairs, finder.items)
                decided.append(found.line())
                reasons[f"{found.stage}/{found.rule}"] += 1
            else:
                kept.append(line)
        if self.report_only:
            made = Made({self.pairs: lines_of(lines)}, rows=len(rows), accepted=len(rows))
        else:
            files = {
                self.kept: lines_of(kept),
                self.decided: lines_of(decided),
                self.pairs: lines_of(lines),
            }
            made = Made(
                files, rows=len(rows), accepted=len(kept), rejected=len(rows) - len(kept), reasons=reasons
            )
        return made


@lru_cache(maxsize=1)
def _finder(folder: str, settings: LeakSettings) -> LeakFinder:
    place = Path(folder)
    items: list[Item] = pickle.loads((place / _ITEMS).read_bytes())  # written by this program a moment ago
    return LeakFinder(items, settings, Index.load(place))


def _pair_line(row: Instance, pair: Pair, at: str) -> bytes:
    parts = {name: share for name, share in zip(PARTS, pair.parts, strict=True) if share is not None}
    shown = {
        "id": row.id,
        "row": row_key(row),
        "rule": pair.rule,
        "containment": pair.containment,
        **parts,
        "shared": pair.run,
        "characters": len(pair.run),
    }
    return orjson.dumps([pair.item, at, shown])


def _write_leaks(pairs: Path, evaluation: Evaluation, path: Path, counts: Counts, worst: int) -> LeakReport:
    places: dict[int, array[int]] = {}
    leaking: Counter[str] = Counter()
    rules: Counter[str] = Counter()
    rows, total, before, sources = 0, 0, "", set[str]()
    with pairs.open("rb") as file:
        offset = 0
        for line in file:
            item, at, shown = orjson.loads(line)
            places.setdefault(item, array("q")).append(offset)
            offset, total = offset + len(line), total + 1
            rules[shown["rule"]] += 1
            if at != before:  # the pairs of one row stand together
                before, rows, sources = at, rows + 1, set()
            source = evaluation.items[item].source
            if source not in sources:
                sources.add(source)
                leaking[source] += 1
        found: list[WorstItem] = []
        with LineWriter(path) as out:
            for item in sorted(places):
                line_value, one = _leak(file, places[item], evaluation.items[item])
                out.write(orjson.dumps(line_value) + b"\n")
                found = sorted([*found, one], key=lambda w: (-w.rows, -w.containment))[:worst]
    mine = Counter(evaluation.items[item].source for item in places)
    items = Counter(item.source for item in evaluation.items)
    listed = tuple(
        SourceLeaks(
            source=name,
            rows=count,
            items=items[name],
            leaking=mine[name],
            training_rows=leaking[name],
            rejected=evaluation.rejected[name],
            pending=evaluation.pending[name],
            lost=evaluation.lost[name],
        )
        for name, count in evaluation.rows.items()
    )
    return LeakReport(
        counts=counts,
        leaking=rows,
        pairs=total,
        rules=dict(rules.most_common()),
        sources=listed,
        worst=tuple(found),
    )


def _leak(file: Any, offsets: array[int], item: Item) -> tuple[dict[str, Any], WorstItem]:
    def shown() -> Iterator[dict[str, Any]]:
        for offset in offsets:
            file.seek(offset)
            yield orjson.loads(file.readline())[2]

    rows = list(shown())
    best = max(rows, key=lambda r: r["containment"])
    line = {"test": {"id": item.id, "row": item.row, "source": item.source}, "rows": rows}
    one = WorstItem(
        row=item.row,
        rows=len(rows),
        rule=best["rule"],
        containment=best["containment"],
        shared=max((r["shared"] for r in rows), key=len)[:120],
        text=(item.question or item.passage)[:120],
    )
    return line, one
