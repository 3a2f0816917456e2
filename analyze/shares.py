"""Intervals of shares: they must not leave [0, 1], and nothing right of 300 is not known to be nothing. Ours."""

from __future__ import annotations

import numpy as np
from scipy.special import betaln, gammaln, stdtrit

from analyze.intervals import Estimate
from analyze.scores import Array
from analyze.seeds import room
from schemas.results import Interval

_MOST = 0.9


def share_interval(estimate: Estimate, level: float) -> Interval:
    """Interval of a share: every p under which what was seen lies in neither tail of a beta-binomial.

    Its number of answers is the one that the items' part of the standard error implies, its intra-run correlation the
    seeds' part divided by the seeds; a variance known by few degrees of freedom is raised as Student's t would.
    Tails are mid-P, which is close to the level where Clopper and Pearson's exact ones lie well above it; at 0 and 1
    the whole tail counts, so that nothing right of m leaves room up to 3 / m at least (at level 0.9).
    """
    p = min(max(estimate.estimate, 0.0), 1.0)
    tail = (1 - level) / 2
    raised = float((stdtrit(estimate.df, 1 - tail) / stdtrit(1e6, 1 - tail)) ** 2)
    answers = estimate.items * max(estimate.seeds, 1)
    space = room(p, answers)
    size = round(min(max(space / estimate.item, 1.0), float(answers))) if estimate.item > 0 else answers
    # var(p) = p (1 - p) [1 / size + rho (1 - 1 / size)]
    rho = (raised * estimate.se**2 / space - 1 / size) / max(1 - 1 / size, 0.5)
    rho = min(max(rho, 0.0), _MOST)
    seen = p * size
    low = 0.0 if p == 0 else 1 - _upper(size - seen, size, rho, tail)
    high = 1.0 if p == 1 else _upper(seen, size, rho, tail)
    return Interval(low=max(0.0, min(p, low)), high=min(1.0, max(p, high)), level=level)


def _upper(seen: float, size: int, rho: float, tail: float) -> float:
    """The p under which `seen` or fewer of `size` come up with probability `tail`."""
    from scipy.optimize import brentq

    def over(p: float) -> float:
        return _below(seen, size, rho, p) - tail

    start = seen / size
    if over(start) <= 0:
        return start
    return float(brentq(over, start, 1.0, xtol=1e-7)) if over(1.0) < 0 else 1.0


def _below(seen: float, size: int, rho: float, p: float) -> float:
    """Mid-P probability of at most `seen`, linear between whole numbers; at 0 the whole of it."""
    k = int(seen)
    mass = _mass(np.arange(k + 2.0), size, rho, min(max(p, 1e-12), 1 - 1e-12))
    total = np.cumsum(mass)
    at = total[k] - (0.5 * mass[k] if k else 0.0)
    after = total[k + 1] - 0.5 * mass[k + 1]
    return float(at + (seen - k) * (after - at))


def _mass(k: Array, size: int, rho: float, p: float) -> Array:
    """Beta-binomial probabilities, 0 beyond `size`."""
    inside = np.minimum(k, size)
    ways = gammaln(size + 1) - gammaln(inside + 1) - gammaln(size - inside + 1)
    if rho < 1e-9:
        log = ways + inside * np.log(p) + (size - inside) * np.log1p(-p)
    else:
        a, b = p * (1 - rho) / rho, (1 - p) * (1 - rho) / rho
        log = ways + betaln(inside + a, size - inside + b) - betaln(a, b)
    return np.where(k <= size, np.exp(log), 0.0)
