"""A slice of the study for real: every step, every folder; killed anywhere it ends with the same numbers."""

from __future__ import annotations

import itertools
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from curation.canonical import prompt_text
from schemas.errors import ExitCode
from schemas.instance import Instance
from schemas.jsonl import read_models
from schemas.results import Report

pytestmark = pytest.mark.slow


def command(slice_file: Path, out: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "study", "run", str(slice_file), "--out", str(out), *more]


@pytest.fixture(scope="module")
def finished(slice_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study run without an interruption."""
    out = tmp_path_factory.mktemp("whole") / "out"
    done = subprocess.run(command(slice_file, out), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "rows in" in done.stderr
    assert f"Report: {out}/report.html" in done.stdout
    assert "over the uniform mix of the same size" in done.stdout or "No clear gain" in done.stdout
    return out


def results(out: Path) -> dict[str, object]:
    """The report without what may differ between two runs of one study: the time they took, where they are."""
    values: dict[str, object] = json.loads((out / "report.json").read_text(encoding="utf-8"))
    return {k: v for k, v in values.items() if k not in ("seconds", "command", "runs", "revision")}


def test_the_report_holds_everything(finished: Path) -> None:
    report = Report.model_validate_json((finished / "report.json").read_text(encoding="utf-8"))
    assert len(report.abilities) == 10
    assert set(report.bases) == {"Z", "A"}
    assert {v.factor for v in report.verdicts} == {"data", "size", "synthetic"}
    assert {c.origin for c in report.curves} == {"human", "synthetic"}
    assert len(report.complexity) == 10
    assert {"trained", "response-mmd", "control"} <= {m.estimator for m in report.transfer}
    assert report.checks
    assert report.forecast is not None
    assert report.recommendation is not None
    assert sum(a.n for a in report.recommendation.allocations) == 320
    assert report.findings
    # 2 untuned bases; 3 n x 2 bases x 2 origins x 2 seeds; 10 single-source runs
    assert report.cells == 2 + 24 + 10


def test_test_items_never_train(finished: Path) -> None:
    """No prompt and no group of an ability is in two parts; what the teacher answered is of the prompts alone."""
    pool = next((finished / "runs").glob("curate-*/pool"))
    names = ("test", "validation", "teacher", "prompts", "train")
    parts = {part: list(read_models(pool / f"{part}.jsonl", Instance)) for part in names}
    prompts = {part: {prompt_text(row) for row in rows} for part, rows in parts.items()}
    groups = {
        part: {(row.ability, row.source.group) for row in rows if row.source.group}
        for part, rows in parts.items()
    }
    for first, second in itertools.combinations(names, 2):
        assert not prompts[first] & prompts[second], (first, second)
        assert not groups[first] & groups[second], (first, second)
    assert {"biology", "history"} <= {ability for ability, _ in groups["train"]} & {
        a for a, _ in groups["test"]
    }

    ids = {part: {row.id for row in rows} for part, rows in parts.items()}
    made = [
        row
        for file in (finished / "runs").glob("generate-*/accepted.jsonl")
        for row in read_models(file, Instance)
    ]
    assert made
    assert all(row.origin == "synthetic" and row.parents for row in made)
    parents = {parent for row in made for parent in row.parents}
    assert not parents & (ids["test"] | ids["validation"] | ids["train"])
    assert parents <= ids["prompts"]


def test_a_second_run_finds_everything_done(slice_file: Path, finished: Path) -> None:
    before = results(finished)
    done = subprocess.run(command(slice_file, finished), capture_output=True, text=True, check=True)
    assert " 0 were made now" in done.stderr
    assert "already done" in done.stderr
    assert results(finished) == before


def finished_runs(out: Path) -> int:
    return len(list((out / "runs").glob("*/manifest.json")))


def wait_for_runs(process: subprocess.Popen[bytes] | subprocess.Popen[str], out: Path, count: int) -> None:
    """Return when so many runs are finished; the speed of the machine doesn't matter then."""
    while finished_runs(out) < count:
        assert process.poll() is None, "the study ended before it was killed"
        time.sleep(0.02)


def test_killed_anywhere_it_ends_with_the_same_numbers(
    slice_file: Path, finished: Path, tmp_path: Path
) -> None:
    """SIGKILL while the bases are made and while cells train, in the whole process group and in the conductor alone."""
    out, moments = tmp_path / "out", random.Random(5)
    for attempt, runs in enumerate((2, 8, 40)):
        process = subprocess.Popen(
            command(slice_file, out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        wait_for_runs(process, out, runs)
        time.sleep(moments.uniform(0, 0.5))
        if attempt % 2:
            process.kill()  # the workers see that their parent is gone
        else:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        # Nobody but the dead held the folder; its workers go within a second or two.
        time.sleep(2)
    assert not (out / "report.html").exists()
    done = subprocess.run(command(slice_file, out), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert results(out) == results(finished)


def test_ctrl_c_leaves_in_order(slice_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = subprocess.Popen(
        command(slice_file, out),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    wait_for_runs(process, out, 3)
    os.killpg(process.pid, signal.SIGINT)
    _, talk = process.communicate(timeout=60)
    assert process.returncode == ExitCode.INTERRUPTED
    assert "interrupted" in talk
    assert "Traceback" not in talk


def test_status_knows_what_is_done(finished: Path) -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "study", "status", str(finished), "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    status = json.loads(shown.stdout)
    assert not status["at_work"]
    assert set(status["runs"].values()) == {"done"}
    assert any(name.startswith("A human uniform") for name in status["runs"])


def test_a_failed_cell_is_named_and_the_others_go_on(
    slice_file: Path, finished: Path, tmp_path: Path
) -> None:
    """Cells whose checkpoint folder cannot be written fail; their neighbours finish, and a rerun mends it."""
    import shutil

    out = tmp_path / "out"
    shutil.copytree(finished, out)
    victim = next(p for p in sorted((out / "runs").glob("train-*")) if p.is_dir())
    shutil.rmtree(victim)
    for folder in (out / "runs").glob("evaluate-*"):
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        if manifest["inputs"]["checkpoint"] == victim.name:
            shutil.rmtree(folder)
    victim.write_text("in the way", encoding="utf-8")
    done = subprocess.run(command(slice_file, out), capture_output=True, text=True, check=False)
    assert done.returncode == ExitCode.FAILED
    assert victim.name in done.stderr
    assert "Traceback" not in done.stderr
    status = subprocess.run(
        [sys.executable, "-m", "study", "status", str(out)], capture_output=True, text=True, check=True
    )
    assert "\nfailed " in f"\n{status.stdout}"
    victim.unlink()
    assert subprocess.run(command(slice_file, out), capture_output=True, check=False).returncode == 0
    assert results(out) == results(finished)


def test_other_settings_are_other_runs_and_the_old_ones_do_not_count(
    slice_file: Path, finished: Path, tmp_path: Path
) -> None:
    import shutil

    out = tmp_path / "out"
    shutil.copytree(finished, out)
    (out / "study.json").write_text("{damaged", encoding="utf-8")
    fewer = [
        *("--set", "grid.n=[0, 4, 16]"),
        *("--set", "grid.single_source_n=0"),
        *("--set", "recommend.budget=0"),
    ]
    done = subprocess.run(command(slice_file, out, *fewer), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    report = Report.model_validate_json((out / "report.json").read_text(encoding="utf-8"))
    assert {p.n for c in report.curves for p in c.points} == {0, 4, 16}
    assert report.cells == 2 + 16
    assert report.recommendation is None
    curves = subprocess.run(
        [sys.executable, "-m", "analyze", "curves", str(out), "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert curves.returncode == 0, curves.stderr
    assert {p["n"] for c in json.loads(curves.stdout)["curves"] for p in c["points"]} == {0, 4, 16}


def test_a_time_limit_drops_the_end_and_names_it(slice_file: Path, tmp_path: Path) -> None:
    """So short a limit that nothing but the untuned bases fits, on any machine; what fits else is the clock's test."""
    out = tmp_path / "out"
    human = [*("--set", 'grid.origins=["human"]'), *("--set", "recommend.budget=0")]
    limit = ["--limit-minutes", "0.001"]
    done = subprocess.run(
        command(slice_file, out, *human, *limit), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    report = Report.model_validate_json((out / "report.json").read_text(encoding="utf-8"))
    assert report.cells == 2
    assert len(report.omitted) == 12 + 10
    assert all("--limit-minutes" in line for line in report.omitted)
    assert report.omitted[0].startswith("A human uniform n=4 seed=1"), "in the plan's order"
    again = subprocess.run(
        command(slice_file, out, *human, *limit), capture_output=True, text=True, check=True
    )
    assert " 0 were made now" in again.stderr
    more = subprocess.run(command(slice_file, out, *human), capture_output=True, text=True, check=True)
    assert " 0 were made now" not in more.stderr
    report = Report.model_validate_json((out / "report.json").read_text(encoding="utf-8"))
    assert (report.cells, report.omitted) == (2 + 12 + 10, ())


def test_other_weights_under_the_same_path_are_another_base(
    slice_file: Path, finished: Path, tmp_path: Path
) -> None:
    import shutil

    bases = sorted((finished / "runs").glob("base-*/model"))
    model, out = tmp_path / "model", tmp_path / "out"
    shutil.copytree(bases[0], model)
    changes = [
        *("--set", f'bases=[{{name = "A", path = "{model}"}}]'),
        *("--set", "train={A = {learning_rate = 4e-3, batch_size = 16, max_length = 96}}"),
        *("--set", "grid.n=[0]"),
        *("--set", 'grid.origins=["human"]'),
        *("--set", "grid.single_source_n=0"),
        *("--set", "recommend.budget=0"),
    ]
    first = subprocess.run(command(slice_file, out, *changes), capture_output=True, text=True, check=False)
    assert first.returncode == 0, first.stderr
    shutil.rmtree(model)
    shutil.copytree(bases[1], model)
    second = subprocess.run(command(slice_file, out, *changes), capture_output=True, text=True, check=True)
    assert " 0 were made now" not in second.stderr
    assert len(list((out / "runs").glob("evaluate-*"))) == 2
