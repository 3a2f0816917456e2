"""A time limit drops whole cells from the end of the plan's order, never steps, and names them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from study.plan import PlannedCell

# Share of the limit that checkpoints may use: forecasts are rough, and the analysis comes after them.
SHARE = 0.9


@dataclass
class Clock:
    """The time a study may take.

    Args:
        minutes: None for no limit.
        workers: cells that run side by side.
        reserved: cells that come after the grid in any case; their forecast is kept free.
        pace: base name -> seconds per trained example in one worker, scoring included, as measured last.
    """

    minutes: float | None
    workers: int
    reserved: Sequence[PlannedCell] = ()
    pace: dict[str, float] = field(default_factory=dict)
    closed: bool = False
    begun: float = field(default_factory=time.monotonic)

    def measured(self, cell: PlannedCell, seconds: float) -> None:
        """Learn from a finished cell. Small cells overstate the pace, since scoring costs the same for all."""
        if cell.examples and seconds > 0:
            self.pace[cell.cell.base] = seconds / cell.examples

    def forecast(self, cell: PlannedCell) -> float:
        """Seconds in one worker; 0 as long as nothing was measured for the base."""
        return self.pace.get(cell.cell.base, 0.0) * cell.examples

    def admits(self, cell: PlannedCell) -> bool:
        """Whether there is time for `cell` now; once the answer was no, it stays no."""
        if self.minutes is None:
            return True
        spent = time.monotonic() - self.begun
        later = sum(map(self.forecast, self.reserved)) / self.workers
        self.closed = self.closed or spent + self.forecast(cell) + later > self.minutes * 60 * SHARE
        return not self.closed
