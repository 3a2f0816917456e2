"""No sequence of actions breaks a rule: annotators do anything in any order, and the rules are looked up in the log.

The checks here read events and slots and know nothing of how the store decides; the paper's rules are written out again.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from curation.review import replay
from curation.review.log import events
from curation.review.process import Process
from curation.review.records import Work
from curation.review.tables import item, slot
from schemas.errors import BadData
from tests.curation.review.postgres_server import PostgresServer
from tests.curation.review.review_rows import Clock, candidate, changed, instance, store_of

PEOPLE = ("lin", "wang", "chen", "zhao")
who = st.sampled_from(PEOPLE)


class Review(RuleBasedStateMachine):
    """Four annotators, three items, and every act there is, stale ones included."""

    process = Process(revise=("history",), rounds=2)
    url = ""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="abilitymix-"))
        self.clock = Clock()
        rows = [instance(1), instance(2, "math"), candidate(3)]
        url = self.url or str(self.folder / "review.db")
        self.store = store_of(url, self.folder, rows, PEOPLE, self.process, self.clock)
        self.desks = {name: self.store.desk(name) for name in PEOPLE}
        self.works: dict[str, list[Work]] = defaultdict(list)  # all ever got, the stale ones too
        self.revisions = 0

    def teardown(self) -> None:
        replay.verify(self.store)
        before = self._states()
        replay.rebuild(self.store)
        assert self._states() == before
        replay.verify(self.store)
        self.store.close()
        shutil.rmtree(self.folder)

    def _states(self) -> list[tuple[int, str, int]]:
        with self.store.database.reading() as connection:
            rows = select(item.c.number, item.c.state, item.c.head).order_by(item.c.number)
            return [tuple(row) for row in connection.execute(rows)]

    def _got(self, name: str, work: Work | None) -> None:
        if work is not None:
            self.works[name].append(work)

    @rule(name=who, stage=st.sampled_from(("filter", "revise", "review")))
    def look_for_work(self, name: str, stage: str) -> None:
        self._got(name, self.desks[name].next([stage]))

    @rule(acts=st.lists(st.tuples(who, st.booleans(), st.booleans()), min_size=4, max_size=16))
    def a_while(self, acts: list[tuple[str, bool, bool]]) -> None:
        """As people work most of the time; without it the rarer states are hardly ever reached."""
        for name, kept, look in acts:
            desk = self.desks[name]
            work = desk.next()
            if work is not None:
                desk.judge(work, kept, then_next=False)
                self._got(name, work)
                if look:
                    desk.colleagues(work.item)
            elif look:
                self.mend(name)
            self.rules_hold()

    @rule(name=who, peep=st.booleans())
    def change_ones_mind(self, name: str, peep: bool) -> None:
        """Look what the others said, take one's own back, and say the same: must not work."""
        desk = self.desks[name]
        last = desk.recent(1)
        if last and peep:
            desk.colleagues(last[0].item)
        undone = desk.undo()
        if undone.work is not None and undone.work.stage != "revise":
            desk.judge(undone.work, not last[0].kept, then_next=False)

    @rule(name=who)
    def mend(self, name: str) -> None:
        desk = self.desks[name]
        work = desk.next(["revise"])
        if work is not None:
            self.revisions += 1
            desk.revise(work, changed(work.content, f"第{self.revisions}稿"))
            self._got(name, work)

    @rule(name=who, number=st.integers(1, 3))
    def take_that_one(self, name: str, number: int) -> None:
        desk = self.desks[name]
        self._got(name, desk.take(desk.look_at(number).id))

    @precondition(lambda self: any(self.works.values()))
    @rule(name=who, kept=st.booleans(), place=st.integers(0, 99))
    def judge(self, name: str, kept: bool, place: int) -> None:
        mine = [w for w in self.works[name] if w.stage != "revise"]
        if mine:
            work = mine[-1 - place % min(3, len(mine))]
            judged = self.desks[name].judge(work, kept, "so", then_next=place % 2 == 0)
            assert judged.counted or judged.why
            self._got(name, judged.next)

    @precondition(lambda self: any(self.works.values()))
    @rule(name=who, place=st.integers(0, 99), decline=st.booleans())
    def revise(self, name: str, place: int, decline: bool) -> None:
        mine = [w for w in self.works[name] if w.stage == "revise"]
        if not mine:
            return
        work, desk = mine[-1 - place % min(3, len(mine))], self.desks[name]
        if decline and place % 4 == 0:
            desk.decline(work, "cannot be mended")
            return
        self.revisions += 1
        better = changed(work.content, f"第{self.revisions}稿")
        answer = desk.revise(work, better)
        if answer.can_offer and place % 2 and answer.theirs is not None:
            desk.offer(work.item, better, answer.theirs.id)

    @rule(name=who)
    def undo(self, name: str) -> None:
        self._got(name, self.desks[name].undo().work)

    @precondition(lambda self: any(self.works.values()))
    @rule(name=who)
    def skip_or_release(self, name: str) -> None:
        if self.works[name]:
            work, desk = self.works[name][-1], self.desks[name]
            if self.clock.time % 2 < 1:
                self._got(name, desk.skip(work))
            else:
                desk.release(work)

    @rule(name=who, stage=st.sampled_from(("filter", "review")))
    def return_skipped(self, name: str, stage: str) -> None:
        self.desks[name].return_skipped(stage)

    @rule(minutes=st.sampled_from((1, 40)))
    def time_passes(self, minutes: int) -> None:
        self.clock.forward(minutes)

    @rule(name=who, number=st.integers(1, 3))
    def look_at_colleagues(self, name: str, number: int) -> None:
        """What is shown is of units in which one's own verdict stands, or was revised since."""
        seen = self.desks[name].colleagues(number)
        with self.store.database.reading() as connection:
            rows = connection.execute(select(slot).where(slot.c.item == number, slot.c.owner == name)).all()
        own = {(r.stage, r.round) for r in rows if r.done is not None}
        revising = max((r.round for r in rows if r.stage == "revise"), default=-1)
        for one in seen:
            earlier = one.round <= revising if one.stage == "review" else revising >= 0
            assert (one.stage, one.round) in own or earlier, (name, one)
            assert one.actor != name

    @rule(name=who, number=st.integers(1, 3))
    def remark(self, name: str, number: int) -> None:
        desk = self.desks[name]
        desk.comment(number, "看看")
        try:
            desk.flag(number)
        except BadData as error:  # pragma: no cover
            raise AssertionError("a flag needs no text") from error

    @rule(name=who)
    def restart(self, name: str) -> None:
        self.desks[name] = self.store.desk(name)

    @invariant()
    def rules_hold(self) -> None:
        with self.store.database.reading() as connection:
            slots = connection.execute(select(slot)).all()
            items = connection.execute(select(item)).all()
            log = list(events(connection))
        done = defaultdict(list)
        for row in slots:
            if row.done is not None:
                done[row.item].append(row)
        for one in items:
            self._item_holds(one, done[one.number])
        seen: dict[tuple[str, int, str, int], int] = {}
        for event in log:
            if event.kind == "seen":
                seen.setdefault(
                    (event.actor, event.item, event.said["stage"], event.said["round"]), event.number
                )
            if event.kind == "verdict" and event.said["counted"]:
                unit = (event.actor, event.item, event.said["stage"], event.said["round"])
                assert unit not in seen, "voted after having seen"
        for row in slots:
            if row.done is None and row.owner is not None and row.expires > self.clock.time * 1e6:
                others = [
                    d
                    for d in done[row.item]
                    if (d.stage, d.round, d.owner) == (row.stage, row.round, row.owner)
                ]
                assert row.stage == "revise" or not others, "a lease on a unit that one has judged"

    def _item_holds(self, one: object, done: list[object]) -> None:
        number, state, revisions = one.number, one.state, one.revisions  # type: ignore[attr-defined]
        units = defaultdict(list)
        for row in done:
            units[row.stage, row.round].append(row)  # type: ignore[attr-defined]
        revisers: dict[str, int] = {}
        for (stage, turn), rows in sorted(units.items(), key=lambda u: u[0][1]):
            owners = [r.owner for r in rows]
            if stage != "revise":
                assert len(set(owners)) == len(owners), f"two votes of one annotator on {number}"
            for row in rows:
                if stage == "revise" and row.kept is None:
                    revisers[row.owner] = turn
        for (stage, turn), rows in units.items():
            if stage == "review":
                for row in rows:
                    assert revisers.get(row.owner, turn) >= turn, (
                        f"{row.owner} judged his own edit of {number}"
                    )
        last = units["review", revisions] if revisions else units["filter", 0]
        approvals = [r.kept for r in last]
        if state == "passed":
            assert self._kept(approvals) is True
        if state in ("filter", "review"):
            assert self._kept(approvals) is None
        if state == "rejected":
            declined = any(r.kept is False for r in units["revise", revisions])
            assert declined or self._kept(approvals) is False

    def _kept(self, approvals: list[bool]) -> bool | None:
        """The paper's rule, or the third vote's."""
        if len(approvals) < 2:
            return None
        if self.process.on_disagreement == "reject" or len(set(approvals)) == 1:
            return all(approvals)
        yes = sum(approvals)
        return None if 2 * yes == len(approvals) else 2 * yes > len(approvals)


class ThirdVote(Review):
    process = Process(revise=("history",), rounds=1, on_disagreement="third_vote")


@pytest.mark.slow
@pytest.mark.parametrize("machine", [Review, ThirdVote])
def test_no_sequence_of_actions_breaks_a_rule(machine: type[Review]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


@pytest.mark.slow
def test_nor_on_postgresql(postgres: PostgresServer) -> None:
    class OnServer(ThirdVote):
        def __init__(self) -> None:
            self.place = ExitStack()
            self.url = self.place.enter_context(postgres.database())
            super().__init__()

        def teardown(self) -> None:
            with self.place:
                super().teardown()

    run_state_machine_as_test(
        OnServer,
        settings=settings(
            max_examples=4, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
