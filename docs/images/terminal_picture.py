"""Pictures of the terminal's screens over the sample: python docs/images/terminal_picture.py [NAME...]

The screens are the real ones, led to by keys; the clock shows a working morning and goes on by some seconds at every key.
Characters stand in cells as in a terminal, Chinese ones in two; blocks and lines are drawn, so that they meet. Needs
chromium, DejaVu Sans Mono and Noto Sans Mono CJK SC.
"""

from __future__ import annotations

import asyncio
import html
import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

os.environ["TZ"] = "Asia/Shanghai"
time.tzset()
sys.path.insert(0, str(Path(__file__).parents[2]))

from rich.cells import cell_len  # noqa: E402
from rich.color import Color  # noqa: E402
from rich.style import Style  # noqa: E402
from rich.terminal_theme import DEFAULT_TERMINAL_THEME  # noqa: E402
from textual import events  # noqa: E402
from textual.strip import Strip  # noqa: E402
from uniseg.graphemecluster import grapheme_clusters  # noqa: E402

import screens.app  # noqa: E402
import screens.item  # noqa: E402
import screens.item_face  # noqa: E402
from curation.review.desk import Desk  # noqa: E402
from curation.review.store import ReviewStore  # noqa: E402
from schemas.instance import Instance, Message  # noqa: E402
from schemas.jsonl import read_jsonl  # noqa: E402
from screens.app import Terminal  # noqa: E402
from screens.clerk import Clerk  # noqa: E402
from screens.sample import FIRST, NAME, PROCESS, SECOND, fill  # noqa: E402
from screens.sample import FOLDER as SAMPLE  # noqa: E402

FOLDER = Path(__file__).parent
HIGH, WIDE, EDGE = 22, 10, 12  # a cell and the frame around all of them, pixels
MORNING = 1_773_798_000.0  # 2026-03-18 09:40 in China
DAY = 86_400.0
KEY = 16.0  # seconds from one key to the next
TRAINED = ("a", "enter", "1", "enter", "a", "enter")
MENDED = "2 小时 30 分=2.5 小时。\n120×2.5=300（千米）。\n答案：300"
TOLD = "这是三千多年前的人煮肉和祭祀用的鼎。三只脚像三脚凳，站得最稳，脚中间还好生火。"
# Name -> (columns, rows, keys). `/` looks for a text, `+` writes it where the cursor is, `=` in place of what is there,
# and `…` is the colleague who is quicker.
PICTURES: dict[str, tuple[int, int, tuple[str, ...]]] = {
    "item": (100, 31, (*TRAINED, "a", "a", "1", "a", "/再说吧", "enter", "enter", "2")),
    "narrow": (80, 24, (*TRAINED, "a", "1", "/讲道理", "enter", "enter")),
    "queue": (110, 30, (*TRAINED, "a", "1", "a", "a", "s", "f", "enter", "a", "w")),
    "dashboard": (120, 37, (*TRAINED, *"aaa1aaaaa", "b")),
    "search": (100, 20, (*TRAINED, "a", "1", "a", "/下列")),
    "help": (100, 36, (*TRAINED, "a", "f1")),
    "revise": (120, 30, (*TRAINED, "/运输氧气", "enter", "enter", "e", "end", "+哪一种成分？", "tab", "f3", *["tab"] * 2, "f5", "+白蛋白")),
    "distractors": (
        120, 30, (*TRAINED, "/青铜鼎", "enter", "enter", "e", *["tab"] * 2, f"={TOLD}", "f4", "f3", *["right"] * 3,
        "delete", "+百", "tab", "=图书馆每天早上九点开门，周一闭馆整理；借书要先办一张证，带上学生证就行。", "f5", "+站得最稳"),
    ),
    "conflict": (110, 26, (*TRAINED, "/火车每小时", "enter", "enter", "e", "tab", "=300", "tab", f"={MENDED}", "…", "ctrl+s")),
}  # fmt: skip


class Clock:
    """Goes on when it is told to, and a little at every look. `monotonic` is of the same time."""

    def __init__(self) -> None:
        self.time = MORNING - DAY

    def __call__(self) -> float:
        self.time += 0.9
        return self.time

    def monotonic(self) -> float:
        return self.time


