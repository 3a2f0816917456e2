"""A time limit drops whole cells from the end of the plan's order, never steps, and names them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from study.plan import PlannedCell

# Share of the limit that checkpoints may use: forecasts are rough, and the analysis comes after them.
SHARE = 0.9


@dataclass
class _Pace:
    """What one base has needed so far, in one worker.

    Scoring takes the same time for every checkpoint of a base, training grows with the examples. A training run
    scores validation at every checkpoint, which must not be taken for training.
    """

    evaluate: float = 0.0
    train: float = 0.0
    examples: int = 0

    @property
    def per_example(self) -> float:
        return self.train / self.examples if self.examples else 0.0


@dataclass
class Clock:
    """The time a study may take. Untuned bases are always scored, so that every study has something to say.

    Args:
        minutes: None for no limit.
        workers: cells that run side by side.
        validation_share: of the evaluation items; what scoring validation costs of scoring both parts.
        reserved: cells that come after the grid in any case; their forecast is kept free.
    """

    minutes: float | None
    workers: int
    validation_share: float = 0.25
    reserved: Sequence[PlannedCell] = ()
    pace: dict[str, _Pace] = field(default_factory=dict)
    closed: bool = False
    begun: float = field(default_factory=time.monotonic)

    def measured(self, cell: PlannedCell, seconds: Mapping[str, float]) -> None:
        """Learn from a finished cell: `evaluate` and `train` seconds, 0 for a part that was there already."""
        pace = self.pace.setdefault(cell.cell.base, _Pace())
        if seconds["evaluate"] > 0:
            pace.evaluate = seconds["evaluate"]
        if cell.train is not None and seconds["train"] > 0:
            pace.train += max(0.0, seconds["train"] - self._validating(cell, pace))
            pace.examples += cell.examples

    def _validating(self, cell: PlannedCell, pace: _Pace) -> float:
        if cell.train is None:
            return 0.0
        return (cell.train.checkpoints or cell.train.epochs) * self.validation_share * pace.evaluate

    def forecast(self, cell: PlannedCell) -> float:
        """Seconds in one worker; 0 as long as nothing was measured for the base."""
        pace = self.pace.get(cell.cell.base, _Pace())
        return pace.evaluate + self._validating(cell, pace) + pace.per_example * cell.examples

    def release(self) -> None:
        """The grid is over: what was kept free for the reserved cells is theirs now."""
        self.reserved, self.closed = (), False

    def admits(self, cell: PlannedCell) -> bool:
        """Whether there is time for `cell` now; once the answer was no, it stays no."""
        if self.minutes is None or cell.train is None:
            return True
        spent = time.monotonic() - self.begun
        later = sum(map(self.forecast, self.reserved)) / self.workers
        self.closed = self.closed or spent + self.forecast(cell) + later > self.minutes * 60 * SHARE
        return not self.closed
