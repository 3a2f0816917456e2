"""Random bytes and random JSON never end in a traceback, and every row is accounted for."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curation.formats import FORMATS
from curation.formats.base import Raw, Tally
from curation.standardize import standardize
from schemas.errors import AbilitymixError
from schemas.instance import Candidate, Decision, Instance
from schemas.jsonl import as_line

FIELDS = (
    "messages", "role", "content", "type", "question_format", "choices", "answer", "instruction", "input", "output",
    "question", "options", "text", "label", "passage", "other", "solution", "std_answer", "class", "choice",
    "correct_answer", "wrong_answer", "utterances", "group", "example", "Question", "A", "B", "Answer",
)  # fmt: skip
SCALAR = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8),
    st.sampled_from(["A", "AB", "对", "user", "assistant", "#### 3", "\ud800", "\x00", "\x1b[31m", "（1）A．一B．二C．三D．四", "题：x"]),
)  # fmt: skip
VALUE = st.recursive(
    SCALAR,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(FIELDS), inner, max_size=6)
    ),
    max_leaves=12,
)
ROW = st.dictionaries(st.sampled_from(FIELDS), VALUE, max_size=8)
FUZZ = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def survives(format: str, content: bytes, folder: Path) -> None:
    """Either whole outcomes that can be written down, or one error of ours."""
    raw = folder / "raw"
    raw.write_bytes(content)
    rows, tally = _rows(format, raw)
    if rows is None:
        with pytest.raises(AbilitymixError) as caught:
            list(standardize([raw], format))
        assert "\n" not in caught.value.line()
        return
    seen: Counter[str] = Counter()
    outcomes = list(standardize([raw], format, seen=seen))
    assert len(outcomes) == len(rows) == tally.rows == seen.total()
    for outcome in outcomes:
        assert isinstance(outcome, Instance | Candidate | Decision)
        assert as_line(outcome).encode("utf-8")
        assert not isinstance(outcome, Decision) or outcome.reason


def _rows(format: str, raw: Path) -> tuple[list[Raw] | None, Tally]:
    tally = Tally()
    try:
        return list(FORMATS[format].read(raw, {}, tally)), tally
    except AbilitymixError:
        return None, tally


@pytest.mark.parametrize("format", list(FORMATS))
@FUZZ
@given(content=st.binary(max_size=200))
def test_random_bytes(format, content, tmp_path):
    survives(format, content, tmp_path)


@pytest.mark.parametrize("format", list(FORMATS))
@FUZZ
@given(
    rows=st.lists(st.one_of(ROW, VALUE), max_size=5),
    shape=st.sampled_from(["lines", "array", "example", "csv"]),
)
def test_random_json(format, rows, shape, tmp_path):
    if shape == "lines":
        text = "\n".join(json.dumps(r) for r in rows)
    elif shape == "csv":
        text = "Question,A,B,Answer,group\n" + "\n".join(json.dumps(r) for r in rows)
    else:
        text = json.dumps({"example": rows} if shape == "example" else rows)
    survives(format, text.encode(), tmp_path)
