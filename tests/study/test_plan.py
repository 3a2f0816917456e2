"""Which cells a study trains, what a time limit drops, and what bad settings say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from schemas.errors import ExitCode, PoolTooSmall
from schemas.instance import UNLABELLED
from schemas.study import StudySpec
from schemas.toml import load_spec
from study.limit import Clock
from study.plan import plan_cells, plan_comparison

ABILITIES = ("math", "code")
QUICKSTART = Path(__file__).parents[2] / "examples" / "quickstart.toml"


def settings(**grid: object) -> StudySpec:
    values = {
        "name": "x",
        "world": {},
        "bases": [{"name": "S"}, {"name": "L"}],
        "synthetic": {},
        "grid": {"n": [0, 4, 16], "seeds": [1, 2], "single_source_n": 4, **grid},
        "recommend": {"budget": 20, "seeds": [5]},
    }
    return StudySpec.model_validate(values)


def pools(rows: int) -> dict[tuple[str, str], int]:
    return {(a, o): rows for a in ABILITIES for o in ("human", "synthetic")}


def test_the_order_is_the_importance() -> None:
    plan = plan_cells(settings(), pools(16), ABILITIES, {"S": 1, "L": 2})
    names = [c.name for c in plan.cells]
    assert names[:2] == ["S untuned", "L untuned"]
    assert names[2] == "L human uniform n=4 seed=1"
    assert names.index("S human uniform n=16 seed=1") < names.index("L synthetic uniform n=4 seed=1")
    assert names.index("L human single:math n=4 seed=1") < names.index("L human uniform n=4 seed=2")
    assert len(names) == len(set(names)) == 2 + 2 * 2 * 2 * 2 + 2
    assert plan.omitted == ()


def test_n_beyond_the_pool() -> None:
    with pytest.raises(PoolTooSmall, match=r"16 human instances of 'math' asked for, the pool holds 10"):
        plan_cells(settings(), pools(10), ABILITIES, {})
    plan = plan_cells(settings(cap="available", n=[0, 4, 16, 64]), pools(10), ABILITIES, {})
    assert {c.cell.n for c in plan.cells} == {0, 4, 16}
    assert len(plan.omitted) == 2 * 2 * 2
    assert "every pool is exhausted" in plan.omitted[0]
    counted = next(c for c in plan.cells if c.cell.n == 16)
    assert counted.cell.counts == {"math": 10, "code": 10}


def test_rows_without_an_ability_are_one_pool() -> None:
    mixed = {("math", "human"): 16, ("code", "human"): 16, (UNLABELLED, "synthetic"): 1000}
    plan = plan_cells(settings(), mixed, ABILITIES, {})
    synthetic = next(c for c in plan.cells if c.cell.origin == "synthetic" and c.cell.n == 16)
    assert synthetic.cell.counts == {UNLABELLED: 32}


def test_the_comparison_has_equal_sizes_and_steps() -> None:
    recommended = {("math", "human"): 15, ("code", "synthetic"): 5}
    cells = plan_comparison(settings(), pools(16), ABILITIES, {}, recommended)
    assert {c.cell.mix for c in cells} == {"recommended", "uniform_budget"}
    assert {c.rows for c in cells} == {20}
    assert len({c.train for c in cells}) == 1


def test_the_quickstart_is_the_grid_of_the_study() -> None:
    spec = load_spec(QUICKSTART, StudySpec)
    assert spec.grid.n == (0, 1, 4, 16, 64, 256, 1000)
    many = {(a, o): 1000 for a in ABILITIES for o in ("human", "synthetic")}
    plan = plan_cells(spec, many, ABILITIES, {})
    assert sum(c.cell.mix == "uniform" for c in plan.cells) == 6 * 2 * 2 * 2
    assert len(spec.recommend.seeds) == 3


def test_a_limit_keeps_a_prefix_and_never_fewer_steps() -> None:
    plan = plan_cells(settings(), pools(16), ABILITIES, {}).cells
    cells = [c for c in plan if c.train and c.cell.base == "L"]
    clock = Clock(minutes=1.0, workers=2)
    assert clock.admits(cells[0]), "nothing measured yet"
    clock.measured(cells[0], {"train": 1e6, "evaluate": 1.0})
    assert not clock.admits(cells[1])
    clock.pace.clear()
    assert not clock.admits(cells[0]), "what was refused once stays refused, and so does all that follows"
    assert clock.admits(plan[0]), "an untuned base is scored in any case"
    clock.release()
    assert clock.admits(cells[0]), "the comparison has the time that was kept free for it"
    assert Clock(minutes=None, workers=2).admits(cells[1])


def test_a_slow_scoring_is_not_taken_for_slow_training() -> None:
    """A small cell whose time is nearly all scoring must not make a large one look a hundred times as long."""
    cells = [c for c in plan_cells(settings(n=[0, 4, 400]), pools(400), ABILITIES, {}).cells if c.train]
    small = next(c for c in cells if c.cell.n == 4 and c.cell.mix == "uniform" and c.cell.base == "L")
    large = next(c for c in cells if c.cell.n == 400 and c.cell.base == "L")
    clock = Clock(minutes=30.0, workers=2, validation_share=0.25)
    scored = 20.0
    validating = small.train.epochs * 0.25 * scored  # a checkpoint an epoch
    clock.measured(small, {"train": validating + 0.01 * small.examples, "evaluate": scored})
    assert clock.forecast(large) == pytest.approx(scored + validating + 0.01 * large.examples)


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        (["--set", "grid.n=[0, 4, 5000]"], ExitCode.POOL_TOO_SMALL, "5000"),
        (["--set", "grid.sedes=[1]"], ExitCode.BAD_SPEC, "did you mean 'seeds'"),
        (["--set", "recommend.base=X"], ExitCode.BAD_SPEC, "names the base model 'X'"),
        (["--set", "splits.test=0"], ExitCode.BAD_SPEC, "splits.test"),
        (["--set", "oops"], ExitCode.BAD_SPEC, "key=value"),
        (["--set", "recommend.seeds=[]"], ExitCode.BAD_SPEC, "recommend.seeds"),
        (["--set", "splits.prompts=20"], ExitCode.POOL_TOO_SMALL, "there are 20 prompts to answer"),
        (["--workers", "0"], ExitCode.BAD_SPEC, "workers"),
        (["--limit-minutes", "-1"], ExitCode.BAD_SPEC, "limit-minutes"),
        (["--set", 'abilities="none.toml"'], ExitCode.MISSING_FILE, "none.toml"),
    ],
)
def test_bad_settings_are_one_line(
    slice_file: Path, tmp_path: Path, change: list[str], code: ExitCode, message: str
) -> None:
    out = tmp_path / "out"
    done = subprocess.run(
        [sys.executable, "-m", "study", "run", str(slice_file), "--out", str(out), *change],
        capture_output=True,
        text=True,
        check=False,
    )
    last = done.stderr.strip().splitlines()[-1]
    assert done.returncode == code, done.stderr
    assert last.startswith(f"error [{code.name.lower()}]: ")
    assert message in last
    assert "Traceback" not in done.stderr
    assert not (out / "report.html").exists()


def test_a_model_folder_without_a_tokenizer(slice_file: Path, tmp_path: Path) -> None:
    model = tmp_path / "model"
    model.mkdir()
    (model / "config.json").write_text("{}", encoding="utf-8")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "study", "run", str(slice_file), "--out", str(tmp_path / "out")),
            *("--set", f'bases=[{{name = "A", path = "{model}"}}]', "--set", "train={}"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == ExitCode.BAD_MODEL
    assert done.stderr.count("\n") == 1, "found out before any work was done"
    assert str(model) in done.stderr


def test_an_unknown_ability_and_missing_data(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text(
        'name = "x"\npretraining = ["*.txt"]\n[[sources]]\nfiles = ["a.jsonl"]\nformat = "messages"\n'
        'ability = "maths"\n[[bases]]\nname = "A"\n[grid]\norigins = ["human"]\n',
        encoding="utf-8",
    )

    def run(*more: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "study", "run", str(path), "--out", str(tmp_path / "out"), *more],
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stderr.strip().splitlines()[-1]

    assert run() == (ExitCode.BAD_SPEC, run()[1])
    assert "--set data=DIR" in run()[1]
    code, line = run("--set", f"data={tmp_path / 'none'}")
    assert code == ExitCode.MISSING_FILE
    code, line = run("--set", f"data={tmp_path}")
    assert code == ExitCode.MISSING_FILE
    assert "a.jsonl" in line
    (tmp_path / "a.jsonl").write_text('{"messages": []}\n', encoding="utf-8")
    (tmp_path / "t.txt").write_text("春", encoding="utf-8")
    code, line = run("--set", f"data={tmp_path}")
    assert code == ExitCode.BAD_DATA
    assert "did you mean 'math'" in line


def test_init_makes_a_study_that_can_be_planned(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    made = subprocess.run(
        [sys.executable, "-m", "study", "init", str(folder)], capture_output=True, text=True, check=True
    )
    assert "study run" in made.stdout
    planned = subprocess.run(
        [sys.executable, "-m", "study", "plan", "study.toml"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "tiny human uniform n=64" in planned.stdout
    again = subprocess.run(
        [sys.executable, "-m", "study", "init", str(folder)], capture_output=True, text=True, check=False
    )
    assert again.returncode == ExitCode.BAD_DATA
