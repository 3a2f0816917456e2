"""Read-only panes: lines broken as Unicode says, in cells; hostile text shown and never obeyed."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.geometry import Offset
from textual.selection import Selection
from uniseg.graphemecluster import grapheme_cluster_boundaries
from uniseg.linebreak import line_break_breakables

from screens.linebreak import NEVER_FIRST, breaks, opportunities, untab, wrap
from screens.passage import Passage, broken
from screens.shown import hidden, shown

CHINESE = "请解释 PyTorch 中的（自动求导）机制，并举例说明：梯度是怎样累积的？“反向传播”又是什么。"
MARKS = "中国文人 ab12，。、；：？！“”‘’（）《》「」【】…—-–·~～./\\:;,!?%‰$￥()[]{}«»'\"①α×≠\u00a0\u200b\u2060\u3000"
EXOTIC = "e\u0301\u0308👨\u200d👩🏽🇨🇳🇫🇷☺\ufe0f한국어각שלום नमस्ते ภาษา ᬅ᭄ᬅ𑎏◌᯲‐"
SOME = st.one_of(
    st.text(st.sampled_from(MARKS), max_size=40),
    st.text(st.sampled_from(MARKS + EXOTIC), max_size=40),
    st.text(st.characters(codec="utf-8"), max_size=30),
    st.lists(st.tuples(st.sampled_from(MARKS + EXOTIC), st.integers(1, 12)), max_size=8).map(
        lambda runs: "".join(char * times for char, times in runs)
    ),
)


@settings(max_examples=600, deadline=None)
@given(SOME)
def test_every_break_is_the_one_that_uniseg_finds(text: str) -> None:
    assert opportunities(text) == bytes(line_break_breakables(text))


@pytest.mark.parametrize(
    "text",
    [
        CHINESE * 5,
        "Use “quotes” (and brackets), e.g. 3.14, -1,000.5 or $5; see https://example.org/a-b?c=d%20e#f. " * 3,
        "def f(x: int) -> str:  # 注释\n    return f'{x!r}' if x >= 0 else '负数' * 2".replace("\n", " "),
        "——他说……“好。”（《论语·学而》）" * 4,
        "!?" * 30 + " " * 70 + "/" * 41 + "🇨🇳" * 21,
    ],
)
def test_breaks_of_real_texts_are_those_of_uniseg(text: str) -> None:
    assert opportunities(text) == bytes(line_break_breakables(text))


@settings(max_examples=400, deadline=None)
@given(SOME, st.integers(1, 30))
def test_lines_fit_lose_nothing_and_break_only_where_they_may(text: str, width: int) -> None:
    safe = str(shown(text)).replace("\t", " ")
    lines = wrap(safe, width)
    painted, may, place = [], breaks(safe), 0
    ends = set(grapheme_cluster_boundaries(safe)) | {0}
    for start, end in lines:
        assert not safe[place:start].strip(" \n")  # only spaces and the newline go
        painted.append(safe[start:end])
        at_break = start == 0 or safe[start - 1] == "\n" or may[start]
        if not at_break:  # cut, because nothing in the line before offers a break
            before = lines[lines.index((start, end)) - 1][0]
            there = [place for place in range(before + 1, start + 1) if may[place]]
            assert all(safe[before:place].isspace() for place in there)  # an indentation alone is no line
        assert start in ends
        place = end
    assert not safe[place:].strip(" \n")
    for line in painted:
        alone = len(list(grapheme_cluster_boundaries(line))) <= 2
        assert cell_len(line) <= width or alone


def test_a_line_is_full_before_a_latin_word_is_moved() -> None:
    """Breaking at spaces only would leave the first line at half its width."""
    assert broken("请解释 PyTorch 中的自动求导", 20) == ("请解释 PyTorch 中的", "自动求导")
    assert broken("    return a_long_name(x)", 40) == ("    return a_long_name(x)",)


@pytest.mark.parametrize("width", range(8, 60))
def test_marks_stand_where_chinese_sets_them(width: int) -> None:
    lines = broken(CHINESE + "加西亚·马尔克斯写道：《百年孤独》……共５０％，约３～５页", width)
    assert not any(line[0] in "，。：？）》”…％" + NEVER_FIRST for line in lines)
    assert not any(line[-1] in "（《“" for line in lines)
    assert max(map(cell_len, lines)) > width - 8  # lines are full, not broken at half width


def test_what_has_no_break_is_cut_where_the_line_is_full_but_not_within_a_cluster() -> None:
    assert broken("x" * 25, 10) == ("x" * 10, "x" * 10, "x" * 5)
    assert broken("a\u0301" * 9, 4) == ("a\u0301" * 4, "a\u0301" * 4, "a\u0301")
    family = "👨\u200d👩\u200d👧"
    assert broken(family * 3, 5) == (family * 2, family)
    assert broken("中", 1) == ("中",)
    assert broken("      " + "y" * 12, 10) == ("      yyyy", "y" * 8)


def test_ambiguous_characters_take_the_cell_they_are_painted_in() -> None:
    assert broken("…—“”·①α", 7) == ("…—“”·①α",)
    assert broken("①②③中", 4) == ("①②③", "中")


def test_tabs_go_to_the_next_fourth_cell_whatever_stands_before() -> None:
    assert untab("\ta\n中\tb\tc")[0] == "    a\n中  b   c"
    assert untab("a\tb")[1] == [0, 1, 4, 5]


HOSTILE = "看\x1b[2J\x1b]0;t\x07\u202ex\u202c[bold red]红[/]\u200b\u2028\u2029\x85\x0b\ue000\U000e0041\ufeff\u3164\ud7ff\x00\r\ud800"


def test_hostile_text_is_escaped_character_by_character() -> None:
    safe = shown(HOSTILE)
    assert safe == (
        r"看\x1b[2J\x1b]0;t\x07\u202ex\u202c[bold red]红[/]\u200b\u2028\u2029\x85\x0b\ue000\U000e0041\ufeff\u3164"
        r"\ud7ff\x00\x0d\ud800"
    )
    assert "".join(safe[a:b] for a, b in safe.escapes).count("\\") == 18
    assert shown(r"\x1b") == r"\x1b"
    assert shown(r"\x1b").escapes == ()  # the backslash of a program is not marked


@pytest.mark.parametrize(
    "text", ["👨\u200d👩\u200d👧", "☺\ufe0f", "1\ufe0f\u20e3", "葛\U000e0100", "می\u200cخواهم", "e\u0301", "👍🏽", "🏳\ufe0f\u200d🌈"]
)  # fmt: skip
def test_what_writing_needs_is_left_alone(text: str) -> None:
    assert shown(text) == text


def test_piled_up_marks_are_shown_from_the_ninth_on() -> None:
    assert shown("a" + "\u0301" * 10) == "a" + "\u0301" * 8 + r"\u0301\u0301"


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(), max_size=30))
def test_nothing_that_is_shown_hides_or_commands(text: str) -> None:
    safe = str(shown(text))
    assert not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp", "Co") for c in safe if c not in "\n\t")
    for place, char in enumerate(safe):
        if char not in "\n\t" and hidden(char):
            assert place > 0
            assert char in "\u200c\u200d\ufe0e\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"
    assert cell_len(safe) == sum(cell_len(line) for line in safe.split("\n"))


class Page(App[None]):
    def __init__(self, *passages: Passage) -> None:
        super().__init__()
        self.passages = passages

    def compose(self) -> ComposeResult:
        yield VerticalScroll(*self.passages)

    def painted(self) -> str:
        return "\n".join(strip.text.rstrip() for strip in self.screen._compositor.render_strips())


async def test_only_lines_in_sight_are_painted(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    real = Passage.render_line
    monkeypatch.setattr(Passage, "render_line", lambda self, y: asked.append(y) or real(self, y))
    app = Page(Passage(CHINESE * 2400), Passage("x" * 100_000))
    async with app.run_test(size=(60, 20)) as pilot:
        assert app.passages[0].size.height > 3000
        assert app.passages[1].size.height > 1700
        assert set(asked) <= set(range(20))
        app.query_one(VerticalScroll).scroll_to(y=2000, animate=False)
        await pilot.pause()
        assert max(asked) in range(2000, 2020)
        assert len(set(asked)) <= 60


async def test_hostile_text_reaches_the_terminal_as_text_only() -> None:
    app = Page(Passage(HOSTILE.replace("\n", "")))
    async with app.run_test(size=(140, 10)) as pilot:
        shown_now = app.painted()
        await pilot.click(Passage, offset=(40, 0))
    assert r"看\x1b[2J\x1b]0;t\x07\u202ex\u202c[bold red]红[/]\u200b" in shown_now
    assert not set("\x1b\x07\u202e\u200b\r") & set(shown_now)


async def test_marks_are_painted_on_what_they_mark_after_escapes_and_tabs() -> None:
    passage = Passage("\x1b\t旧词新词", [(2, 4, "passage--removed"), (4, 6, "passage--added")])
    app = Page(passage)
    async with app.run_test(size=(40, 5)):
        strip = passage.render_line(0)
        by_style = {s.text: s.style for s in strip if s.style}
        assert by_style["旧词"].strike
        assert by_style["新词"].underline
        assert by_style[r"\x1b"].reverse


async def test_a_mark_over_a_whole_line_is_painted_too() -> None:
    passage = Passage("头\n其余", [(0, 1, "passage--added")])
    async with Page(passage).run_test(size=(40, 20)):
        strips = [passage.render_line(0), passage.render_line(1)]
        assert [any(s.style and s.style.underline for s in strip) for strip in strips] == [True, False]


async def test_selected_text_is_copied_without_the_breaks_of_the_screen() -> None:
    passage = Passage(CHINESE)
    app = Page(passage)
    async with app.run_test(size=(30, 12)) as pilot:
        app.screen.selections = {passage: Selection(Offset(4, 0), Offset(4, 2))}
        await pilot.pause()
        lines = broken(CHINESE, passage.size.width)
        copied = app.screen.get_selected_text() or ""
        assert copied.strip() == CHINESE[4 : CHINESE.index(lines[2]) + 4]
        assert "\n" not in copied.strip()


@pytest.mark.parametrize(
    "text", ["/," * 50_000, " " * 100_000, "\u0301" * 100_000, "🇨" * 100_001, '."(' * 30_000]
)
def test_absurd_lines_end(text: str) -> None:
    lines = broken(text, 40)
    assert sum(map(len, lines)) <= 20 * len(text)
    assert all(cell_len(line) <= 40 for line in lines)
