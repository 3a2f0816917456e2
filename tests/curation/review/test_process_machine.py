"""No sequence of actions breaks a rule: annotators do anything in any order, and the rules are looked up in the log.

The checks here read events and slots and know nothing of how the store decides; the paper's rules are written out again.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter, defaultdict
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from curation.review import replay
from curation.review.gold import GoldItem
from curation.review.hints import Hint
from curation.review.load import load_gold, load_hints
from curation.review.log import events
from curation.review.process import Process
from curation.review.records import Work
from curation.review.store import ReviewStore
from curation.review.tables import annotator, item, slot
from schemas.errors import BadData
from schemas.instance import Candidate, Instance
from schemas.jsonl import write_jsonl
from tests.curation.review.postgres_server import PostgresServer
from tests.curation.review.process_rules import Rules, place_of
from tests.curation.review.review_rows import Clock, candidate, changed, instance, store_of

PEOPLE = ("lin", "wang", "chen", "zhao")
UNTOLD = 5  # of one's last acts whose outcome counts don't tell
LOOKS = ("state", "search", "hints", "counts", "board", "remarks")
AFTERWARDS = ("", "", "", "mend", "mend", "colleagues", *LOOKS)
who = st.sampled_from(PEOPLE)
processes = st.builds(
    Process,
    filter_votes=st.sampled_from((2, 1, 2, 3)),
    review_votes=st.sampled_from((2, 1, 2, 3)),
    on_disagreement=st.sampled_from(("reject", "third_vote")),
    revise=st.sampled_from((("history",), ("*",), ())),
    rounds=st.integers(1, 2),
    fresh_reviewers=st.sampled_from((False, False, True)),
    gold_every=st.sampled_from((0, 3)),
    training_items=st.sampled_from((0, 2)),
    training_accuracy=st.sampled_from((0.5, 1)),
)


class Review(Rules, RuleBasedStateMachine):
    """Four annotators, three items and two gold ones, and every act there is, stale ones included."""

    url = ""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="abilitymix-"))
        self.clock = Clock()
        self.url = self.url or str(self.folder / "review.db")
        self.works: dict[str, list[Work]] = defaultdict(list)  # all ever got, the stale ones too
        # What somebody was told of a unit that colleagues voted in: (name, item, stage, round) -> his events until then.
        self.told: dict[tuple[str, int, str, int], int] = {}
        self.revisions = 0

    @initialize(process=processes, gold=st.booleans())
    def begin(self, process: Process, gold: bool) -> None:
        self.process = process
        rows: list[Instance | Candidate] = [instance(1), instance(2, "math"), candidate(3)]
        self.store = store_of(self.url, self.folder, rows, PEOPLE[:3], process, self.clock)
        load_hints(self.store, [Hint(rows[0].id, "near_duplicate", "like it", rows[1].id)])
        if gold:
            path = self.folder / "gold.jsonl"
            write_jsonl(path, [GoldItem(instance=instance(n), approve=n == 8, why="so") for n in (8, 9)])
            load_gold(self.store, path)
        self.store.enrol(PEOPLE[3])  # begins with training if there is any
        self.desks = {name: self.store.desk(name) for name in PEOPLE}

    def teardown(self) -> None:
        if hasattr(self, "store"):
            replay.verify(self.store)
            before = self._states()
            replay.rebuild(self.store)
            assert self._states() == before
            replay.verify(self.store)
            self.store.close()
        shutil.rmtree(self.folder)

    def _rows(self, *tables: Any) -> list[Any]:
        with self.store.database.reading() as connection:
            return [connection.execute(select(table)).all() for table in tables]

    def _states(self) -> list[tuple[int, str, int]]:
        return sorted((row.number, row.state, row.head) for row in self._rows(item)[0])

    def _got(self, name: str, work: Work | None) -> None:
        if work is not None:
            self.works[name].append(work)
            if work.stage != "filter":
                self._tells(name, work.item, work.stage, work.round)

    def _tells(self, name: str, number: int, stage: str, turn: int) -> None:
        """Who knows that an item is in this unit knows what came of those before it."""
        slots, people = self._rows(slot, annotator)
        here = place_of(stage, turn)
        events_now = next(p.events for p in people if p.name == name)
        for row in slots:
            voted = row.done is not None and row.stage in ("filter", "review") and row.owner != name
            if row.item == number and voted and place_of(row.stage, row.round) < here:
                self.told.setdefault((name, number, row.stage, row.round), events_now)

    def _state_tells(self, name: str, number: int, state: str) -> None:
        if state in ("revise", "review", "passed", "rejected"):
            (row,) = (r for r in self._rows(item)[0] if r.number == number)
            assert row.state == state
            self._tells(name, number, state, row.revisions)
        else:
            assert state in ("filter", "judged")

    # What people do

    @rule(name=who, stage=st.sampled_from(("filter", "revise", "review")))
    def look_for_work(self, name: str, stage: str) -> None:
        self._got(name, self.desks[name].next([stage]))

    @rule(acts=st.lists(st.tuples(who, st.booleans(), st.sampled_from(AFTERWARDS)), min_size=6, max_size=20))
    def a_while(self, acts: list[tuple[str, bool, str]]) -> None:
        """As people work most of the time; without it the rarer states are hardly ever reached."""
        for name, kept, after in acts:
            desk = self.desks[name]
            work = desk.next()
            if work is not None:
                self._got(name, work)
                desk.judge(work, kept, then_next=False)
                if after in LOOKS:
                    self.change_ones_mind(name, not kept, after)
                elif after == "colleagues":
                    desk.colleagues(work.item)
            elif after in ("mend", "colleagues"):
                self.mend(name)
            elif after in LOOKS:
                self.change_ones_mind(name, kept, after)
            self.rules_hold()

    @rule(name=who, kept=st.booleans(), how=st.sampled_from((*LOOKS, "colleagues")))
    def change_ones_mind(self, name: str, kept: bool, how: str) -> None:
        """Look what became of one's last verdict, take it back, and say something else: must not work."""
        desk = self.desks[name]
        last = desk.recent(1)
        if last:
            self._look(name, last[0].item, how)
        undone = desk.undo()
        self._got(name, undone.work)
        if undone.work is not None and undone.work.stage != "revise":
            desk.judge(undone.work, kept, then_next=False)

    def _look(self, name: str, number: int, how: str) -> None:
        desk = self.desks[name]
        if how == "colleagues":
            desk.colleagues(number)
        elif how == "state":
            self._state_tells(name, number, desk.look_at(number).state)
        elif how == "search":
            for hit in self.store.search(name, "第").hits:
                self._state_tells(name, hit.item, hit.state)
        elif how == "hints":
            for hint in desk.hints(1):
                if hint.judged in ("passed", "rejected"):
                    self._state_tells(name, 2, hint.judged)
        elif how == "counts":
            desk.counts()
            self._counts_tell(name)
        elif how == "board":
            self.look_at_the_dashboard(name)
        else:
            self.read_remarks(name, number)

    def _counts_tell(self, name: str) -> None:
        """Of all that one voted on but lately."""
        slots, people = self._rows(slot, annotator)
        events_now = next(p.events for p in people if p.name == name)
        mine = sorted((r for r in slots if r.owner == name and r.done is not None), key=lambda r: -r.done)
        for row in mine[UNTOLD:]:
            unit = [r for r in slots if (r.item, r.stage, r.round) == (row.item, row.stage, row.round)]
            if row.stage in ("filter", "review") and sum(r.done is not None for r in unit) > 1:
                self.told.setdefault((name, row.item, row.stage, row.round), events_now)

    @rule(name=who)
    def look_at_the_dashboard(self, name: str) -> None:
        """What it says of items is so, but for those that one's last verdicts are on: they are where these were given."""
        board = self.desks[name].dashboard()
        slots, items = self._rows(slot, item)
        states = {r.number: r.state for r in items if r.gold is None}
        left = sum(r.done is None and r.stage == states.get(r.item) and r.stage != "revise" for r in slots)
        everything = self.store.dashboard("")
        assert sum(a.verdicts_left for a in everything.abilities) == left
        assert everything.decided == sum(state in ("passed", "rejected") for state in states.values())
        assert board.own.recent_verdicts == board.own.verdicts
        mine = sorted((r for r in slots if r.owner == name and r.done is not None), key=lambda r: -r.done)
        log = self._log()
        seen = {
            (e.item, e.said["stage"], e.said["round"]) for e in log if (e.kind, e.actor) == ("seen", name)
        }
        for row in mine[:UNTOLD]:
            done = [r for r in slots if r.item == row.item and r.done is not None]
            unit = [r for r in done if (r.stage, r.round) == (row.stage, row.round)]
            later = any(place_of(r.stage, r.round) > place_of(row.stage, row.round) for r in done)
            known = (row.item, row.stage, row.round) in seen or self._undone_since(log, row)
            if row.stage in ("filter", "review") and len(unit) > 1 and not later and not known:
                states[row.item] = row.stage
        shown = Counter[str]()
        for one in board.abilities:
            shown.update(one.states)
        assert +shown == Counter(states.values())
        self._counts_tell(name)

    def _log(self) -> list[Any]:
        with self.store.database.reading() as connection:
            return list(events(connection))

    def _undone_since(self, log: list[Any], row: Any) -> bool:
        """Whether a revision of what one voted on was taken back: one's vote stays then."""
        given = next(e.seq for e in log if e.actor == row.owner and e.number == row.done)
        undone = (e for e in log if e.kind == "undo" and e.item == row.item and e.seq > given)
        return any(e.said["stage"] == "revise" for e in undone)

    @rule(name=who)
    def mend(self, name: str) -> None:
        desk = self.desks[name]
        work = desk.next(["revise"])
        self._got(name, work)
        if work is not None and work.stage == "revise":
            self.revisions += 1
            desk.revise(work, changed(work.content, f"第{self.revisions}稿"))

    @rule(name=who, number=st.integers(1, 3))
    def take_that_one(self, name: str, number: int) -> None:
        desk = self.desks[name]
        view = desk.look_at(number)
        self._state_tells(name, number, view.state)
        self._got(name, desk.take(view.id))

    @precondition(lambda self: any(self.works.values()))
    @rule(name=who, kept=st.booleans(), place=st.integers(0, 99))
    def judge(self, name: str, kept: bool, place: int) -> None:
        mine = [w for w in self.works[name] if w.stage != "revise"]
        if mine:
            work = mine[-1 - place % min(3, len(mine))]
            judged = self.desks[name].judge(work, kept, "so", seconds=2.5, then_next=place % 2 == 0)
            assert judged.counted or judged.why
            self._got(name, judged.next)

    @precondition(lambda self: any(self.works.values()))
    @rule(name=who, place=st.integers(0, 99), decline=st.booleans(), again=st.booleans())
    def revise(self, name: str, place: int, decline: bool, again: bool) -> None:
        mine = [w for w in self.works[name] if w.stage == "revise"]
        if not mine:
            return
        work, desk = mine[-1 - place % min(3, len(mine))], self.desks[name]
        if decline and place % 4 == 0:
            desk.decline(work, "cannot be mended")
            return
        self.revisions += not again
        better = changed(work.content, f"第{self.revisions}稿")
        try:
            answer = desk.revise(work, better)
        except BadData:  # the item holds this very text, or held it
            if not again:
                raise
            return
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
        rows = [r for r in self._rows(slot)[0] if r.item == number and r.owner == name]
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

    @rule(name=who, number=st.integers(1, 3))
    def read_remarks(self, name: str, number: int) -> None:
        for one in self.desks[name].comments(number):
            if one.actor != name and one.stage == "revise":
                self._tells(name, number, "revise", one.round)

    @rule()
    def restart(self) -> None:
        self.store.close()
        self.store = ReviewStore.open(self.url, clock=self.clock)
        self.desks = {name: self.store.desk(name) for name in PEOPLE}

    # What has to hold

    @invariant()
    def rules_hold(self) -> None:
        if not hasattr(self, "store"):
            return
        slots, items, people = self._rows(slot, item, annotator)
        log = self._log()
        of_item: dict[int, list[Any]] = defaultdict(list)
        for row in slots:
            of_item[row.item].append(row)
        for one in items:
            if one.gold is None:
                self.item_holds(one, of_item[one.number])
        self.nobody_votes_who_knows(log)
        training = {p.name for p in people if p.status == "training"}
        for event in log:
            if event.actor in training and event.kind in ("verdict", "revision") and event.said["counted"]:
                assert event.said["stage"] == "gold", "work before the training was over"
        for row in slots:
            if row.done is None and row.owner is not None and row.expires > self.clock.time * 1e6:
                unit = (row.stage, row.round, row.owner)
                others = [
                    d for d in of_item[row.item] if d.done is not None and (d.stage, d.round, d.owner) == unit
                ]
                assert row.stage == "revise" or not others, "a lease on a unit that one has judged"


def play(machine: type[Review], examples: int) -> None:
    chosen = settings(
        max_examples=examples, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(machine, settings=chosen)


@pytest.mark.slow
def test_no_sequence_of_actions_breaks_a_rule() -> None:
    play(Review, 40)


@pytest.mark.slow
def test_nor_on_postgresql(postgres: PostgresServer) -> None:
    class OnServer(Review):
        def __init__(self) -> None:
            self.place = ExitStack()
            self.url = self.place.enter_context(postgres.database())
            super().__init__()

        def teardown(self) -> None:
            with self.place:
                super().teardown()

    play(OnServer, 4)
