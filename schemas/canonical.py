"""One canonical JSON form, so that equal things have equal hashes on every machine."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any


def canonical_json(value: Any) -> str:
    """Sorted keys, no spaces, characters as themselves. Raises TypeError or ValueError for what JSON cannot say."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def sha256_of(value: Any) -> str:
    """Hex sha256 of the canonical JSON of `value`."""
    return hashlib.sha256(canonical_json(value).encode("utf-8")).hexdigest()


def hash_file(path: Path) -> str:
    """Hex sha256 of a file's bytes, or of a folder's file names and bytes in sorted order."""
    if path.is_dir():
        parts = {str(p.relative_to(path)): hash_file(p) for p in sorted(path.rglob("*")) if p.is_file()}
        return sha256_of(parts)
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def unit_hash(*parts: object) -> float:
    """A number in [0, 1) that depends on `parts` alone: orders rows at random, the same way for ever.

    Rows added later do not move the others, which a shuffled list cannot promise.
    """
    digest = hashlib.sha256("\x1f".join(map(str, parts)).encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:7], "big") / 2**56
