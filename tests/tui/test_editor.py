"""The editor: the text is kept exactly whatever it holds, and painted so that one sees what it is."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from textual import events
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.message import Message

from schemas.errors import AbilitymixError
from screens.editor import Editor
from screens.linebreak import section_starts, untab
from screens.own_editor import edited
from screens.pastes import ESCAPE, PasteParser
from screens.standins import StandIns

HOSTILE = "看\x1b[2J\r\x85\u2028\x0b\u202ex\u200b\ud800\x00[red]\ue000\U000f0000\U00034000\r\n"
FAMILY = "👨\u200d👩\u200d👧"
ANY = st.one_of(
    st.text(st.characters(), max_size=30),
    st.text(
        st.sampled_from("中a \t\n\r\u0301\u200d👩👧🇨🇳\ufe0f1\u20e3\u200b\x1b\U000f0000\U00034000\ud83d한"),
        max_size=30,
    ),
)


@settings(max_examples=500, deadline=None)
@given(st.lists(ANY, max_size=4))
def test_what_goes_in_comes_out_and_nothing_raw_is_painted(texts: list[str]) -> None:
    stand_ins = StandIns()
    for text in texts:
        inside = stand_ins.encode(text)
        assert stand_ins.decode(inside) == text
        assert inside.replace("\r", "\n").splitlines() == inside.split("\n")[: len(inside.splitlines())]
        painted = stand_ins.paint(inside)
        assert not set("\x1b\r\x85\u2028\u200b\u202e\x00\x07") & set(painted)
        for char in set(inside) - set("\n\t"):
            assert cell_len(stand_ins.paint(char)) == cell_len(char) >= 1


class Desk(App[None]):
    def __init__(self, text: str, one_line: bool = False) -> None:
        super().__init__()
        self.editor = Editor(text, one_line=one_line)

    def compose(self) -> ComposeResult:
        yield self.editor
        yield Editor(id="next")

    def painted(self) -> list[str]:
        lines = self.editor.render_lines(Region(0, 0, self.editor.size.width, self.editor.size.height))
        return [line.text.lstrip("▌ ").rstrip() for line in lines]


async def test_hostile_text_is_kept_and_painted_as_pictures() -> None:
    app = Desk(HOSTILE)
    async with app.run_test(size=(60, 12)) as pilot:
        assert app.editor.value == HOSTILE
        shown = "".join(app.painted())
        assert "看␛[2J␍????x??␀[red]???␍" in shown.replace("␋", "?")
        await pilot.press("end", "好")
        assert app.editor.value == HOSTILE.replace("\r\n", "\r好\n")
        assert "U+202E RIGHT-TO-LEFT OVERRIDE" in app.editor.hides


async def test_pasted_escapes_are_data_and_newlines_are_newlines() -> None:
    app = Desk("")
    async with app.run_test(size=(60, 12)) as pilot:
        app.editor.post_message(events.Paste("一\x1b[31m红\r\n二\r三\u200b"))
        await pilot.pause()
        assert app.editor.value == "一\x1b[31m红\n二\n三\u200b"
        await pilot.press("ctrl+z")
        assert app.editor.value == ""
        await pilot.press("ctrl+y")
        assert app.editor.value == "一\x1b[31m红\n二\n三\u200b"
        app.editor.select_all()
        await pilot.press("ctrl+c")
        assert app.clipboard == "一\x1b[31m红\n二\n三\u200b"
        await pilot.press("ctrl+x", "ctrl+v", "ctrl+v")
        assert app.editor.value == "一\x1b[31m红\n二\n三\u200b" * 2


async def test_a_cluster_is_one_step_and_one_deletion() -> None:
    app = Desk(f"a{FAMILY}e\u0301🇨🇳z")
    async with app.run_test(size=(40, 5)) as pilot:
        assert app.painted()[0].strip() == f"a{FAMILY}e\u0301🇨🇳z"
        await pilot.press("right", "right", "backspace")
        assert app.editor.value == "ae\u0301🇨🇳z"
        await pilot.press("delete")
        assert app.editor.value == "a🇨🇳z"
        assert app.editor.cursor_screen_offset.x == 3


async def test_what_is_typed_piece_by_piece_becomes_one_cluster() -> None:
    app = Desk("")
    async with app.run_test(size=(40, 5)) as pilot:
        for char in "x👨\u200d👩\u200d👧e\u0301🇨🇳中":
            app.editor.post_message(events.Key("", char))
        await pilot.pause()
        assert app.editor.value == "x👨\u200d👩\u200d👧e\u0301🇨🇳中"
        assert app.painted()[0].strip() == app.editor.value
        assert len(app.editor.text) == 5
        await pilot.press("backspace", "backspace", "backspace", "backspace")
        assert app.editor.value == "x"
        app.editor.put("x\u200d")
        app.editor.action_to_end()
        app.editor.insert("y")
        assert app.editor.value == "x\u200dy"


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.text(st.sampled_from("ab中\x1b[]~201\x13\r"), max_size=12),
            st.sampled_from(["\x1b[2J", "\x1b[115;5u", "\x1b[200~", "\x1b]0;t\x07"]),
        ),
        max_size=4,
    ),
    st.integers(1, 7),
)
def test_a_paste_is_one_piece_of_text_however_it_arrives(pieces: list[str], size: int) -> None:
    text = "".join(pieces)
    assume("\x1b[201~" not in text)  # which ends any paste
    parser = PasteParser()
    sent = f"a\x1b[200~{text}\x1b[201~b"
    found: list[Message] = []
    for start in range(0, len(sent), size):
        found += parser.feed(sent[start : start + size])
    keys = [m.character for m in found if isinstance(m, events.Key)]
    pasted = "".join(m.text for m in found if isinstance(m, events.Paste)).replace(ESCAPE, "\x1b")
    assert keys == ["a", "b"]
    assert pasted == text


async def test_lines_break_as_in_the_passage_and_stay_in_step_while_typing() -> None:
    app = Desk("请解释 PyTorch 中的自动求导")
    async with app.run_test(size=(24, 8)) as pilot:
        assert app.painted()[0].strip() == "请解释 PyTorch 中的"
        app.editor.action_to_end()
        for char in "，并举例说明：好。":
            app.editor.post_message(events.Key("", char))
        await pilot.pause()
        assert app.editor.value == "请解释 PyTorch 中的自动求导，并举例说明：好。"
        assert not any(line.strip()[:1] in "，。：" for line in app.painted() if line.strip())
        assert app.editor.size.height == len([line for line in app.painted() if line.strip()])


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("中文ab1 ，。（“\t"), max_size=60), st.integers(4, 30))
def test_every_line_of_the_editor_leaves_room_for_the_cursor(text: str, width: int) -> None:
    starts = section_starts(text, width)
    assert list(starts) == sorted(set(starts))
    assert all(0 < start < len(text) for start in starts)
    if "\t" not in text:
        for start, end in zip((0, *starts), (*starts, len(text)), strict=True):
            assert cell_len(untab(text[start:end])[0]) <= width + 1


async def test_enter_in_a_field_of_one_line_goes_on() -> None:
    app = Desk("甲", one_line=True)
    async with app.run_test(size=(40, 8)) as pilot:
        await pilot.press("end", "enter", "乙")
        assert app.editor.value == "甲"
        assert app.query_one("#next", Editor).value == "乙"


async def test_twenty_thousand_characters_can_be_edited() -> None:
    app = Desk("长江全长约6300公里，发源于青藏高原。" * 1000)
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.press("ctrl+end", "完")
        assert app.editor.value.endswith("完")


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("", "no editor of your own is set; set one, for instance export EDITOR=nano"),
        ("no-such-program-here", "there is no program 'no-such-program-here'; check $EDITOR"),
        ('vi "', "$EDITOR cannot be read (No closing quotation); mend its quotes"),
        (sys.executable, "this screen cannot be left for an editor of your own; nothing here is lost"),
    ],
)
async def test_without_an_editor_of_ones_own_a_sentence_says_so(
    setting: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", setting)
    app = Desk("x")
    async with app.run_test():
        with pytest.raises(AbilitymixError) as caught:
            edited(app, "x")
    assert caught.value.line() == said


class Suspending(App[None]):
    """An app that can be suspended, without a terminal."""

    def suspend(self):  # type: ignore[no-untyped-def]
        from contextlib import nullcontext

        return nullcontext()


def script(folder: Path, body: str) -> str:
    path = folder / "my editor.py"
    path.write_text(f"import pathlib, sys\nf = pathlib.Path(sys.argv[-1])\n{body}\n", encoding="utf-8")
    return f"{sys.executable} '{path}'"


@pytest.fixture
def leaving(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.delenv("VISUAL", raising=False)
    return tmp_path


def test_the_own_editor_gets_the_text_in_a_private_file_and_its_text_comes_back(
    leaving: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = "open('seen', 'w').write(oct(f.stat().st_mode) + f.suffix + f.read_text('utf-8'))\nf.write_text('新\\n', 'utf-8')"
    monkeypatch.setenv("EDITOR", script(leaving, body))
    monkeypatch.chdir(leaving)
    assert edited(Suspending(), "旧\x1b", ".py") == "新"
    seen = (leaving / "seen").read_text(encoding="utf-8")
    assert stat.S_IMODE(int(seen.split(".")[0], 8)) == 0o600
    assert seen.endswith(".py旧\x1b")
    assert not list(leaving.glob("abilitymix-*"))


def test_a_newline_that_was_there_stays(leaving: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", script(leaving, "f.write_text('新\\n', 'utf-8')"))
    assert edited(Suspending(), "旧\n") == "新\n"


@pytest.mark.parametrize("end", ["sys.exit(3)", "import os; os.kill(os.getpid(), 9)"])
def test_an_editor_that_crashes_loses_nothing(
    leaving: Path, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    monkeypatch.setenv("EDITOR", script(leaving, f"f.write_text('写了一半', 'utf-8'); {end}"))
    with pytest.raises(AbilitymixError) as caught:
        edited(Suspending(), "旧")
    assert "what it wrote is kept in" in caught.value.line()
    kept = next(leaving.glob("abilitymix-*/text.txt"))
    assert str(kept) in caught.value.line()
    assert kept.read_text(encoding="utf-8") == "写了一半"


def test_an_editor_that_changes_its_mind_or_writes_no_text(
    leaving: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", script(leaving, "sys.exit(1)"))
    with pytest.raises(AbilitymixError, match="ended with 1; nothing here is lost"):
        edited(Suspending(), "旧")
    assert not list(leaving.glob("abilitymix-*"))
    monkeypatch.setenv("EDITOR", script(leaving, "f.write_bytes(b'\\xff\\xfe')"))
    with pytest.raises(AbilitymixError, match="not UTF-8"):
        edited(Suspending(), "旧")
    with pytest.raises(AbilitymixError, match="unpaired surrogate"):
        edited(Suspending(), "\ud800")
