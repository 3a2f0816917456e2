"""How a review stands, from counts that are kept while people work: a million items cost as much as ten.

Verdicts are counted as given; whether they approved is told of decided units only, and nothing of what came of those
that the viewer may still take back (`telling`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, select

from curation.review import tables as t
from curation.review.blocking import Blocking, blocking
from curation.review.people import everyone
from curation.review.process import STAGES, STATES, VOTED, Process
from curation.review.telling import as_undecided, unsettled
from curation.review.transaction import HOUR
from schemas.instance import Frozen

if TYPE_CHECKING:
    from curation.review.store import ReviewStore

# (ability, stage) -> (approvals, votes) -> decided units
Patterns = dict[tuple[str, str], dict[tuple[int, int], int]]

RECENT = 24 * 7  # hours over which a pace is taken


class AbilityProgress(Frozen):
    """One ability.

    Args:
        loaded: items that were put under review.
        states: state -> items.
        filtered: units of the filter that are decided; kept of them.
        reviewed: decided reviews of revisions; kept of them.
        revised: revisions.
        verdicts_left: that the undecided units still ask for at least.
        further: stage -> of those, the ones that are asked for because votes differed.
        reviews_to_come: verdicts that the revisions still to be made will ask for.
    """

    ability: str
    loaded: int
    states: dict[str, int]
    filtered: int
    filter_kept: int
    reviewed: int
    review_kept: int
    revised: int
    verdicts_left: int
    further: dict[str, int] = {}
    reviews_to_come: int = 0

    @property
    def left(self) -> int:
        """Verdicts and revisions that are missing at least."""
        return self.verdicts_left + self.states.get("revise", 0) + self.reviews_to_come

    @property
    def decided(self) -> int:
        return self.states.get("passed", 0) + self.states.get("rejected", 0)


class OwnPace(Frozen):
    """One's own work: standing verdicts, those on gold items among them, and the seconds spent; of the last seven days;
    revisions; what came too late."""

    verdicts: int
    seconds: float
    recent_verdicts: int
    recent_seconds: float
    revised: int
    late: int


class Flagged(Frozen):
    item: int
    id: str
    ability: str
    flags: int


class Dashboard(Frozen):
    """Args: patterns: from which agreement follows; lately: own verdicts whose outcome is left out of all counts."""

    abilities: tuple[AbilityProgress, ...]
    own: OwnPace
    annotators: int
    in_training: int
    leases: int
    verdicts_recent: int
    seconds_recent: float
    blocking: tuple[Blocking, ...]
    flagged: tuple[Flagged, ...]
    patterns: Patterns
    lately: int = 0

    @property
    def loaded(self) -> int:
        return sum(a.loaded for a in self.abilities)

    @property
    def decided(self) -> int:
        return sum(a.decided for a in self.abilities)


def dashboard(connection: Connection, store: ReviewStore, viewer: str, now: int) -> Dashboard:
    """See `Dashboard`."""
    counts = _sums(connection)
    late = unsettled(connection, viewer)
    for one in late:
        for name, by in as_undecided(store.process, one):
            counts[one.ability][name] = counts[one.ability].get(name, 0) + by
    people = everyone(connection)
    own = _sums(connection, viewer)
    hours = _pace(connection, now)
    mine = _own(own, connection, viewer, now)
    leases = (
        select(func.count())
        .select_from(t.slot)
        .where(t.slot.c.owner.is_not(None), t.slot.c.done.is_(None), t.slot.c.expires > now)
    )
    flagged = (
        select(t.item.c.number, t.item.c.id, t.item.c.ability, t.item.c.flags)
        .where(t.item.c.flags > 0)
        .order_by(t.item.c.number)
        .limit(50)
    )
    abilities = tuple(_progress(store.process, a, counts[a]) for a in sorted(counts) if a)
    flags = tuple(
        Flagged(item=r.number, id=r.id, ability=r.ability, flags=r.flags) for r in connection.execute(flagged)
    )
    return Dashboard(
        abilities=abilities,
        own=mine,
        annotators=sum(p.status == "active" for p in people),
        in_training=sum(p.status == "training" for p in people),
        leases=int(connection.execute(leases).scalar_one()),
        verdicts_recent=hours[0],
        seconds_recent=hours[1],
        blocking=tuple(
            blocking(connection, store.process, abilities, people, {u.item for u in late}, len(flags), now)
        ),
        flagged=flags,
        patterns=patterns_of(counts),
        lately=len(late),
    )


def _sums(connection: Connection, actor: str | None = None) -> dict[str, dict[str, int]]:
    """ability -> name -> count, over all actors or of one."""
    rows = select(t.tally.c.ability, t.tally.c.name, func.sum(t.tally.c.count))
    rows = rows.group_by(t.tally.c.ability, t.tally.c.name)
    if actor is not None:
        rows = rows.where(t.tally.c.actor == actor)
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for ability, name, count in connection.execute(rows):
        found[ability][name] = int(count)
    return found


def _pace(connection: Connection, now: int, actor: str | None = None) -> tuple[int, float]:
    rows = select(
        func.coalesce(func.sum(t.pace.c.verdicts), 0), func.coalesce(func.sum(t.pace.c.seconds), 0.0)
    )
    rows = rows.where(t.pace.c.hour > now // HOUR - RECENT)
    if actor is not None:
        rows = rows.where(t.pace.c.actor == actor)
    verdicts, seconds = connection.execute(rows).one()
    return int(verdicts), float(seconds)


def _own(counts: Mapping[str, Mapping[str, int]], connection: Connection, viewer: str, now: int) -> OwnPace:
    def of(*names: str) -> int:
        return sum(c.get(name, 0) for c in counts.values() for name in names)

    rows = select(func.coalesce(func.sum(t.pace.c.seconds), 0.0)).where(t.pace.c.actor == viewer)
    recent = _pace(connection, now, viewer)
    return OwnPace(
        verdicts=of("votes.filter", "votes.review", "gold.right", "gold.wrong"),
        seconds=float(connection.execute(rows).scalar_one()),
        recent_verdicts=recent[0],
        recent_seconds=recent[1],
        revised=of("revised"),
        late=of("late"),
    )


def patterns_of(counts: Mapping[str, Mapping[str, int]]) -> Patterns:
    """The shapes of decided units, from which agreement follows."""
    found: dict[tuple[str, str], dict[tuple[int, int], int]] = defaultdict(lambda: defaultdict(int))
    for ability, names in counts.items():
        for name, count in names.items():
            if name.startswith("decided.") and count:
                _, stage, kept, votes, _ = name.split(".")
                found[ability, stage][int(kept), int(votes)] += count
    return {unit: dict(shape) for unit, shape in sorted(found.items())}


def _decided(names: Mapping[str, int], stage: str) -> tuple[int, int]:
    every = {n: c for n, c in names.items() if n.startswith(f"decided.{stage}.")}
    return sum(every.values()), sum(c for n, c in every.items() if n.endswith(".kept"))


def _progress(process: Process, ability: str, names: Mapping[str, int]) -> AbilityProgress:
    states: dict[str, int] = {state: names.get(f"state.{state}", 0) for state in STATES}
    filtered, filter_kept = _decided(names, "filter")
    reviewed, review_kept = _decided(names, "review")
    left = 0
    further: dict[str, int] = {}
    for stage in VOTED:
        in_decided = _in_decided(names, stage)
        more = names.get(f"extra.{stage}", 0) - sum(
            max(0, votes - process.votes(stage)) * units for votes, units in in_decided
        )
        given = names.get(f"votes.{stage}", 0) - sum(votes * units for votes, units in in_decided)
        left += max(0, states[stage] * process.votes(stage) + more - given)
        further[stage] = max(0, more)
    return AbilityProgress(
        ability=ability,
        loaded=sum(names.get(f"in.{state}", 0) for state in STAGES),
        states=states,
        filtered=filtered,
        filter_kept=filter_kept,
        reviewed=reviewed,
        review_kept=review_kept,
        revised=names.get("revised", 0),
        verdicts_left=left,
        further=further,
        reviews_to_come=states["revise"] * process.votes("review"),
    )


def _in_decided(names: Mapping[str, int], stage: str) -> list[tuple[int, int]]:
    """(votes, units) of the decided units of a stage."""
    found = ((name.split("."), count) for name, count in names.items())
    return [(int(parts[3]), count) for parts, count in found if parts[:2] == ["decided", stage]]
