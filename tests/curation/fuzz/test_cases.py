"""A slice of the fuzzing of `benchmarks/fuzz_curation.py`: hostile inputs end in whole results or one line."""

from __future__ import annotations

import pytest

from tests.curation.fuzz.cases import MUTATIONS, make_case
from tests.curation.fuzz.judge import judged_in


@pytest.fixture(autouse=True)
def _no_git(monkeypatch):
    monkeypatch.setattr("curation.step.code_revision", lambda: "fuzz")


@pytest.mark.parametrize("block", range(6))
def test_no_findings(block, tmp_path):
    found = []
    for number in range(block * 60, block * 60 + 60):
        with judged_in(tmp_path, make_case(f"test:{number}")) as ran:
            found += [f"{finding} (test:{number})" for finding in ran.findings]
    assert found == []


@pytest.mark.parametrize("number", range(3))
def test_no_findings_in_a_program_of_its_own(number, tmp_path):
    with judged_in(tmp_path, make_case(f"program:{number}"), process=True) as ran:
        assert ran.findings == []


def test_a_seed_is_a_case():
    cases = [make_case(f"same:{n}") for n in range(200)]
    assert cases == [make_case(f"same:{n}") for n in range(200)]
    assert {c.mutation for c in cases} == set(MUTATIONS)
    assert len({c.command for c in cases}) > 8
