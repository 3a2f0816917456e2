"""Train, validation and test of every ability, with what belongs together on one side.

In memory `split`, `fill` and `ordered_groups` (a study's pool), on files `curation.split.files`.
"""

from __future__ import annotations

from curation.split.fill import (
    UNUSED,
    Filled,
    Groups,
    HasId,
    Row,
    Size,
    fill,
    nested,
    ordered_groups,
    split,
)

__all__ = [
    "UNUSED",
    "Filled",
    "Groups",
    "HasId",
    "Row",
    "Size",
    "fill",
    "nested",
    "ordered_groups",
    "split",
]
