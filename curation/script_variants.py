"""Traditional and simplified characters: one text for both, where a user wants that."""

from __future__ import annotations

from functools import cache
from typing import Any


def to_simplified(text: str) -> str:
    """`text` in simplified characters, by OpenCC's `t2s`: by phrases, so that 乾隆 stays and 乾燥 becomes 干燥.

    No look beforehand whether a text needs it: OpenCC is done with simplified text in 2.5 µs a hundred characters,
    which is less than such a look would take, and which characters change depends on the phrase they stand in.
    """
    if text.isascii():
        return text
    converted: str = _converter().convert(text)
    return converted


@cache
def _converter() -> Any:
    import opencc

    return opencc.OpenCC("t2s")
