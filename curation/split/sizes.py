"""How large the parts are to be: counts, shares, or all that is left."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from curation.split.fill import UNUSED
from schemas.errors import BadSpec

_COUNT, _SHARE, _PERCENT = re.compile(r"\d+"), re.compile(r"\d*\.\d+"), re.compile(r"\d+(?:\.\d+)?%")


@dataclass(frozen=True)
class Part:
    """One part.

    Args:
        name: a word; names its file.
        kind: `count`: rows per ability. `share`: of an ability's rows, in (0, 1). `available`: all that is left.
        size: of a count or share; 0 otherwise.
    """

    name: str
    kind: Literal["count", "share", "available"]
    size: float = 0.0

    def text(self) -> str:
        if self.kind == "available":
            return "available"
        return str(int(self.size)) if self.kind == "count" else repr(self.size)


def parts_of(texts: Iterable[tuple[str, str]]) -> tuple[Part, ...]:
    """Parts from `name, size` pairs such as `test, 300`, `test, 0.1`, `test, 10%`, `train, available`.

    Raises:
        BadSpec: a name or size that cannot be read, a name given twice, shares of more than 1, anything after
            `available`.
    """
    parts: list[Part] = []
    for name, size in texts:
        if not name.isidentifier() or not name.isascii() or name == UNUSED:
            raise BadSpec(
                f"a part cannot be called {name!r}", where="--size", do="use letters, e.g. test=300"
            )
        if name in {part.name for part in parts}:
            raise BadSpec(f"the part {name} is given twice", where="--size", do="keep one")
        if parts and parts[-1].kind == "available":
            raise BadSpec(
                f"nothing is left for {name} after {parts[-1].name}=available",
                where="--size",
                do="give available to the last part",
            )
        parts.append(_part(name, size.strip()))
    if not parts:
        raise BadSpec("no part is named", where="--size", do="write test=300 or train=available")
    whole = sum(part.size for part in parts if part.kind == "share")
    if whole > 1 + 1e-9:
        raise BadSpec(f"the shares add up to {whole:g}", where="--size", do="let them add up to 1 at most")
    return tuple(parts)


def _part(name: str, size: str) -> Part:
    if size == "available":
        return Part(name, "available")
    if size.isascii() and _COUNT.fullmatch(size):
        return Part(name, "count", int(size))
    if size.isascii() and (_SHARE.fullmatch(size) or _PERCENT.fullmatch(size)):
        share = float(size.rstrip("%")) / (100 if size.endswith("%") else 1)
        if 0 < share <= 1:
            return Part(name, "share", share)
    raise BadSpec(
        f"{size!r} is no number of rows", where="--size", do="write test=300, test=0.1 or train=available"
    )
