"""Where the names of a scatter go, so that as few as possible cover each other."""

from __future__ import annotations

from collections.abc import Sequence

Box = tuple[float, float, float, float]
CHARACTER, LINE, AWAY = 6.4, 14.0, 8.0  # pixels, for 11 px type
# In order of preference: plotly's name, and the shift of the box's centre in widths, heights and gaps.
PLACES = (
    ("top center", 0, 1),
    ("bottom center", 0, -1),
    ("middle right", 1, 0),
    ("middle left", -1, 0),
    ("top right", 1, 1),
    ("bottom left", -1, -1),
)


def place_labels(
    names: Sequence[str],
    points: Sequence[tuple[float, float]],
    limits: tuple[float, float],
    size: tuple[float, float] = (300.0, 380.0),
    *,
    stems: bool = False,
) -> list[str]:
    """Greedy: each name takes the first place that covers least of dots, earlier names and the outside.

    Args:
        limits: of both axes, in the points' unit.
        size: of the plot in pixels; by default that of a phone, where room is scarcest.
        stems: an upright line goes from every dot to the diagonal, and is to be kept free too.
    """
    low, high = limits
    scale = [side / (high - low) for side in size]
    dots = [((x - low) * scale[0], (y - low) * scale[1]) for x, y in points]
    taken: list[Box] = [(x - 5, y - 5, x + 5, y + 5) for x, y in dots]
    if stems:
        diagonal = [(y - low) * scale[1] for y, _ in points]
        taken += [(x - 2, min(y, d), x + 2, max(y, d)) for (x, y), d in zip(dots, diagonal, strict=True)]
    chosen = []
    for name, dot in zip(names, dots, strict=True):
        boxes = [_box(dot, len(name) * CHARACTER, across, up) for _, across, up in PLACES]
        costs = [sum(_shared(box, other) for other in taken) + _outside(box, size) for box in boxes]
        best = costs.index(min(costs))
        taken.append(boxes[best])
        chosen.append(PLACES[best][0])
    return chosen


def _box(dot: tuple[float, float], width: float, across: int, up: int) -> Box:
    x = dot[0] + across * (width / 2 + AWAY)
    y = dot[1] + up * (LINE / 2 + AWAY)
    return (x - width / 2, y - LINE / 2, x + width / 2, y + LINE / 2)


def _shared(one: Box, other: Box) -> float:
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    return max(wide, 0.0) * max(high, 0.0)


def _outside(box: Box, size: tuple[float, float]) -> float:
    over = max(-box[0], 0.0) + max(box[2] - size[0], 0.0)
    return LINE * over
