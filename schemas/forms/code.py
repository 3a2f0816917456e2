"""A program as the answer; compared with distractors like an open item until its tests can be run."""

from __future__ import annotations

import re
from collections.abc import Sequence

from schemas.forms.open import Open

_FENCE = re.compile(r"```[^\n]*\n(.*?)```", re.DOTALL)


class Code(Open):
    name = "code"

    def parse(self, response: str, choices: Sequence[str] = ()) -> str | None:
        """The last fenced block, else the whole response."""
        blocks = _FENCE.findall(response)
        return str(blocks[-1] if blocks else response).strip() or None
