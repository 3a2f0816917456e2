"""What left as Parquet or as a dataset folder comes back as it was: ids, abilities, sources, licences, parents."""

from __future__ import annotations

from pathlib import Path

import pytest

from curation.__main__ import COMMANDS
from curation.standardize import standardize
from schemas.cli import main
from schemas.instance import Candidate, Message, Source
from schemas.jsonl import write_jsonl
from tests.curation.curation_rows import choice, open_item

ROWS = [
    choice("鲸属何类", "B", group="g", source="a"),
    open_item("写诗", "春", distractors=("秋", "冬"), origin="synthetic", source="b").model_copy(
        update={"parents": ("x",)}
    ),
    open_item("写歌", "夏", source="c").model_copy(
        update={"source": Source(name="c", row="7", licence="CC BY-NC 4.0")}
    ),
]


@pytest.mark.parametrize("layout", ["parquet", "hf"])
def test_own_exports_come_back_whole(layout: str, tmp_path: Path) -> None:
    write_jsonl(tmp_path / "train.jsonl", ROWS)
    out = tmp_path / ("rows.parquet" if layout == "parquet" else "dataset")
    words = ["export", str(tmp_path / "train.jsonl"), "--layout", layout, "--out", str(out)]
    assert main("curation", "", COMMANDS, words) == 0
    assert list(standardize([out], "instances", ability="math", origin="synthetic")) == ROWS


def test_own_lines_and_what_is_none(read) -> None:
    waiting = Candidate(
        ability="code",
        form="open",
        messages=(Message(role="user", content="写"),),
        source=Source(name="s", row="1"),
    )
    text = b"\n".join(
        [ROWS[0].line(), waiting.line(), b"{}", ROWS[1].line().replace("春".encode(), "夏".encode())]
    )
    found = read("instances", text)
    assert found.instances == [ROWS[0]]
    assert found.pending == [waiting]
    assert "Field required" in found.reasons[0]
    assert "does not match the content" in found.reasons[1]
