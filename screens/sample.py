"""The sample that `python -m tui` opens: a store in a temporary folder with every form and stage in it.

Two colleagues have been at work before: some items are decided, one was revised and waits for reviewers, one waits to be
revised, and most have a first verdict that the annotator does not see before his own.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from curation.review.desk import Desk
from curation.review.hints import Hint
from curation.review.load import load, load_gold, load_hints
from curation.review.process import Process
from curation.review.store import ReviewStore
from schemas.forms import form_of
from schemas.instance import Instance, Message
from schemas.jsonl import read_jsonl

FOLDER = Path(__file__).parents[1] / "examples" / "review"
NAME, FIRST, SECOND = "you", "lin", "wang"
# The training ends here however it went, and no gold items come later: the sample is there to be tried.
PROCESS = Process(revise=("*",), training_items=3, training_accuracy=0, gold_every=0)
# By the rows of the pool: what the first and the second colleague said. `take` leases an item of the filter.
FIRST_APPROVED = (1, 2, 3, 5, 8, 10, 11, 13, 16, 19)
BOTH_APPROVED = (4, 6, 7)
TWO_RIGHT, WRONG = 12, 15  # two options are right; the gold answer is wrong
SAME_TWICE = 14


@contextmanager
def make_sample() -> Iterator[str]:
    """A store with `you` enrolled, gone when the block ends; the path of its file."""
    with tempfile.TemporaryDirectory(prefix="abilitymix-") as folder:
        path = str(Path(folder) / "review.db")
        with ReviewStore.open(path, create=True, process=PROCESS) as store:
            fill(store)
        yield path


def fill(store: ReviewStore) -> None:
    """Load the sample into a new store, and let the colleagues work."""
    pool = FOLDER / "pool.jsonl"
    load(store, [pool], workers=1)
    load_gold(store, FOLDER / "gold.jsonl")
    ids = [str(row["id"]) for _, row in read_jsonl(pool)]
    load_hints(store, _hints(ids))
    for name in (FIRST, SECOND):
        store.enrol(name, status="active")
    store.enrol(NAME)
    first, second = store.desk(FIRST), store.desk(SECOND)
    for row in (*FIRST_APPROVED, *BOTH_APPROVED):
        _judge(first, ids[row - 1], True)
    for row in BOTH_APPROVED:
        _judge(second, ids[row - 1], True)
    _judge(first, ids[SAME_TWICE - 1], False, "not diverse")
    for desk, said in ((first, "蝙蝠也是哺乳动物，A、B 都对。"), (second, "有两个正确答案。")):
        _judge(desk, ids[TWO_RIGHT - 1], False, "incorrect", said)
    for desk, said in ((first, "2 小时 30 分是 2.5 小时。"), (second, "")):
        _judge(desk, ids[WRONG - 1], False, "incorrect", said)
    _revise(second, ids[TWO_RIGHT - 1])


def _judge(desk: Desk, item_id: str, kept: bool, reason: str = "", said: str = "") -> None:
    work = desk.take(item_id, "filter")
    if work is not None:
        if said:
            desk.comment(work.item, said)
        desk.judge(work, kept, reason, 20.0 if kept else 45.0, then_next=False)


def _revise(desk: Desk, item_id: str) -> None:
    """Put a bird in the place of the second mammal."""
    work = desk.take(item_id, "revise")
    if work is None or not isinstance(work.content, Instance):
        return
    old = work.content
    choices = tuple("麻雀" if choice == "蝙蝠" else choice for choice in old.choices)
    question = old.instruction.split("\n")[0]
    messages = (Message(role="user", content=form_of(old.form).render(question, choices)), old.messages[-1])
    changed = old.model_dump(exclude={"id", "messages", "choices", "parents"})
    made = Instance(**changed, messages=messages, choices=choices, parents=(old.id,))
    desk.revise(work, made, "蝙蝠换成了麻雀。", 90.0)


def _hints(ids: list[str]) -> list[Hint]:
    """What curation's steps notice here; written down, since they take seconds to look."""
    same = "says in other words what another item of this pool says"
    return [
        Hint(ids[SAME_TWICE - 1], "near_duplicate", same, ids[1]),
        Hint(ids[17], "personal", "holds what looks like a telephone number and an address"),
        Hint(ids[22], "rule", "rule mojibake: a control character, '\\x1b', in the instruction"),
    ]
