"""What the text panes of the terminal cost: breaking lines, painting, scrolling, typing, comparing.

    python benchmarks/panes.py

Line breaking is measured beside `uniseg` on the whole text, in turns in one process; a text is broken for the first
time (nothing remembered but the classes of characters) and again. Painting is the compositor's work for one screen of
100 by 40 cells, without a terminal. Medians of `--rounds`.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from uniseg.linebreak import line_break_breakables

from screens import linebreak
from screens.diff import differences
from screens.editor import Editor
from screens.passage import Passage
from screens.shown import shown

SENTENCES = [
    "请解释 PyTorch 中的（自动求导）机制，并举例说明：梯度是怎样累积的？",
    "“反向传播”又是什么……它和《微积分》里的链式法则有什么关系——请写出 3.14 × 2 的结果。",
    "def f(x: int) -> int: return x**2 if x >= 0 else -x  # 注释",
    "秦始皇统一六国后，推行了统一的文字、货币和度量衡；汉朝（公元前202年）沿用了这些制度。",
]


def text_of(length: int, seed: int) -> str:
    draw = random.Random(seed)
    out = ""
    while len(out) < length:
        out += draw.choice(SENTENCES) + draw.choice(["", "\n", " "])
    return out[:length]


def median(call: Callable[[int], object], rounds: int) -> float:
    """Milliseconds."""
    taken = []
    for number in range(rounds):
        begun = time.perf_counter()
        call(number)
        taken.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken)


def breaking(rounds: int) -> None:
    print("lines, ms".ljust(14), *(h.rjust(14) for h in ("uniseg", "first", "again", "made visible")))
    for length in (600, 20_000, 100_000):
        texts = [text_of(length, seed) for seed in range(rounds)]
        flat = [text.replace("\n", " ") for text in texts]
        few = rounds if length < 1000 else 1
        uniseg = median(lambda n, flat=flat: list(line_break_breakables(flat[n])), few)  # type: ignore[misc]
        linebreak.wrap.cache_clear()
        linebreak._judge_short.cache_clear()
        first = median(lambda n, texts=texts: linebreak.wrap(texts[n], 80), rounds)  # type: ignore[misc]
        again = median(lambda n, texts=texts: linebreak.wrap(texts[n], 80), rounds)  # type: ignore[misc]
        seen = median(lambda n, texts=texts: shown(texts[n] + "\x1b"), rounds)  # type: ignore[misc]
        print(str(length).ljust(14), *(f"{value:14.3f}" for value in (uniseg, first, again, seen)))


class Page(App[None]):
    def compose(self) -> ComposeResult:
        with VerticalScroll():
            yield Passage("")
        yield Editor("")


async def painting(rounds: int) -> None:
    app = Page()
    async with app.run_test(size=(100, 40)) as pilot:
        passage, editor = app.query_one(Passage), app.query_one(Editor)
        scroll = app.query_one(VerticalScroll)
        print()
        print(
            "screens, ms".ljust(14),
            *(h.rjust(14) for h in ("next text", "p99", "a page down", "a key typed")),
        )
        for length in (600, 20_000, 100_000):
            editor.load_text(text_of(length, 0))
            await pilot.pause()

            def paint() -> None:
                app.screen._refresh_layout(app.size)
                app.screen._compositor.render_strips()

            def following(number: int, length: int = length) -> None:
                passage.show(text_of(length, number + 1000))
                paint()

            def page(number: int) -> None:
                scroll.scroll_to(y=(number * 30) % max(1, int(scroll.max_scroll_y)), animate=False)
                paint()

            def key(number: int) -> None:
                editor.insert("字", editor.document.end)
                paint()

            texts = []
            for number in range(max(rounds, 100 if length < 1000 else rounds)):
                begun = time.perf_counter()
                following(number)
                texts.append((time.perf_counter() - begun) * 1000)
            worst = statistics.quantiles(texts, n=100)[98] if len(texts) >= 100 else max(texts)
            values = (statistics.median(texts), worst, median(page, rounds), median(key, rounds))
            print(str(length).ljust(14), *(f"{value:14.3f}" for value in values))


def comparing(rounds: int) -> None:
    print()
    print("difference, ms".ljust(14), *(h.rjust(14) for h in ("one edit", "2% changed", "rewritten")))
    for length in (600, 2000, 20_000):
        old = text_of(length, 1)

        def one(number: int, old: str = old, length: int = length) -> object:
            return differences(old, old[: length // 2] + f"改{number}" + old[length // 2 + 1 :])

        def scattered(number: int, old: str = old, length: int = length) -> object:
            new, draw = list(old), random.Random(number)
            for _ in range(length // 50):
                new[draw.randrange(length)] = "改"
            return differences(old, "".join(new))

        values = (
            median(one, rounds),
            median(scattered, rounds),
            median(lambda n, old=old, length=length: differences(old, text_of(length, n + 2)), rounds),  # type: ignore[misc]
        )
        print(str(length).ljust(14), *(f"{value:14.3f}" for value in values))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    breaking(rounds)
    asyncio.run(painting(rounds))
    comparing(rounds)


if __name__ == "__main__":
    main()
