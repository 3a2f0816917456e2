"""Near-duplicates as links: found as deduplication finds them, at a lower threshold."""

from __future__ import annotations

import numpy as np

import curation.dedup
from curation.split.records import Records, key_of
from schemas.errors import BadSpec

GRAM = 5


def add_near(records: Records, threshold: float) -> None:
    """Link the near-duplicates among `records.texts`, and let go of the texts.

    Args:
        threshold: share of common character grams, as for `curation.dedup.near_groups`.

    Raises:
        BadSpec: this version cannot look for near-duplicates.
    """
    from curation.split.files import add_links

    near_groups = getattr(curation.dedup, "near_groups", None)
    if near_groups is None:
        raise BadSpec(
            "near-duplicates cannot be looked for here",
            where="--near",
            do="leave it off, or give the clusters of dedup with --clusters",
        )
    groups = [list(group) for group in near_groups(records.texts, threshold, GRAM)]
    records.texts = []
    rows = np.array([row for group in groups for row in group], np.int64)
    keys = np.repeat(
        np.array([key_of("near", str(number)) for number in range(len(groups))], np.uint64),
        [len(group) for group in groups],
    )
    add_links(records, rows, keys, "near")
