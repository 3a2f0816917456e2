"""Raw text in, outcomes out: the fixture that all tests of readers share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from curation.standardize import standardize
from schemas.instance import Candidate, Decision, Instance


@dataclass
class Read:
    instances: list[Instance]
    pending: list[Candidate]
    decisions: list[Decision]

    @property
    def one(self) -> Instance:
        assert [d.reason for d in self.decisions] == []
        assert len(self.instances) == 1
        return self.instances[0]

    @property
    def reasons(self) -> list[str]:
        return [d.reason for d in self.decisions]


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Read]:
    """read(format, text or bytes, **settings of standardize) -> Read."""

    def run(format: str, content: str | bytes, **settings: Any) -> Read:
        path = tmp_path / settings.pop("name", "raw")
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        outcomes = list(standardize([path], format, **settings))
        return Read(
            [o for o in outcomes if isinstance(o, Instance)],
            [o for o in outcomes if isinstance(o, Candidate)],
            [o for o in outcomes if isinstance(o, Decision)],
        )

    return run
