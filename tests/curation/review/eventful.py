"""A review in which something of everything happened, and how somebody who owns its database tampers with it."""

from __future__ import annotations

from pathlib import Path

from curation.review.hints import Hint
from curation.review.load import load_gold, load_hints
from curation.review.process import Process
from curation.review.records import Work
from curation.review.store import ReviewStore
from tests.curation.review.review_rows import candidate, changed, instance, store_of

ROWS = [*(instance(n) for n in range(1, 7)), candidate(7), *(instance(n) for n in range(8, 17))]
GOLD = Path(__file__).parents[3] / "examples" / "review" / "gold.jsonl"


def eventful_store(url: str, folder: Path) -> ReviewStore:
    """Item 2 was revised and passed, 3 was declined, 7, a candidate, was answered and waits for its reviewers, 13 has one
    verdict of two, 14 to 16 have none; the others passed. Gold items come after."""
    made = store_of(url, folder, ROWS, process=Process(revise=("*",), gold_every=0))
    load_gold(made, GOLD)
    load_hints(made, [Hint(ROWS[0].id, "rule", "odd"), Hint(ROWS[1].id, "near_duplicate", "2", ROWS[2].id)])
    lin, wang, chen, zhao = (made.desk(name) for name in ("lin", "wang", "chen", "zhao"))
    for desk in (lin, wang):
        work, number = desk.next(), 0
        while work is not None and number < 12:
            number += 1
            bad = number in (2, 3)
            work = desk.judge(work, not bad, "no date" if bad else "", 4.25).next
        if work is not None:
            desk.skip(work)
    lin.undo()
    wang.comment(1, "看看")
    wang.colleagues(1)
    chen.flag(2, "?")
    chen.decline(taken(made, "chen", 2), "nothing to mend", 9.5)
    for number, words in ((1, "公元前221年，嬴政称帝。"), (6, "疑是地上霜")):
        todo = taken(made, "chen", number)
        chen.revise(todo, changed(todo.content, words), "mended", 61.5)
    for desk in (zhao, lin):
        shown = desk.next(["review"])
        assert shown is not None
        desk.judge(shown, True, then_next=False)
    zhao.save_draft(taken(made, "zhao", 15), "未完")
    return made


def taken(store: ReviewStore, name: str, number: int) -> Work:
    """The item of that place among `ROWS`, leased."""
    work = store.desk(name).take(ROWS[number].id)
    assert work is not None, number
    return work


def unguarded(store: ReviewStore, *statements: str) -> None:
    """What somebody does who owns the database: takes the guards away, and puts them back afterwards."""
    from curation.review.guards import KEPT, guard

    postgres = store.database.dialect == "postgresql"
    with store.database.writing() as connection:
        for table in KEPT:
            for what in ("UPDATE", "DELETE", "TRUNCATE" if postgres else "REPLACE"):
                on = f" ON {table}" if postgres else ""
                connection.exec_driver_sql(f"DROP TRIGGER {table}_stays_{what}{on}")
        for statement in statements:
            connection.exec_driver_sql(statement)
        guard(connection)
