"""A time limit drops whole cells in the plan's order, never steps, and names them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from study.plan import PlannedCell

# Part of the time left that the cells may plan with: forecasts are rough, and the analysis comes after them.
SHARE = 0.8


@dataclass
class Clock:
    """The time a study may take.

    Args:
        minutes: None for no limit.
        workers: cells that run side by side.
        speed: base name -> examples trained per second by one worker, as measured so far.
    """

    minutes: float | None
    workers: int
    speed: dict[str, float] = field(default_factory=dict)
    begun: float = field(default_factory=time.monotonic)

    @property
    def left(self) -> float:
        """Seconds."""
        return float("inf") if self.minutes is None else self.minutes * 60 - (time.monotonic() - self.begun)

    def seconds(self, cell: PlannedCell, per_evaluation: float) -> float:
        """Forecast of one cell in one worker; 0 where nothing was measured yet."""
        rate = self.speed.get(cell.cell.base)
        if rate is None:
            return 0.0
        checkpoints = 1 + (cell.train.checkpoints or cell.train.epochs if cell.train else 0)
        return cell.examples / rate + checkpoints * per_evaluation / rate

    def admit(self, cells: Sequence[PlannedCell], reserve: Sequence[PlannedCell], evaluated: int) -> int:
        """How many of `cells`, from the front, fit into the time left beside the reserved ones.

        Args:
            reserve: cells that come later in any case.
            evaluated: items scored per checkpoint; a scored item costs about a third of a trained example.
        """
        per_evaluation = evaluated / 3
        room = self.left * SHARE * self.workers - sum(self.seconds(c, per_evaluation) for c in reserve)
        for count, cell in enumerate(cells):
            room -= self.seconds(cell, per_evaluation)
            if room < 0:
                return count
        return len(cells)
