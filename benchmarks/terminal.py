"""How fast the annotators' terminal is, in a real pseudo-terminal: python benchmarks/terminal.py [--items N] [--verdicts N]

Cold start: from the start of the process until the first item is painted, against an empty Textual app, interleaved.
Key to paint: from the key event in the app until the screen has written the next item to the terminal, the durable
commit of the verdict included. Both are taken inside the program where the compositor writes, not from the outside.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import pty
import select
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
EMPTY = """
import os, sys, time
from textual.app import App
class Empty(App):
    def _display(self, screen, renderable):
        super()._display(screen, renderable)
        if renderable is not None and not getattr(self, "told", False):
            self.told = True
            open(os.environ["TOLD"], "a").write(f"{time.time()}\\n")
            self.set_timer(0.05, self.exit)
Empty().run()
"""
# The real program, with a clock at the two ends: the key as it comes in, the paint of another item as it goes out.
WATCHED = """
import os, sys, time
import screens
told, wanted = os.environ["TOLD"], int(os.environ["VERDICTS"])
import textual.app as ta
state = {"key": None, "done": 0, "item": None, "out": open(told, "a")}
display, on_event = ta.App._display, ta.App.on_event
def watched(self, screen, renderable):
    display(self, screen, renderable)
    now, face = time.time(), getattr(screen, "_face", None)
    work = face.work if face is not None else None
    if renderable is None or work is None or work.slot == state["item"] or self._batch_count:
        return
    # Only a paint that has the beginning of the new item in it counts.
    lines = "".join(strip.text for strip in screen._compositor.render_strips()[2:8])
    if work.content.messages[0].content[:6] not in lines:
        return
    state["item"] = work.slot
    state["out"].write(f"{now - state['key'] if state['key'] else now}\\n")
    state["out"].flush()
    state["done"] += 1
    if state["done"] > wanted:
        self.set_timer(0.05, self.exit)
async def timed(self, event):
    if type(event).__name__ == "Key":
        state["key"] = time.time()
    await on_event(self, event)
ta.App._display, ta.App.on_event = watched, timed
import tui  # its own way in: what it does about the garbage collector is part of what is measured
tui.main(["--db", os.environ["STORE"], "--as", "lin"])
"""


def make_store(path: Path, items: int) -> None:
    """A store of many items of all sizes, with one annotator."""
    from curation.review.load import load
    from curation.review.store import ReviewStore
    from schemas.instance import Instance
    from schemas.jsonl import read_models

    kinds = list(read_models(ROOT / "examples" / "sample_pool.jsonl", Instance))
    with tempfile.TemporaryDirectory() as folder:
        pool = Path(folder) / "pool.jsonl"
        with pool.open("wb") as out:
            for n in range(items):
                row = kinds[n % len(kinds)].row()
                row.pop("id")
                first = row["messages"][0]
                row["messages"] = [
                    {**first, "content": f"（第{n}题）" + first["content"]},
                    *row["messages"][1:],
                ]
                out.write(Instance.model_validate(row).line() + b"\n")
        with ReviewStore.open(str(path), create=True) as store:
            load(store, [pool], workers=2)
            store.enrol("lin")


def in_terminal(code: str, keys: bytes, settings: dict[str, str]) -> tuple[float, list[float]]:
    """Run a program in a terminal of 120 by 36 cells: (when it began, the lines that it told).

    Args: keys: sent one by one, each after the answer to the one before has been told.
    """
    with tempfile.NamedTemporaryFile() as told:
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
        env = {
            **os.environ,
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "TOLD": told.name,
            **settings,
        }
        for name in ("COLUMNS", "LINES"):
            env.pop(name, None)
        began = time.time()
        child = subprocess.Popen([sys.executable, "-c", code], stdin=slave, stdout=slave, stderr=slave, cwd=ROOT, env=env, start_new_session=True)  # fmt: skip
        os.close(slave)
        sent, heard, shown, give_up = 0, 0, b"", time.time() + 120
        while child.poll() is None and time.time() < give_up:
            if select.select([master], [], [], 0.002)[0]:
                try:
                    shown = (shown + os.read(master, 1 << 16))[-4000:]
                except OSError:
                    break
            lines = Path(told.name).read_bytes().count(b"\n")
            if lines > heard:
                heard = lines
                if sent < len(keys):
                    time.sleep(0.03)  # nobody judges faster; the paint is through
                    os.write(master, keys[sent : sent + 1])
                    sent += 1
        try:
            child.wait(max(1, min(10, give_up - time.time())))
        except subprocess.TimeoutExpired:
            child.kill()
            raise SystemExit(
                f"it stands still after {heard} answers; the terminal's last output: {shown!r}"
            ) from None
        os.close(master)
        numbers = [float(line) for line in Path(told.name).read_text().split()]
        if not numbers:
            raise SystemExit(f"it did not start; its last output: {shown!r}")
        return began, numbers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--verdicts", type=int, default=300)
    parser.add_argument("--starts", type=int, default=9)
    parser.add_argument(
        "--store", type=Path, help="made there if it is not there yet; default: a temporary one"
    )
    arguments = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    with tempfile.TemporaryDirectory() as folder:
        store = arguments.store or Path(folder) / "review.db"
        if not store.exists():
            make_store(store, arguments.items)
        values = {"STORE": str(store), "VERDICTS": "0"}
        empty, ours = [], []
        for _ in range(arguments.starts):
            for code, times in ((EMPTY, empty), (WATCHED, ours)):
                began, told = in_terminal(code, b"", values)
                times.append(told[0] - began)
        keys = (b"aa1a2a" * (arguments.verdicts // 6 + 1))[: arguments.verdicts]
        _, told = in_terminal(WATCHED, keys, {**values, "VERDICTS": str(arguments.verdicts)})
        waits = sorted(told[1:])
        at = {q: waits[min(len(waits) - 1, int(q * len(waits)))] for q in (0.5, 0.95, 0.99)}
        print(f"items in the store                {arguments.items:>12,}")
        print(
            f"empty Textual app, first paint    {statistics.median(empty):>10.2f} s (median of {len(empty)})"
        )
        print(f"first item painted                {statistics.median(ours):>10.2f} s")
        print(
            f"difference                        {statistics.median(ours) - statistics.median(empty):>10.2f} s (held to 0.6)"
        )
        for q, wait in at.items():
            print(f"key to painted next item, p{q * 100:<7.0f} {wait * 1000:>9.1f} ms of {len(waits)}")
        print(f"                          slowest {waits[-1] * 1000:>10.1f} ms (p99 held to 50)")
        print(json.dumps({"empty": empty, "ours": ours}), file=sys.stderr)


if __name__ == "__main__":
    main()