async def shot(path: str, size: tuple[int, int], keys: tuple[str, ...], clock: Clock) -> list[Strip]:
    """The lines of a screen, after these keys in the sample."""
    clerk = Clerk(ReviewStore.open(path, clock=clock), NAME)
    terminal = Terminal(clerk, tour=False)
    try:
        async with terminal.run_test(size=size) as pilot:

            async def settle() -> None:
                for _ in range(4):
                    await pilot.pause()
                    await terminal.workers.wait_for_complete()
                while terminal.item._busy:
                    await pilot.pause(0.01)
                await pilot.pause(0.1)

            async def write(text: str) -> None:
                assert terminal.focused is not None
                terminal.focused.post_message(events.Paste(text))
                await settle()

            await settle()
            for key in keys:
                clock.time += KEY
                if key.startswith("/"):
                    await pilot.press("slash")
                    await settle()
                    await write(key[1:])
                elif key[0] in "+=" and len(key) > 1:
                    await pilot.press(*["f7"] * (key[0] == "="))
                    await write(key[1:])
                elif key == "…":
                    clock.time += 60 * (PROCESS.lease_minutes + 1)
                    quicker(clerk.store.desk(FIRST))
                else:
                    await pilot.press(key)
                await settle()
            return list(terminal.screen._compositor.render_strips())
    finally:
        clerk.close()


def quicker(desk: Desk) -> None:
    """A colleague mends the same item in the meantime."""
    wanted = next(r["id"] for _, r in read_jsonl(SAMPLE / "pool.jsonl") if "火车" in str(r["messages"]))
    work = desk.take(str(wanted), "revise")
    assert work is not None
    old = work.content
    assert isinstance(old, Instance)
    said = "2 小时 30 分就是 2.5 小时。\n120×2.5=300（千米）。\n答案：300"
    fields = old.model_dump(exclude={"id", "messages", "answer", "parents"})
    messages = (*old.prompt, Message(role="assistant", content=said))
    desk.revise(work, Instance(**fields, messages=messages, answer="300", parents=(old.id,)))


# A picture of the lines


