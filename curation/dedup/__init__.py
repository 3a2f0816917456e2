"""Duplicates: exact, near (MinHash over character grams, verified) and semantic, with every decision to be looked at."""

from curation.dedup.exact import Conflicts, DedupResult, dedup
from curation.dedup.groups import near_groups

__all__ = ["Conflicts", "DedupResult", "dedup", "near_groups"]
