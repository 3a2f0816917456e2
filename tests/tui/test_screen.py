"""The screen through Textual's pilot: keys, what is shown, what is on the disk when it is shown."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.widgets import Static

from curation.decisions import OwnVerdicts, read_decisions
from curation.desk import Desk
from schemas.cli import ExitCode
from schemas.instance import Distractor, Instance, Message, Source
from schemas.jsonl import read_models
from screens.command import SAMPLE
from screens.passage import broken
from screens.review import Review
from tui import main


def app_on(path: Path, pool: list[Instance] | None = None, name: str = "lin") -> Review:
    return Review(Desk(pool or list(read_models(SAMPLE, Instance)), OwnVerdicts(path, name)))


def screen(app: Review) -> str:
    """What a terminal would show, cell by cell."""
    return "\n".join(strip.text.rstrip() for strip in app.screen._compositor.render_strips())


def said(app: Review) -> str:
    return str(app.query_one("#said", Static).render())


async def test_an_instance_is_shown_with_its_options_gold_answer_and_guidelines(tmp_path: Path) -> None:
    app = app_on(tmp_path / "d.jsonl")
    async with app.run_test(size=(110, 30)):
        shown = screen(app)
    for text in (
        "1/12", "STEM: Biology", "choice", "no verdict", "植物进行光合作用时，主要吸收的气体是",
        "✓ B.二氧化碳", "  C.氮气", "gold answer: B", "guidelines", "a approve", "q quit",
    ):  # fmt: skip
        assert text in shown
    assert shown.count("二氧化碳") == 1  # the options stand once, not in the instruction too
    assert "✓ A" not in shown


async def test_a_verdict_is_on_the_disk_before_the_screen_says_so(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    app = app_on(path)
    async with app.run_test(size=(110, 30)) as pilot:
        await pilot.press("a")
        assert [d.kept for d in read_decisions(path)] == [True]
        assert said(app) == "1 approved, saved"
        await pilot.press("r")
        assert said(app) == "2 rejected, saved"
        assert "3/12" in screen(app)
        assert "2 judged by lin" in screen(app)
        await pilot.press("u")
        assert said(app) == "your verdict on 2 is withdrawn, saved"
        assert "2/12" in screen(app)
        await pilot.press("p", "a")
        assert said(app) == "1 is already approved"
        await pilot.press("q")
    assert [(d.stage, d.kept) for d in read_decisions(path)] == [
        ("review", True), ("review", False), ("review_undo", False),
    ]  # fmt: skip
    again = app_on(path)
    async with again.run_test(size=(110, 30)) as pilot:
        assert "2/12" in screen(again)
        await pilot.press("u", "u")
        assert said(again) == "nothing to undo: none of your verdicts stands here"


async def test_a_verdict_that_cannot_be_saved_is_not_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    app = app_on(path)
    async with app.run_test(size=(110, 30)) as pilot:
        path.symlink_to("/dev/full")
        await pilot.press("a")
        assert "NOT SAVED" in said(app)
        assert "does not count" in said(app)
        assert "1/12" in screen(app)
        assert "0 judged" in screen(app)
        path.unlink()
        await pilot.press("a")
        assert said(app) == "1 approved, saved"
    assert len(read_decisions(path)) == 1


async def test_moving_and_skipping_judge_nothing(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    app = app_on(path)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("p")
        assert said(app) == "this is the first instance"
        await pilot.press("s", "n", "p")
        assert "2/12" in screen(app)
        await pilot.press(*"n" * 11)
        assert said(app) == "this is the last instance"
    assert not path.exists()


async def test_the_end_is_said(tmp_path: Path) -> None:
    app = app_on(tmp_path / "d.jsonl")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*"ar" * 6)
        assert said(app) == "12 rejected, saved; all 12 are judged, q leaves"
        await pilot.press("s")
        assert said(app) == "no other instance waits; all 12 are judged, q leaves"


async def test_a_colleagues_verdicts_in_the_same_file_do_not_show(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    blank = app_on(tmp_path / "none.jsonl")
    async with blank.run_test(size=(110, 30)):
        expected = screen(blank)
    colleague = OwnVerdicts(path, "wang")
    for instance in read_models(SAMPLE, Instance):
        colleague.judge(instance.id, False)
    app = app_on(path)
    async with app.run_test(size=(110, 30)):
        assert screen(app) == expected


HOSTILE = (
    "看\x1b[2J\x1b]0;title\x07\u202etxt\u202c[bold red]红[/] [@click=app.quit]x[/] \ud7ff\r\x00".replace(
        "\x00", ""
    )
)


async def test_hostile_text_is_shown_not_obeyed(tmp_path: Path) -> None:
    pool = [
        Instance(
            ability="role_play",
            form="open",
            messages=(
                Message(role="user", content=HOSTILE),
                Message(role="assistant", content=HOSTILE + "好"),
            ),
            distractors=(Distractor(text=HOSTILE + "坏"),),
            source=Source(name="s", row="1"),
        )
    ]
    app = app_on(tmp_path / "d.jsonl", pool)
    async with app.run_test(size=(120, 30)) as pilot:
        shown = screen(app)
        await pilot.click("Passage", offset=(60, 0))
        assert app.is_running
    assert shown.count(r"看\x1b[2J\x1b]0;title\x07\u202etxt\u202c[bold red]红[/] [@click=app.quit]x[/]") == 3
    assert not set("\x1b\x07\u202e\r") & set(shown)


async def test_a_narrow_terminal_keeps_everything(tmp_path: Path) -> None:
    app = app_on(tmp_path / "d.jsonl")
    async with app.run_test(size=(60, 20)) as pilot:
        assert "guidelines" in screen(app)
        await pilot.press(*"n" * 7)
        assert "天还没亮透" in screen(app)
        await pilot.press("space")
        assert "做豆腐" in screen(app)


@pytest.mark.parametrize("width", [4, 5, 7, 20, 41])
def test_lines_fit_nothing_is_lost_and_marks_stand_where_they_may(width: int) -> None:
    text = "请解释 PyTorch 中的（自动求导）机制，并举例说明：梯度是怎样累积的？“反向传播”又是什么。\n  def f(x):\n"
    lines = broken(text, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace("\n", "").replace(" ", "")
    if width >= 7:
        assert not any(line[:1] in tuple("，。：？）”") for line in lines if line)
        assert not any(line[-1:] in tuple("（“") for line in lines if line)


def test_a_line_is_full_before_a_latin_word_is_moved() -> None:
    """Breaking at spaces only would leave the first line at half its width."""
    assert broken("请解释 PyTorch 中的自动求导", 20) == ("请解释 PyTorch 中的", "自动求导")
    assert broken("    return a_long_name(x)", 40) == ("    return a_long_name(x)",)


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["none.jsonl", "--as", "a", "--decisions", "d"], ExitCode.MISSING_FILE, "none.jsonl"),
        ([str(SAMPLE), "--decisions", "d"], ExitCode.BAD_SPEC, "--as"),
        ([str(SAMPLE), "--as", "a"], ExitCode.BAD_SPEC, "--decisions"),
        ([str(SAMPLE), "--as", "a", "--decisions", "d"], ExitCode.FAILED, "needs a terminal"),
    ],
)
def test_bad_starts_are_one_line(
    words: list[str],
    code: ExitCode,
    text: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(words) == code
    shown = capsys.readouterr().err
    assert text in shown
    assert shown.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_an_empty_pool_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty.jsonl").write_text("")
    assert main([str(tmp_path / "empty.jsonl"), "--as", "a", "--decisions", "d"]) == ExitCode.BAD_DATA
    assert "there are no instances" in capsys.readouterr().err


def test_input_methods_are_left_alone() -> None:
    """Textual reads the setting when it is imported, so it counts only in a process that began with this program."""
    code = "import screens.review, textual.constants; print(textual.constants.DISABLE_KITTY_KEY)"
    done = subprocess.run([sys.executable, "-c", code], cwd=SAMPLE.parents[1], capture_output=True, text=True)
    assert done.stdout == "True\n"
