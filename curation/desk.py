"""One annotator before one pool: what comes next, what was last. The screen over it is `tui`."""

from __future__ import annotations

from collections.abc import Sequence

from curation.decisions import OwnVerdicts
from schemas.instance import Instance


class Desk:
    """Where one annotator stands in a pool; knows nothing of the screen.

    It opens at the first instance without a verdict after the last one judged, whenever that was.
    """

    def __init__(self, pool: Sequence[Instance], verdicts: OwnVerdicts) -> None:
        self.pool = list({i.id: i for i in pool}.values())
        self.verdicts = verdicts
        self._places = {instance.id: place for place, instance in enumerate(self.pool)}
        self.place = self._places.get(verdicts.last or "", -1)
        self.skip()

    @property
    def instance(self) -> Instance:
        return self.pool[self.place]

    @property
    def verdict(self) -> bool | None:
        return self.verdicts.standing.get(self.instance.id)

    @property
    def judged(self) -> int:
        return sum(instance_id in self._places for instance_id in self.verdicts.standing)

    def move(self, by: int) -> bool:
        """Go back or on; False at either end."""
        goal = self.place + by
        if not 0 <= goal < len(self.pool):
            return False
        self.place = goal
        return True

    def skip(self) -> bool:
        """On to the next instance without a verdict, beginning again at the front; False if there is no other."""
        standing, count = self.verdicts.standing, len(self.pool)
        for step in range(1, count + 1):
            goal = (self.place + step) % count
            if self.pool[goal].id not in standing:
                moved, self.place = goal != self.place, goal
                return moved
        self.place = max(0, self.place)
        return False

    def undo(self) -> bool:
        """Withdraw the last verdict on an instance of this pool and go there; False if there is none."""
        if self.verdicts.last not in self._places:
            return False
        self.place = self._places[self.verdicts.withdraw() or ""]
        return True
