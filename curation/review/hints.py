"""What is worth knowing beside an item, found by curation's own steps when a pool is put under review.

The terminal shows hints only after an annotator's first verdict, so that they don't judge in his place.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import orjson

from curation.blockwise import blocks_of
from curation.review.earlier import Earlier
from curation.review.hint_pool import Pool, lines_of, parted, together
from curation.workers import in_order
from schemas.errors import BadData
from schemas.instance import Instance
from schemas.jsonl import Block, models_in
from schemas.progress import Progress, Tick, silent
from schemas.terminal import one_line

if TYPE_CHECKING:
    from curation.decontaminate.items import Evaluation

Kind = Literal["near_duplicate", "leak", "personal", "rule"]
PERSONAL = "pii"
# Of a crowd of near-duplicates, or of leaks of one item, so many are named; the others are counted.
NAMED = 5
# The rules that have something to say of a prompt without its answer.
_OF_PROMPTS = ("length", "mojibake", "script", "language", "latin", "hanzi", "residue", "latex", PERSONAL)
_APART = {
    "numbers": "other numbers",
    "gold": "another answer",
    "options": "other options",
    "negation": "a negation",
    "question": "another question",
}
_LEAKS = {
    "same_prompt": "the same prompt as {0}",
    "same_question": "the same question as {0}",
    "contained": "{0} stands in this text, or this text in it",
    "overlap": "{1:.0%} of the shorter text is shared with {0}",
    "same_passage": "the same passage as {0}",
    "same_options": "the same options as {0}",
}


class Hint(NamedTuple):
    """One hint.

    Args:
        id: of the instance or candidate it stands beside.
        kind: `near_duplicate`, `leak`, `personal` or `rule`.
        text: a clause that says what and where, safe for a terminal.
        other: id of what it speaks of, if that is one of the pool.
    """

    id: str
    kind: Kind
    text: str
    other: str | None = None


def hints_for(
    files: Sequence[Path],
    *,
    against: Sequence[Path] = (),
    earlier: Earlier | None = None,
    rules: Mapping[str, Any] | None = None,
    near: bool = True,
    workers: int | None = 1,
    progress: Progress = silent,
) -> Iterator[Hint]:
    """Near-duplicates within the files and of earlier items, rules that fail, and leaks into test items, in this order.

    Runs `dedup`, the rules of `check`, and `decontaminate` with their defaults. Candidates take part with what is asked:
    where there are any, near-duplicates are told by their prompts alone.

    Args:
        files: JSON lines of instances and candidates that `load` accepted.
        against: JSON lines of test items.
        earlier: items to compare with; among themselves they have been compared before.
        rules: a table of settings, as for `curation.rules.rules_from`.
        near: whether to look for near-duplicates.
        workers: as for `curation.workers.in_order`.

    Raises:
        As these steps.
    """
    from curation.rules import rules_from

    on = rules_from(rules)
    with tempfile.TemporaryDirectory(prefix="abilitymix-hints-") as folder:
        place = Path(folder)
        pool = parted(files, place, "asked")
        if near:
            both = together(earlier, pool, place)
            yield from _named(both, _near_duplicates(both, place, workers, progress))
        yield from _failures(pool.instances, _Rules(on), workers, progress)
        asked = {name: on[name] for name in _OF_PROMPTS if name in on}
        yield from _named(pool, _failures(pool.asked, _Rules(asked, prompts=True), workers, progress))
        if against:
            yield from _named(pool, _leaks(pool, against, place, workers, progress))


def _named(pool: Pool, hints: Iterator[Hint]) -> Iterator[Hint]:
    """Hints by the ids of items."""
    for one in hints:
        yield one._replace(id=pool.item(one.id), other=pool.item(one.other) if one.other else None)


def _near_duplicates(pool: Pool, place: Path, workers: int | None, progress: Progress) -> Iterator[Hint]:
    from curation.dedup.files import dedup_files
    from curation.dedup.settings import DedupSettings

    settings = DedupSettings(compare="prompt" if pool.asked else "auto")
    out = place / "dedup"
    dedup_files([*pool.instances, *pool.asked], out, settings, workers=workers, progress=progress)
    for line in lines_of(out / "clusters.jsonl"):
        yield from _of_cluster(orjson.loads(line), pool, "prompt" if pool.asked else "text")


def _of_cluster(cluster: dict[str, Any], pool: Pool, what: str) -> Iterator[Hint]:
    """Every member is told of the head, and the head of those that are most like it."""
    head, *members = cluster["members"]
    if not pool.is_new(head):  # what was there before has been told of it
        members = [member for member in members if pool.is_new(member)]
    for member in members:
        yield Hint(member["id"], "near_duplicate", _alike(head, member, pool, what), head["id"])
    for member in members[:NAMED]:
        yield Hint(head["id"], "near_duplicate", _alike(member, member, pool, what), member["id"])
    if len(members) > NAMED:
        yield Hint(head["id"], "near_duplicate", f"and {len(members) - NAMED} more are like it")


def _alike(named: dict[str, Any], member: dict[str, Any], pool: Pool, what: str) -> str:
    """How alike a member is to the head, said of `named`, which is the one of them that is spoken of."""
    kind, row = member["kind"], one_line(named["row"], 80)
    if kind == "conflict":
        return f"the same prompt as {row} with another gold answer"
    if kind == "exact":
        return f"the same prompt as {row}" + ("" if pool.asked else " with the same answer")
    # A candidate has no answer that could be another one.
    waiting = named["id"] in pool.candidates or member["id"] in pool.candidates
    reasons = [_APART[r] for r in member.get("apart", ()) if not (waiting and r == "gold")]
    but = f", but with {' and '.join(reasons)}" if reasons else ""
    return f"{member['similarity']:.0%} the same {what} as {row}{but}"


class _Rules:
    """The work on one block; travels to worker processes.

    Args:
        prompts: whether the answers are none, and nothing is to be said of them.
    """

    def __init__(self, rules: Mapping[str, Any], prompts: bool = False) -> None:
        self.rules, self.prompts = rules, prompts

    def __call__(self, block: Block) -> tuple[int, list[Hint]]:
        """(rows, hints)."""
        from curation.check import failures

        found: list[Hint] = []
        rows = 0
        for _, _, row in models_in(block, Instance):
            rows += 1
            for decision in failures(row, self.rules):
                if self.prompts and "response" in decision.reason:
                    continue
                kind: Kind = "personal" if decision.rule == PERSONAL else "rule"
                text = decision.reason if kind == "personal" else f"{decision.rule}: {decision.reason}"
                found.append(Hint(row.id, kind, one_line(text)))
        return rows, found


def _failures(files: Sequence[Path], work: _Rules, workers: int | None, progress: Progress) -> Iterator[Hint]:
    if not files:
        return
    done = 0
    for rows, found in in_order(work, blocks_of(files), workers):
        yield from found
        done += rows
        progress(Tick("hints: rules", done))
    progress(Tick("hints: rules", done, done))


def test_items(files: Sequence[Path]) -> Evaluation:
    """Read test items. Raises MissingFile, BadData: with file and line."""
    from curation.decontaminate.items import Evaluation, read_instances

    found = Evaluation()
    try:
        read_instances(files, found)
    except BadData as error:
        do = "test items are JSON lines of instances; `standardize` makes them of raw files"
        raise BadData(error.what, where=error.where, do=do) from None
    return found


def _leaks(
    pool: Pool, against: Sequence[Path], place: Path, workers: int | None, progress: Progress
) -> Iterator[Hint]:
    from curation.decontaminate.files import decontaminate_files

    evaluation = test_items(against)
    out = place / "leaks"
    decontaminate_files(
        [*pool.instances, *pool.asked],
        evaluation,
        out,
        report_only=True,
        worst=0,
        workers=workers,
        progress=progress,
    )
    told: Counter[str] = Counter()
    for line in lines_of(out / "leaks.jsonl"):
        leak = orjson.loads(line)
        for row in leak["rows"]:
            told[row["id"]] += 1
            if told[row["id"]] <= NAMED:
                yield Hint(row["id"], "leak", _leaking(row, leak["test"]["row"]))
    for identity, count in told.items():
        if count > NAMED:
            yield Hint(identity, "leak", f"and {count - NAMED} more test items leak")


def _leaking(row: dict[str, Any], item: str) -> str:
    said = _LEAKS[row["rule"]].format(f"test item {one_line(item, 80)}", row["containment"])
    shared = f": {one_line(row['shared'], 60)}" if row["shared"] else ""
    return one_line(said + shared)
