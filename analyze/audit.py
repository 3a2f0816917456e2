"""What the paper's published tables allow to be recomputed, and what 100 items under one seed can carry."""

from __future__ import annotations

import json
import tomllib
from argparse import Namespace
from dataclasses import asdict, dataclass
from math import log, sqrt
from pathlib import Path
from typing import Any

TABLES = Path(__file__).parent / "data" / "paper_tables.toml"
BENCHMARKS = ("agieval_0", "cmmlu_0", "agieval_5", "cmmlu_5")


@dataclass(frozen=True)
class Claim:
    """One mix against another: cells won, and the mean difference in points over all cells and per benchmark."""

    text: str
    mix: str
    against: str
    won: int
    cells: int
    mean: float
    by_benchmark: dict[str, float]


@dataclass(frozen=True)
class Carries:
    """What a design of `items` and one seed can carry, in points; standard errors at a score of one half.

    Args:
        point, slope, difference: standard error of one score, of a slope per factor of 4, and of a difference between
            two checkpoints (items unpaired: the published tables have no item scores).
        half_width: of the slope's 90 % interval.
        needed: items at which that half width falls below 1 point, seeds apart.
    """

    items: int
    point: float
    slope: float
    difference: float
    half_width: float
    needed: int


def recompute(path: Path = TABLES) -> tuple[list[Claim], Carries]:
    """The claims of the tables in `path`, recomputed cell by cell."""
    tables: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    claims = []
    for claim in tables["claim"]:
        left, right = tables["mix"][claim["mix"]], tables["mix"][claim["against"]]
        differences = {b: [x - y for x, y in zip(left[b], right[b], strict=True)] for b in BENCHMARKS}
        every = [d for values in differences.values() for d in values]
        claims.append(
            Claim(
                claim["text"],
                left["title"],
                right["title"],
                sum(d > 0 for d in every),
                len(every),
                sum(every) / len(every),
                {b: sum(v) / len(v) for b, v in differences.items()},
            )
        )
    return claims, carries(tables["design"]["items"], tables["design"]["n"])


def carries(items: int, grid: list[int]) -> Carries:
    """Binomial standard errors of a design with one seed; the seeds' own variance comes on top and is unknown."""
    x = [log(n) / log(4) for n in grid]
    spread = sum((v - sum(x) / len(x)) ** 2 for v in x)
    point = 100 * sqrt(0.25 / items)
    slope = point / sqrt(spread)
    half = 1.645 * slope
    return Carries(items, point, slope, sqrt(2) * point, half, int(items * half**2) + 1)


def audit_paper(arguments: Namespace) -> None:
    """`python -m analyze audit-paper`."""
    claims, design = recompute()
    if arguments.json:
        print(json.dumps({"claims": [asdict(c) for c in claims], "design": asdict(design)}, indent=1))
        return
    print("Recomputed from the paper's benchmark tables (arXiv 2310.19651v1, 7b; 4 benchmarks x 3 epochs):")
    for claim in claims:
        parts = ", ".join(f"{b} {v:+.2f}" for b, v in claim.by_benchmark.items())
        print(f"  {claim.text}: wins {claim.won} of {claim.cells}, mean {claim.mean:+.2f} points")
        print(f"    {claim.mix}  against  {claim.against};  {parts}")
    print(
        "  The 12 cells of a claim are 3 moments of one training run on 4 overlapping benchmarks: they are not 12"
    )
    print("  independent trials, and with one seed per mix no interval can be put on the difference.")
    print(
        f"What the growth curves' design carries ({design.items} test items an ability, 1 seed, 6 sizes of data):"
    )
    print(
        f"  one score ±{design.point:.1f} points (standard error at .5), a difference of two ±{design.difference:.1f}"
    )
    print(
        f"  a slope per factor of 4 ±{design.slope:.1f}; its 90 % interval is ±{design.half_width:.1f} points wide"
    )
    print("  can: name an ability responsive whose slope is several points per factor of 4")
    print(
        "  cannot: show that an ability resists data. With a true slope of 0 the interval does not fit inside ±1 point;"
    )
    print(
        f"  that takes about {design.needed} items, and several seeds, whose variance one seed leaves unknown."
    )
    print("  cannot: tell a dip (33b below 13b) of a few points from noise.")
