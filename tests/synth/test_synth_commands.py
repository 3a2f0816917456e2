"""The command line: the first screen, bad input, and a run killed in the middle."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from inference.local import LocalModel
from schemas.cli import build_parser, main
from schemas.errors import ExitCode
from schemas.jsonl import write_jsonl
from synth.__main__ import COMMANDS
from synth.generate import generate
from synth.guide import COMMANDS as SHOWN
from synth.guide import GUIDE
from synth.spec import GenerateSpec
from tests.synth.synth_rows import choice

PROMPTS = [choice(i) for i in range(300)]


@pytest.fixture
def prompts(tmp_path: Path) -> Path:
    path = tmp_path / "prompts.jsonl"
    write_jsonl(path, PROMPTS)
    return path


def synth(*words: object) -> int:
    return main("synth", "", COMMANDS, [str(w) for w in words])


def test_without_arguments_one_screen_with_commands_that_parse(capsys: pytest.CaptureFixture[str]) -> None:
    assert synth("generate") == ExitCode.OK
    assert capsys.readouterr().out == GUIDE + "\n"
    lines = GUIDE.splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80
    for command in SHOWN.values():
        words = shlex.split(command.replace("\\\n", " "))
        assert words[:3] == ["python", "-m", "synth"]
        assert build_parser("synth", "", COMMANDS).parse_args(words[3:]).prompts


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--prompts", "none.jsonl", "--model", "m"], ExitCode.MISSING_FILE, "none.jsonl"),
        (["--model", "m"], ExitCode.BAD_SPEC, "no prompts"),
        (["--prompts", "PROMPTS"], ExitCode.BAD_SPEC, "no model"),
        (["none.toml"], ExitCode.MISSING_FILE, "none.toml"),
        (
            ["--prompts", "PROMPTS", "--strategy", "regenrate"],
            ExitCode.BAD_SPEC,
            "did you mean 'regenerate'?",
        ),
        (["--prompts", "PROMPTS", "--set", "temprature=1"], ExitCode.BAD_SPEC, "did you mean 'temperature'?"),
        (["--prompts", "PROMPTS", "--model", "m", "--set", "retries=1"], ExitCode.BAD_SPEC, "retries need"),
        (["--prompts", "PROMPTS", "--model", "no-such-folder/m"], ExitCode.BAD_MODEL, "no-such-folder/m"),
        (["--prompts", "PROMPTS", "--model", "m", "--accept", "0"], ExitCode.BAD_SPEC, "accept"),
    ],
)
def test_bad_input_is_one_line(
    words: list[str], code: ExitCode, said: str, prompts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [str(prompts) if w == "PROMPTS" else w for w in words]
    assert synth("generate", *words, "--out", prompts.parent / "runs") == code
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith(f"error [{code.name.lower()}]: ")
    assert said in shown.err
    assert shown.err.count("\n") == 1
    assert not (prompts.parent / "runs").exists()


def test_a_broken_prompt_is_named_by_its_line(
    prompts: Path, model_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = prompts.read_text(encoding="utf-8").splitlines()
    prompts.write_text(
        "\n".join([lines[0], lines[1].replace('"answer":"B"', '"answer":"Z"')]), encoding="utf-8"
    )
    code = synth("generate", "--prompts", prompts, "--model", model_folder, "--out", prompts.parent / "runs")
    assert code == ExitCode.BAD_DATA
    assert "prompts.jsonl:2: the gold letter 'Z'" in capsys.readouterr().err


def test_settings_from_a_file_flags_win_and_the_sum_is_printed(
    prompts: Path, model_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = prompts.parent / "my.toml"
    settings.write_text(
        f'prompts = "{prompts}"\nmodel = "{model_folder}"\ntemperature = 1.0\nmax_new_tokens = 40\nseed = 5\n'
    )
    words = ("generate", settings, "--limit", 40, "--seed", 6, "--out", prompts.parent / "runs")
    assert synth(*words) == ExitCode.OK
    assert "= 40 rows in" in capsys.readouterr().out
    assert synth(*words, "--json") == ExitCode.OK
    again = capsys.readouterr()
    assert "already done" in again.err
    answer = json.loads(again.out)
    assert answer["total"]["rows"] == 40
    spec = json.loads((Path(answer["accepted"]).parent / "spec.json").read_text())
    assert (spec["seed"], spec["temperature"], spec["model"]) == (6, 1.0, "noise")
    assert synth(*words, "--accept", 40) == ExitCode.POOL_TOO_SMALL
    shown = capsys.readouterr()
    assert "quota not reached: biology lacks" in shown.err
    assert "40 answers taken over" in shown.err


def command(prompts: Path, model: Path, out: Path) -> list[str]:
    flags = [
        "--set",
        "temperature=1.0",
        "--set",
        "max_new_tokens=60",
        "--set",
        "batch_size=2",
        "--set",
        "retries=1",
    ]
    words = [
        sys.executable,
        "-m",
        "synth",
        "generate",
        "--prompts",
        prompts,
        "--model",
        model,
        "--out",
        out,
        *flags,
    ]
    return [*map(str, words), "--accept", "150"]


def test_killed_in_the_middle_it_goes_on_and_ends_with_the_same_bytes(
    prompts: Path, model_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = command(prompts, model_folder, tmp_path / "killed")
    root = Path(__file__).parents[2]
    answered = answered_by(subprocess.Popen(words, cwd=root, stderr=subprocess.DEVNULL), tmp_path / "killed")
    assert synth(*words[3:], "--json") == ExitCode.OK
    spec = GenerateSpec(temperature=1.0, max_new_tokens=60, retries=1, accept=150)
    whole = generate(spec, PROMPTS, LocalModel.load(model_folder), tmp_path / "whole").path
    killed = tmp_path / "killed" / whole.name  # the same settings, the same name
    for name in ("accepted.jsonl", "rejects.jsonl", "prompts.jsonl"):
        assert (whole / name).read_bytes() == (killed / name).read_bytes()
    rows = [json.loads(line)["row"] for line in (killed / "journal.jsonl").read_text().splitlines()[1:]]
    assert len(set(rows)) == len(rows)  # nothing that was answered was asked again
    told = json.loads(capsys.readouterr().out)
    assert told["asked"] == len(rows) - answered
    assert told["total"]["accepted"] == 150


def answered_by(process: subprocess.Popen[bytes], out: Path) -> int:
    """Kill `process` in the middle of its work; how many whole answers its journal then holds."""
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up and process.poll() is None:
        journals = list(out.glob("generate-*/journal.jsonl"))
        if journals and journals[0].read_bytes().count(b"\n") > 30:
            os.kill(process.pid, signal.SIGKILL)
            break
        time.sleep(0.002)
    process.wait()
    assert process.returncode == -signal.SIGKILL, "the run ended before it could be killed"
    assert not list(out.glob("generate-*/manifest.json"))
    return journals[0].read_bytes().count(b"\n") - 1
