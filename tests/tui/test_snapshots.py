"""Every screen as it looks at 80 by 24 and 120 by 36 cells; after a change that is meant: pytest --snapshot-update."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from textual.pilot import Pilot

import screens.sample
from curation.review.store import ReviewStore
from screens.app import Terminal
from screens.clerk import Clerk
from screens.keys import OwnKeys
from screens.sample import NAME, PROCESS, fill
from tests.tui.annotating import Clock, press, settle, write

SIZES = [(80, 24), (120, 36)]
# Screen -> the keys that lead there; a word of several characters that is no key's name is typed.
WAYS = {
    "training": (),
    "taught": ("a",),
    "item": (*("a", "enter") * 3,),
    "hints": (*("a", "enter") * 3, "slash", "再说吧", "enter", "enter", "a"),
    "reason": (*("a", "enter") * 3, "r", "年份不对"),
    "comments": (*("a", "enter") * 3, "c", "请看一下选项", "enter", "f", "enter"),
    "guidelines": (*("a", "enter") * 3, "g"),
    "queue": (*("a", "enter") * 3, "1", "s", "w"),
    "dashboard": (*("a", "enter") * 3, "a", "1", "b"),
    "search": (*("a", "enter") * 3, "slash", "判断"),
    "view": (*("a", "enter") * 3, "slash", "哺乳", "enter"),
    "help": ("f1",),
    "revision": (*("a", "enter") * 3, "w", "o", "enter"),
}
Snap = Callable[..., bool]


@pytest.fixture
def sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Terminal]]:
    """Opens the sample with a clock that always shows the same times."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    for module in ("item", "item_face"):
        monkeypatch.setattr(f"screens.{module}.time", SimpleNamespace(monotonic=lambda: 0.0))
    path, clock, clerks = str(tmp_path / "review.db"), Clock(), list[Clerk]()
    with ReviewStore.open(path, create=True, process=PROCESS, clock=clock) as store:
        fill(store)

    def opened(theme: str = "dark") -> Terminal:
        clerks.append(Clerk(ReviewStore.open(path, clock=clock), NAME))
        return Terminal(clerks[0], None, OwnKeys(theme=theme), tour=True)

    yield opened
    for clerk in clerks:
        clerk.close()
    monkeypatch.undo()
    time.tzset()


async def go(pilot: Pilot[Any], way: tuple[str, ...]) -> None:
    await settle(pilot)
    for step in way:
        if len(step) > 1 and not step.isascii():
            await write(pilot, step)
            await settle(pilot)
        else:
            await press(pilot, step)


@pytest.mark.parametrize("size", SIZES, ids=lambda s: f"{s[0]}x{s[1]}")
@pytest.mark.parametrize("name", WAYS)
def test_screen(
    name: str, size: tuple[int, int], sample: Callable[..., Terminal], snap_compare: Snap
) -> None:
    assert snap_compare(sample(), terminal_size=size, run_before=lambda pilot: go(pilot, WAYS[name]))


@pytest.mark.parametrize("name", ["item", "hints"])
def test_light(name: str, sample: Callable[..., Terminal], snap_compare: Snap) -> None:
    way = WAYS[name]
    assert snap_compare(sample("light"), terminal_size=(120, 36), run_before=lambda pilot: go(pilot, way))


def test_the_pictures_are_of_what_is_said() -> None:
    """A snapshot that was taken of the wrong screen would hold nothing."""
    folder = Path(__file__).parent / "__snapshots__" / "test_snapshots"
    words = {
        "hints": "near&#160;duplicate",
        "taught": "training",
        "queue": "what&#160;waits",
        "dashboard": "decided",
    }
    words |= {"search": "found", "view": "about", "help": "help:", "reason": "年份不对"}
    words |= {"comments": "flagged", "guidelines": "Approve"}
    for name, word in words.items():
        assert word in (folder / f"test_screen[{name}-120x36].svg").read_text(), name
    assert screens.sample.NAME in (folder / "test_screen[queue-80x24].svg").read_text()
