"""What is worth knowing beside an item, found by curation's own steps when a pool is put under review.

The terminal shows hints only after an annotator's first verdict, so that they don't judge in his place.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

import orjson

from curation.blockwise import blocks_of
from curation.workers import in_order
from schemas.instance import Candidate, Instance, Message
from schemas.jsonl import Block, LineWriter, line_blocks, models_in
from schemas.progress import Progress, Tick, silent
from schemas.terminal import one_line

Kind = Literal["near_duplicate", "leak", "personal", "rule"]
PERSONAL = "pii"
# Of a crowd of near-duplicates, or of leaks of one item, so many are named; the others are counted.
NAMED = 5
# The rules that have something to say of a prompt without its answer.
_OF_PROMPTS = ("length", "mojibake", "script", "language", "latin", "hanzi", "residue", "latex", PERSONAL)
_ANSWER = "待答"
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
    rules: Mapping[str, Any] | None = None,
    near: bool = True,
    workers: int | None = 1,
    progress: Progress = silent,
) -> Iterator[Hint]:
    """Near-duplicates within the files, rules that fail, and leaks into test items, in this order.

    Runs `dedup`, the rules of `check`, and `decontaminate` with their defaults. Candidates take part with what is asked:
    where there are any, near-duplicates are told by their prompts alone.

    Args:
        files: JSON lines of instances and candidates that `load` accepted.
        against: JSON lines of test items.
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
        pool = _parted(files, place)
        if near:
            yield from pool.named(_near_duplicates(pool, place, workers, progress))
        yield from _failures(pool.instances, _Rules(on), workers, progress)
        asked = {name: on[name] for name in _OF_PROMPTS if name in on}
        yield from pool.named(_failures(pool.asked, _Rules(asked, prompts=True), workers, progress))
        if against:
            yield from pool.named(_leaks(pool, against, place, workers, progress))


@dataclass
class _Pool:
    """The files of a pool, instances apart from candidates.

    Args:
        instances: files of nothing but instances.
        asked: a file of candidates as open instances with one and the same answer, which all steps can read.
        candidates: id of such an instance -> id of the candidate.
    """

    instances: list[Path] = field(default_factory=list)
    asked: list[Path] = field(default_factory=list)
    candidates: dict[str, str] = field(default_factory=dict)

    def named(self, hints: Iterator[Hint]) -> Iterator[Hint]:
        """Hints by the ids of the candidates."""
        for one in hints:
            other = self.candidates.get(one.other, one.other) if one.other else None
            yield one._replace(id=self.candidates.get(one.id, one.id), other=other)


def _parted(files: Sequence[Path], place: Path) -> _Pool:
    """A file without candidates is left where it is."""
    pool, asked = _Pool(), place / "asked.jsonl"
    with LineWriter(asked) as to:
        for number, path in enumerate(files):
            if not any(not _answered(line) for line in _lines_of(path)):
                pool.instances.append(path)
                continue
            answered = place / f"answered-{number}.jsonl"
            with LineWriter(answered) as kept:
                for line in _lines_of(path):
                    if _answered(line):
                        kept.write(line + b"\n")
                    else:
                        row = Candidate.model_validate_json(line)
                        made = _stand_in(row)
                        pool.candidates[made.id] = row.id
                        to.write(made.line() + b"\n")
            if answered.stat().st_size:
                pool.instances.append(answered)
    if pool.candidates:
        pool.asked.append(asked)
    return pool


def _lines_of(path: Path) -> Iterator[bytes]:
    for block in line_blocks(path):
        yield from filter(bytes.strip, block.data.split(b"\n"))


def _answered(line: bytes) -> bool:
    found: bool = orjson.loads(line)["messages"][-1]["role"] == "assistant"
    return found


def _stand_in(row: Candidate) -> Instance:
    messages = (*row.messages, Message(role="assistant", content=_ANSWER))
    return Instance(
        ability=row.ability, form="open", messages=messages, choices=row.choices, source=row.source
    )


def _near_duplicates(pool: _Pool, place: Path, workers: int | None, progress: Progress) -> Iterator[Hint]:
    from curation.dedup.files import dedup_files
    from curation.dedup.settings import DedupSettings

    settings = DedupSettings(compare="prompt" if pool.asked else "auto")
    out = place / "dedup"
    dedup_files([*pool.instances, *pool.asked], out, settings, workers=workers, progress=progress)
    for line in _lines_of(out / "clusters.jsonl"):
        yield from _of_cluster(orjson.loads(line), pool, "prompt" if pool.asked else "text")


def _of_cluster(cluster: dict[str, Any], pool: _Pool, what: str) -> Iterator[Hint]:
    """Every member is told of the head, and the head of those that are most like it."""
    head, *members = cluster["members"]
    for member in members:
        yield Hint(member["id"], "near_duplicate", _alike(head, member, pool, what), head["id"])
    for member in members[:NAMED]:
        yield Hint(head["id"], "near_duplicate", _alike(member, member, pool, what), member["id"])
    if len(members) > NAMED:
        yield Hint(head["id"], "near_duplicate", f"and {len(members) - NAMED} more are like it")


def _alike(named: dict[str, Any], member: dict[str, Any], pool: _Pool, what: str) -> str:
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


def _leaks(
    pool: _Pool, against: Sequence[Path], place: Path, workers: int | None, progress: Progress
) -> Iterator[Hint]:
    from curation.decontaminate.files import decontaminate_files
    from curation.decontaminate.items import Evaluation, read_instances

    evaluation = Evaluation()
    read_instances(list(against), evaluation)
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
    for line in _lines_of(out / "leaks.jsonl"):
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