def colours(style: Style | None, page: str) -> tuple[str, str]:
    """(of the text, behind it)."""

    def named(colour: Color | None, foreground: bool) -> str | None:
        if colour is None or colour.is_default:
            return None
        return colour.get_truecolor(DEFAULT_TERMINAL_THEME, foreground).hex

    style = style or Style()
    front, back = named(style.color, True) or "#e0e0e0", named(style.bgcolor, False) or page
    if style.reverse:
        front, back = back, front
    if style.dim:
        pairs = zip(bytes.fromhex(front[1:]), bytes.fromhex(back[1:]), strict=True)
        front = "#" + bytes((2 * a + b) // 3 for a, b in pairs).hex()
    return front, back


def drawn(char: str, x: float, y: float, colour: str) -> str | None:
    """A block or a line as a shape that fills its cell; None for what a font has to paint."""

    def box(left: float, top: float, width: float, height: float, opacity: float = 1) -> str:
        where = f'x="{x + left * WIDE:.2f}" y="{y + top * HIGH:.2f}" width="{width * WIDE:.2f}" height="{height * HIGH:.2f}"'
        return f'<rect {where} fill="{colour}" opacity="{opacity}"/>'

    code = ord(char)
    if 0x2581 <= code <= 0x2588:
        part = (code - 0x2580) / 8
        return box(0, 1 - part, 1, part)
    if 0x2589 <= code <= 0x258F:
        return box(0, 0, (0x2590 - code) / 8, 1)
    blocks = {"▀": (0, 0, 1, 0.5), "▐": (0.5, 0, 0.5, 1), "▔": (0, 0, 1, 1 / 8), "▕": (7 / 8, 0, 1 / 8, 1)}
    if char in blocks:
        return box(*blocks[char])
    if char in "░▒▓":
        return box(0, 0, 1, 1, 0.25 * (1 + "░▒▓".index(char)))
    middle, centre, right, bottom = x + WIDE / 2, y + HIGH / 2, x + WIDE, y + HIGH
    ways = {
        "─": f"M{x} {centre}H{right}", "━": f"M{x} {centre}H{right}", "│": f"M{middle} {y}V{bottom}", "┃": f"M{middle} {y}V{bottom}",
        "╭": f"M{middle} {bottom}Q{middle} {centre} {right} {centre}", "╮": f"M{middle} {bottom}Q{middle} {centre} {x} {centre}",
        "╰": f"M{middle} {y}Q{middle} {centre} {right} {centre}", "╯": f"M{middle} {y}Q{middle} {centre} {x} {centre}",
    }  # fmt: skip
    if char in ways:
        return f'<path d="{ways[char]}" stroke="{colour}" stroke-width="{3 if char in "━┃" else 1.4}" fill="none"/>'
    return None


def in_cells(lines: list[Strip], page: str = "#121212") -> Iterator[str]:
    """The parts of an SVG: what is behind the text first."""
    wide = max(line.cell_length for line in lines) * WIDE + 2 * EDGE
    high = len(lines) * HIGH + 2 * EDGE
    yield f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" shape-rendering="crispEdges">'
    yield "<style>text{font-family:'DejaVu Sans Mono','Noto Sans Mono CJK SC',monospace;white-space:pre}</style>"
    yield f'<rect width="{wide}" height="{high}" rx="8" fill="{page}"/>'
    texts: list[str] = []
    for row, line in enumerate(lines):
        column, y = 0, EDGE + row * HIGH
        for segment in line:
            front, back = colours(segment.style, page)
            x, cells = EDGE + column * WIDE, cell_len(segment.text)
            if back != page:
                yield f'<rect x="{x}" y="{y}" width="{cells * WIDE}" height="{HIGH}" fill="{back}"/>'
            texts += painted(segment.text, x, y, front, segment.style or Style())
            column += cells
    yield from texts
    yield "</svg>"


def painted(text: str, x: float, y: float, colour: str, style: Style) -> Iterator[str]:
    """One run of text: each character where its cells are."""
    weight = ' font-weight="bold"' if style.bold else ""
    weight += ' font-style="italic"' if style.italic else ""
    start = x
    for wide, run in itertools.groupby(grapheme_clusters(text), key=lambda c: cell_len(c) > 1):
        kept = []
        for cluster in run:
            if len(cluster) == 1 and (shape := drawn(cluster, x, y, colour)):
                yield shape
            elif cluster.strip():
                kept.append((x, cluster))
            x += WIDE * cell_len(cluster)
        # A Chinese character fills the two cells that it has; its font is made for that.
        size = 1.92 * WIDE if wide else WIDE / 0.602
        family = " font-family=\"'Noto Sans Mono CJK SC'\"" if wide else ""
        shift = 0.04 * WIDE if wide else 0
        for at, cluster in kept:
            down = HIGH * (0.8 if wide else 0.75)
            yield (
                f'<text x="{at + shift:g}" y="{y + down:.1f}" font-size="{size:.2f}" fill="{colour}"{weight}{family}>'
                f"{html.escape(cluster)}</text>"
            )
    for has, at in ((style.underline, 0.93), (style.strike, 0.55)):
        if has and text.strip():
            yield f'<rect x="{start:g}" y="{y + HIGH * at:.1f}" width="{x - start:g}" height="1.4" fill="{colour}"/>'


def picture(lines: list[Strip], out: Path) -> None:
    wide = max(line.cell_length for line in lines) * WIDE + 2 * EDGE
    high = len(lines) * HIGH + 2 * EDGE
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        svg = "\n".join(in_cells(lines))
        page.write_text(f'<meta charset="utf-8"><body style="margin:0">{svg}', encoding="utf-8")
        words = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={folder}/user",
                 "--force-device-scale-factor=1.5", "--default-background-color=00000000", f"--window-size={wide},{high}",
                 f"--screenshot={out.resolve()}", page.as_uri()]  # fmt: skip
        subprocess.run(words, check=True, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def main(names: list[str]) -> None:
    unknown: list[Any] = [name for name in names if name not in PICTURES]
    if unknown:
        raise SystemExit(f"there is no picture {unknown[0]}; known: {', '.join(PICTURES)}")
    for name in names or PICTURES:
        columns, rows, keys = PICTURES[name]
        clock = Clock()
        for module in (screens.app, screens.item, screens.item_face):
            module.time = SimpleNamespace(monotonic=clock.monotonic)  # type: ignore[attr-defined]
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "review.db")
            with ReviewStore.open(path, create=True, process=PROCESS, clock=clock) as store:
                fill(store)
                for colleague in (FIRST, SECOND):  # the answer is wrong, so that there is one to mend
                    wrong = next(
                        r["id"]
                        for _, r in read_jsonl(SAMPLE / "pool.jsonl")
                        if "运输氧气" in str(r["messages"])
                    )
                    desk = store.desk(colleague)
                    work = desk.take(str(wrong), "filter")
                    assert work is not None
                    desk.judge(work, False, "incorrect", 31.0, then_next=False)
            clock.time = MORNING
            lines = asyncio.run(shot(path, (columns, rows), keys, clock))
        out = FOLDER / f"terminal-{name}.png"
        picture(lines, out)
        print(out)


if __name__ == "__main__":
    main(sys.argv[1:])
