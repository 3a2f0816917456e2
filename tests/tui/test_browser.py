"""The terminal in a real headless Chromium: a verdict by key, Chinese as an input method commits it, a process a visitor."""

from __future__ import annotations

import asyncio
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from curation.review.store import ReviewStore
from tests.tui.annotating import review

ROOT = Path(__file__).parents[2]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")]


class Tab:
    """One tab, driven over Chromium's own protocol."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket, self._sent = socket, 0
        self.requests: list[str] = []  # since `Network.enable`

    async def ask(self, method: str, **values: Any) -> Any:
        self._sent += 1
        await self._socket.send_json({"id": self._sent, "method": method, "params": values})
        while True:
            answer = await self._socket.receive_json()
            if answer.get("method") == "Network.requestWillBeSent":
                self.requests.append(answer["params"]["request"]["url"])
            if answer.get("id") == self._sent:
                return answer.get("result")

    async def press(self, key: str, text: str = "", code: int = 0) -> None:
        values = {"key": key, "text": text or key, "windowsVirtualKeyCode": code}
        await self.ask("Input.dispatchKeyEvent", type="keyDown", **values)
        await self.ask("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    async def click(self, x: int, y: int) -> None:
        for kind in ("mousePressed", "mouseReleased"):
            await self.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, ReviewStore]]:
    """The address of a terminal over a small review, and its store."""
    with review(tmp_path, 3) as (store, path):
        words = [sys.executable, "-m", "tui", "--db", path, "--as", "lin", "--serve", "--port", "0"]
        running = subprocess.Popen(words, cwd=ROOT, stderr=subprocess.PIPE, text=True)
        assert running.stderr is not None
        found = re.search(r"http://127\.0\.0\.1:\d+", running.stderr.readline())
        assert found is not None
        yield found[0], store
        running.send_signal(signal.SIGINT)
        assert running.wait(20) == 0


@pytest.fixture
def chromium(tmp_path: Path) -> Iterator[str]:
    """The address of a browser's protocol."""
    words = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0"]
    words += [f"--user-data-dir={tmp_path / 'profile'}", "--window-size=1200,800", "about:blank"]
    running = subprocess.Popen(words, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    port, give_up = tmp_path / "profile" / "DevToolsActivePort", time.monotonic() + 60
    while not (port.exists() and port.read_text().strip()) and time.monotonic() < give_up:
        time.sleep(0.1)
    yield f"http://127.0.0.1:{port.read_text().split()[0]}"
    running.terminate()
    running.wait(20)


async def until(true: Any) -> None:
    give_up = time.monotonic() + 60
    while not true():
        assert time.monotonic() < give_up
        await asyncio.sleep(0.1)


async def test_a_visitor_judges_and_comments_in_chinese(
    served: tuple[str, ReviewStore], chromium: str, tmp_path: Path
) -> None:
    address, store = served
    desk = store.desk("lin")
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{chromium}/json") as answer:
            page = next(tab for tab in await answer.json() if tab["type"] == "page")
        async with session.ws_connect(page["webSocketDebuggerUrl"], max_msg_size=0) as socket:
            tab = Tab(socket)
            await tab.ask("Network.enable")
            await tab.ask("Page.navigate", url=address)
            await until(lambda: len(desk.holding()) == 1)
            for _ in range(10):  # the page takes keys some time after its process has the item
                await tab.click(300, 400)
                await tab.press("Escape", "\x1b", 27)
                await asyncio.sleep(1)  # or the two would be one key, alt+c
                await tab.press("c")
                await asyncio.sleep(1)
                await tab.ask("Input.insertText", text="年份应写公元前")
                await asyncio.sleep(1)
                await tab.press("Enter", "\r", 13)
                await asyncio.sleep(1)
                if desk.comments(1):
                    break
            assert [c.text for c in desk.comments(1)] == ["年份应写公元前"]
            await tab.press("a")
            await until(lambda: desk.recent())
            assert [v.kept for v in desk.recent()] == [True]
            fonts = "document.fonts.check('16px \"Roboto Mono\"') && document.fonts.size"
            assert (await tab.ask("Runtime.evaluate", expression=fonts))["result"]["value"] == 2
            assert len(tab.requests) >= 4
            assert [url for url in tab.requests if not url.startswith((f"{address}/", "data:"))] == []
