"""The commands on finished results and the audit of the paper, as a user calls them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from analyze.__main__ import COMMANDS
from analyze.audit import carries, recompute
from analyze.simulate import planned, simulate
from schemas.cli import main
from schemas.errors import ExitCode
from schemas.results import Complexity, Report, TransferMatrix
from schemas.specs import MixSpec
from schemas.toml import load_spec
from tests.analyze.worlds import world_of

WORLD = world_of([0.2] * 5, [0.9] * 4 + [0.2], [3.0, 30, 300, 300, 10])


@pytest.fixture
def results(tmp_path: Path) -> Path:
    table = simulate(
        WORLD, np.random.default_rng(0), planned(WORLD, n=(0, 4, 64, 256)), {"validation": 40, "test": 60}
    )
    table.to_csv(tmp_path / "results.csv", index=False)
    return tmp_path / "results.csv"


def call(*words: str | Path) -> int:
    return main("analyze", "", COMMANDS, [str(w) for w in words])


def test_curves(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("curves", results) == ExitCode.OK
    shown = capsys.readouterr().out
    assert "n=256" in shown
    assert "responsive" in shown
    assert call("curves", results, "--json") == ExitCode.OK
    told = json.loads(capsys.readouterr().out)
    assert len(told["curves"]) == 5
    assert len(told["saturation"]) == 5


def test_recommend_writes_a_mix(results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "MIX.toml"
    assert call("recommend", results, "--budget", "500", "--out", out) == ExitCode.OK
    assert "points per 100 more" in capsys.readouterr().out
    mix = load_spec(out, MixSpec)
    assert sum(d.count for d in mix.draws if isinstance(d.count, int)) == 500
    assert call("recommend", results, "--budget", "0") == ExitCode.BAD_SPEC


def test_forecast_needs_features(results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("forecast", results, "--report", tmp_path / "none.json") == ExitCode.MISSING_FILE
    rng = np.random.default_rng(1)
    names = WORLD.abilities
    values = tuple(tuple(None if i == j else float(rng.normal()) for i in range(5)) for j in range(5))
    report = Report(
        name="x",
        abilities=names,
        complexity=tuple(
            Complexity(ability=a, bits_per_character=float(k), instruction_following_difficulty=1, gap=1)
            for k, a in enumerate(names)
        ),
        transfer=(TransferMatrix(estimator="response-mmd", abilities=names, values=values, unit=""),),
    )
    path = tmp_path / "report.json"
    path.write_text(report.model_dump_json(), encoding="utf-8")
    capsys.readouterr()
    assert call("forecast", results, "--report", path) == ExitCode.OK
    assert "K = 5" in capsys.readouterr().out


def test_a_missing_table_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("curves", tmp_path / "none.csv") == ExitCode.MISSING_FILE
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_the_paper_is_recomputed() -> None:
    claims, _ = recompute()
    told = [(c.won, c.cells, round(c.mean, 2)) for c in claims]
    assert told[0] == (12, 12, 1.48)
    assert told[1] == (12, 12, 2.80)
    assert told[2][:2] == (8, 12)
    assert told[3][:2] == (0, 12)


def test_what_100_items_carry() -> None:
    design = carries(100, [1, 4, 16, 64, 256, 1000])
    assert design.point == pytest.approx(5.0)
    assert design.half_width > 1  # so resistance cannot be shown
    assert carries(design.needed, [1, 4, 16, 64, 256, 1000]).half_width < 1


def test_audit_prints_both_sides(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("audit-paper") == ExitCode.OK
    shown = capsys.readouterr().out
    assert "wins 12 of 12, mean +1.48" in shown
    assert "cannot" in shown
    assert call("audit-paper", "--json") == ExitCode.OK
    assert len(json.loads(capsys.readouterr().out)["claims"]) == 4
