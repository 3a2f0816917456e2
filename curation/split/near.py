"""Near-duplicates as links: found as deduplication finds them, at a lower threshold."""

from __future__ import annotations

import numpy as np

from curation.dedup import near_groups
from curation.split.records import Records, key_of

GRAM = 5


def add_near(records: Records, threshold: float) -> None:
    """Link the near-duplicates among `records.texts`, and let go of the texts.

    A chain of near-duplicates is one link: all rows in it share a key.

    Args:
        threshold: Jaccard similarity of sets of character 5-grams, as for `curation.dedup.near_groups`.
    """
    from curation.split.files import add_links

    groups = near_groups(records.texts, threshold, GRAM)
    records.texts = []
    rows = np.array([row for group in groups for row in group], np.int64)
    keys = np.repeat(
        np.array([key_of("near", str(number)) for number in range(len(groups))], np.uint64),
        [len(group) for group in groups],
    )
    add_links(records, rows, keys, "near")
