"""How long, how fast, and when to look: steps, learning rates and checkpoint moments of a run."""

from __future__ import annotations

import math
from collections.abc import Callable

from schemas.specs import TrainSpec

Rate = Callable[[int], float]


def steps_of(spec: TrainSpec, rows: int) -> int:
    """Optimizer steps: `spec.steps`, or the passes over the mix, the last batch filled up from one more pass."""
    return spec.steps or math.ceil(rows * spec.epochs / min(spec.batch_size, rows))


def moments_of(spec: TrainSpec, rows: int, steps: int) -> list[int]:
    """Steps after which a checkpoint is validated, rising; the last step is always one.

    `spec.checkpoints` evenly spaced ones, or else the first step by which each epoch is complete.
    """
    if spec.checkpoints is not None:
        count = min(spec.checkpoints, steps)
        return [math.ceil(steps * i / count) for i in range(1, count + 1)]
    batch = min(spec.batch_size, rows)
    epochs = range(1, steps * batch // rows + 1)
    return sorted({min(math.ceil(e * rows / batch), steps) for e in epochs} | {steps})


def linear(peak: float, final: float, warmup: float, steps: int) -> Rate:
    """Linear warm-up over `warmup` of the steps, then linear from `peak` to `final` at the last step."""
    warm = math.ceil(warmup * steps)

    def rate(step: int) -> float:
        if step < warm:
            return peak * (step + 1) / (warm + 1)
        return peak + (final - peak) * min(1.0, (step - warm) / max(1, steps - 1 - warm))

    return rate


def cosine(peak: float, final: float, warmup: float, steps: int) -> Rate:
    """As `linear`, with half a cosine wave after the warm-up."""
    straight = linear(0.0, 1.0, 0.0, max(1, steps - math.ceil(warmup * steps)))
    warm = math.ceil(warmup * steps)

    def rate(step: int) -> float:
        if step < warm:
            return peak * (step + 1) / (warm + 1)
        return final + (peak - final) * (1 + math.cos(math.pi * straight(step - warm))) / 2

    return rate
