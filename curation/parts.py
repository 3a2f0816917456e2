"""Which instances go into which part of a study's pool."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from curation.canonical import row_key
from curation.distractors import borrow_distractors
from curation.split import Groups, Size, fill, nested, ordered_groups
from schemas.errors import EmptySplit, PoolTooSmall
from schemas.forms import form_of
from schemas.instance import UNLABELLED, Decision, Instance
from schemas.study import StudySpec

EVALUATION = ("test", "validation")
TRAINING = ("teacher", "prompts", "train")
SYNTHETIC = "synthetic"
# The most of an ability's rows that a part may take when the study says `cap = "available"`; train has the rest.
SHARES = {"test": 0.25, "validation": 0.15, "teacher": 0.15, "prompts": 0.2}

Cleaner = Callable[[Iterable[Instance], Sequence[Instance]], tuple[list[Instance], list[Decision]]]


@dataclass
class Parts:
    """The parts of a pool, the rows nobody asked for, and what was decided and noted on the way."""

    rows: dict[str, list[Instance]]
    unused: list[Instance] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def table(self) -> dict[str, dict[str, int]]:
        """part -> ability -> instances."""
        return {part: dict(Counter(row.ability for row in rows)) for part, rows in self.rows.items()}


def divide(spec: StudySpec, instances: Sequence[Instance], borrowing: set[str], clean: Cleaner) -> Parts:
    """Divide deduplicated instances among the parts of a study.

    Test and validation are filled first, from labelled human rows that can be scored; what is left is cleaned
    against them and fills the training parts.

    Args:
        spec: `splits`, `grid.cap` and `grid.n` are read.
        instances: deduplicated.
        borrowing: names of the sources whose open items borrow distractors.
        clean: `curation.decontaminate.decontaminate` or the like.

    Raises:
        PoolTooSmall, EmptySplit: as `curation.split.split`.
    """
    labelled: dict[str, list[Instance]] = {}
    others: list[Instance] = []
    for row in instances:
        if row.origin == "human" and row.ability != UNLABELLED:
            labelled.setdefault(row.ability, []).append(row)
        else:
            others.append(row)
    parts = Parts({part: [] for part in (*EVALUATION, *TRAINING, SYNTHETIC)})
    asked = {part: getattr(spec.splits, part) for part in (*EVALUATION, *TRAINING)}
    left: dict[str, list[Instance]] = {}
    for ability, rows in labelled.items():
        left[ability] = _fill_evaluation(ability, rows, asked, spec, borrowing, parts)
    evaluation = [row for part in EVALUATION for row in parts.rows[part]]
    rest, leaks = clean([row for rows in left.values() for row in rows] + others, evaluation)
    parts.decisions += leaks
    for ability in labelled:
        rows = [r for r in rest if r.ability == ability and r.origin == "human"]
        _fill_training(ability, rows, asked, spec, parts)
    parts.rows["train"] += nested([r for r in rest if r.origin == "human" and r.ability == UNLABELLED])
    parts.rows[SYNTHETIC] += nested([r for r in rest if r.origin == "synthetic"])
    _borrow(parts, borrowing)
    parts.decisions += [
        Decision(
            subject=row.id,
            stage="split",
            rule="unused",
            kept=False,
            reason="no part asked for it",
            evidence=row_key(row),
        )
        for row in parts.unused
    ]
    return parts


def _shared(ability: str, asked: dict[str, Size], have: int, notes: list[str]) -> dict[str, Size]:
    """Rows per part under `cap = "available"`: as asked for, but at most a fixed share of what there is."""
    plan = dict(asked)
    for part, size in asked.items():
        most = int(SHARES[part] * have)
        if size != "available" and size > most:
            plan[part] = most
            notes.append(f"{ability}: {part} has {most} rows instead of {size}, {SHARES[part]:.0%} of {have}")
            if most == 0:
                raise EmptySplit(
                    f"{ability} has {have} rows left, too few for the part {part}",
                    do="add rows to its sources",
                )
    return plan


def _fill_evaluation(
    ability: str,
    rows: Sequence[Instance],
    asked: dict[str, Size],
    spec: StudySpec,
    borrowing: set[str],
    parts: Parts,
) -> list[Instance]:
    """Fill test and validation of one ability; returns the rows that training may still have."""
    scored: Groups = []
    unscored: Groups = []
    for group in ordered_groups(rows):
        (scored if all(_can_be_scored(row, borrowing) for row in group) else unscored).append(group)
    if not scored:
        raise EmptySplit(
            f"{ability} is scored by comparison with distractors, and no row has any",
            do='set options.distractors = "borrow" for its source',
        )
    sizes = {part: asked[part] for part in EVALUATION}
    if spec.grid.cap == "available":
        sizes = _shared(ability, sizes, len(rows), parts.notes)
    filled = fill(ability, scored, sizes)
    for part, taken in filled.parts.items():
        parts.rows[part] += taken
    parts.unused += filled.unused
    return [row for group in (*filled.rest, *unscored) for row in group]


def _can_be_scored(row: Instance, borrowing: set[str]) -> bool:
    return form_of(row.form).scoring == "exact" or bool(row.distractors) or row.source.name in borrowing


def _fill_training(
    ability: str, rows: Sequence[Instance], asked: dict[str, Size], spec: StudySpec, parts: Parts
) -> None:
    before = {part: asked[part] for part in TRAINING[:-1]}
    if spec.grid.cap == "available":
        before = _shared(ability, before, len(rows), parts.notes)
    filled = fill(ability, ordered_groups(rows), before)
    train, room = asked["train"], sum(map(len, filled.rest))
    if spec.grid.cap == "available" and train != "available" and 0 < room < train:
        parts.notes.append(f"{ability}: train has {room} rows instead of {train}, all that is left")
        train = room
    last = fill(ability, filled.rest, {"train": train})
    have, most = len(last.parts["train"]), max(spec.grid.n)
    if spec.grid.cap == "error" and have < most:
        raise PoolTooSmall(
            f"{ability} has {have} rows in train, grid.n asks for {most}",
            do='lower grid.n, raise splits.train, or set grid.cap = "available"',
        )
    for part, taken in {**filled.parts, **last.parts}.items():
        parts.rows[part] += taken
    parts.unused += [*filled.unused, *last.unused, *(row for group in last.rest for row in group)]


def _borrow(parts: Parts, borrowing: set[str]) -> None:
    """Distractors for evaluation items, each from its own part: no test item shows a response that is trained on."""
    for part in EVALUATION:
        rows = parts.rows[part]
        for ability in dict.fromkeys(row.ability for row in rows if row.source.name in borrowing):
            mine = [r for r in rows if r.ability == ability and r.source.name in borrowing]
            made = dict(zip((r.id for r in mine), borrow_distractors(mine), strict=True))
            rows = [made.get(row.id, row) for row in rows]
        parts.rows[part] = rows
