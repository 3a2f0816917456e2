"""The annotators' terminal: one instance at a time, one key a verdict, each on the disk before the screen says so.

Verdicts are one person's own and go to one file; several reviewers of one pool, and who may judge what, need a store.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

# Reporting all keys would swallow what an input method composes; Textual reads this when it is imported.
os.environ["TEXTUAL_DISABLE_KITTY_KEY"] = "1"

from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget
from textual.widgets import Footer, Static

from curation.decisions import OwnVerdicts
from curation.desk import Desk
from schemas.ability import Ability, doit_abilities, load_abilities
from schemas.cli import guarded
from schemas.errors import AbilitymixError, BadData, BadSpec, ExitCode
from schemas.forms.base import lettered
from schemas.instance import LETTERS, Instance
from schemas.jsonl import read_models
from schemas.terminal import one_line, visible

SAMPLE = Path(__file__).parent / "examples" / "sample_pool.jsonl"
WORDS = {True: "approved", False: "rejected", None: "no verdict"}

# Marks that may not begin a line, and marks that may not end one (GB/T 15834 and common use).
_NOT_FIRST = set("，。、；：？！）】》」』”’〉〕…—～·,.;:?!)]}%％‰")
_NOT_LAST = set("（【《「『“‘〈〔([{￥$＄")


class Passage(Widget):
    """Read-only text as it is: no markup, controls made visible, lines broken as Chinese is set."""

    DEFAULT_CSS = "Passage { height: auto; width: 1fr; }"

    def __init__(self, text: str = "", *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._text = ""
        self.show(text)

    def show(self, text: str) -> None:
        self._text = visible(text.expandtabs(4), keep="\n")
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(broken(self._text, width))

    def render(self) -> Content:
        return Content("\n".join(broken(self._text, self.content_size.width)))


@lru_cache(maxsize=256)
def broken(text: str, width: int) -> tuple[str, ...]:
    """`text` in lines of at most `width` cells: between Chinese characters or at spaces, marks where they belong."""
    out: list[str] = []
    for paragraph in text.split("\n"):
        rest = paragraph
        while cell_len(rest) > width > 3:
            end = _fits(rest, width)
            cut = next((i for i in range(end, 0, -1) if _may_break(rest[i - 1], rest[i])), end)
            out.append(rest[:cut].rstrip(" "))
            rest = rest[cut:].lstrip(" ")
        out.append(rest)
    return tuple(out)


def _fits(text: str, width: int) -> int:
    """How many characters fill at most `width` cells; one at least."""
    used = 0
    for i, char in enumerate(text):
        used += cell_len(char)
        if used > width:
            return max(1, i)
    return len(text)


def _may_break(before: str, after: str) -> bool:
    if after in _NOT_FIRST or before in _NOT_LAST:
        return False
    return " " in (before, after) or cell_len(before) == 2 or cell_len(after) == 2


class Review(App[None]):
    """One screen: the instance, its answer, what the ability's guidelines say, the keys."""

    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (96, "-wide")]
    CSS = """
    #place { height: 1; background: $primary; color: $text; text-style: bold; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    #body { height: 1fr; }
    #item { padding: 1 1 1 2; width: 1fr; scrollbar-size-vertical: 1; }
    #guide { width: 34; padding: 1 2; background: $panel; }
    .head { color: $text-muted; text-style: bold; height: 1; margin-top: 1; }
    #item > .head:first-child, #guide > .head:first-child { margin-top: 0; }
    .gold { color: $text-success; }
    .wrong { color: $text-muted; }
    #said { height: 1; padding: 0 1; background: $boost; text-wrap: nowrap; text-overflow: ellipsis; }
    .-narrow #body { layout: vertical; }
    .-narrow #guide { width: 100%; height: auto; max-height: 5; padding: 0 2; }
    """
    BINDINGS = [
        Binding("a", "judge(True)", "approve"),
        Binding("r", "judge(False)", "reject"),
        Binding("s", "skip", "skip"),
        Binding("u", "undo", "undo"),
        Binding("n", "move(1)", "next"),
        Binding("p", "move(-1)", "previous"),
        Binding("j,down", "scroll(1)", show=False),
        Binding("k,up", "scroll(-1)", show=False),
        Binding("space", "scroll(9)", show=False),
        Binding("q", "quit", "quit"),
    ]

    def __init__(
        self, desk: Desk, abilities: Mapping[str, Ability] | None = None, greeting: str = ""
    ) -> None:
        super().__init__()
        self._desk, self._abilities, self._greeting = desk, abilities or doit_abilities(), greeting

    def compose(self) -> ComposeResult:
        yield Static(id="place", markup=False)
        with Horizontal(id="body"):
            yield VerticalScroll(id="item", can_focus=False)
            yield VerticalScroll(id="guide", can_focus=False)
        yield Static(id="said", markup=False)
        yield Footer()

    async def on_mount(self) -> None:
        await self._show()
        self._say(self._greeting)

    async def action_judge(self, kept: bool) -> None:
        desk, number = self._desk, self._desk.place + 1
        if desk.verdict is kept:
            return self._say(f"{number} is already {WORDS[kept]}")
        if not self._durable(lambda: desk.verdicts.judge(desk.instance.id, kept)):
            return None
        desk.skip()
        await self._show()
        return self._say(f"{number} {WORDS[kept]}, saved{self._ending()}")

    async def action_undo(self) -> None:
        undone: list[bool] = []
        if not self._durable(lambda: undone.append(self._desk.undo())):
            return None
        if not undone[0]:
            return self._say("nothing to undo: none of your verdicts stands here")
        await self._show()
        return self._say(f"your verdict on {self._desk.place + 1} is withdrawn, saved")

    async def action_skip(self) -> None:
        number, moved = self._desk.place + 1, self._desk.skip()
        await self._show()
        self._say(
            f"{number} skipped, it will come again" if moved else "no other instance waits" + self._ending()
        )

    async def action_move(self, by: int) -> None:
        if self._desk.move(by):
            await self._show()
            self._say("")
        else:
            self._say("this is the last instance" if by > 0 else "this is the first instance")

    def action_scroll(self, lines: int) -> None:
        self.query_one("#item").scroll_relative(y=lines * 2, animate=False)

    def _durable(self, write: Callable[[], object]) -> bool:
        """Run what writes; on failure say so and stay where we are: nothing is acknowledged that is not kept."""
        try:
            write()
        except OSError as error:
            self._say(f"NOT SAVED: {error.strerror or error}; the verdict does not count, try again")
            self.bell()
            return False
        return True

    def _ending(self) -> str:
        count = len(self._desk.pool)
        return f"; all {count} are judged, q leaves" if self._desk.judged == count else ""

    def _say(self, text: str) -> None:
        self.query_one("#said", Static).update(one_line(text))

    async def _show(self) -> None:
        desk, instance = self._desk, self._desk.instance
        ability = self._abilities.get(instance.ability)
        title = " ".join(filter(None, (ability.title, ability.title_zh))) if ability else instance.ability
        place = [f"{desk.place + 1}/{len(desk.pool)}", WORDS[desk.verdict]]
        place += [f"{desk.judged} judged by {desk.verdicts.reviewer}", title, instance.form]
        self.query_one("#place", Static).update(one_line(" · ".join(place)))
        item, guide = self.query_one("#item", VerticalScroll), self.query_one("#guide", VerticalScroll)
        guidelines = ability.guidelines if ability else ""
        with self.batch_update():
            await item.remove_children()
            await item.mount(*_parts(instance))
            await guide.remove_children()
            await guide.mount(_head("guidelines"), Passage(guidelines or "There are none for this ability."))
        item.scroll_home(animate=False)


def _parts(instance: Instance) -> list[Widget]:
    """The instance from top to bottom. Options are taken out of the instruction's end, where forms render them."""
    heads = {"system": "system", "user": "instruction", "assistant": "earlier reply"}
    tail = "\n".join(["", *lettered(instance.choices)]) if instance.choices else ""
    parts: list[Widget] = []
    for message in instance.prompt:
        parts += [
            _head(heads[message.role]),
            Passage(message.content.removesuffix(tail) if tail else message.content),
        ]
    if instance.choices:
        parts.append(_head("options"))
        for letter, line in zip(LETTERS, lettered(instance.choices), strict=False):
            right = letter in instance.answer
            parts.append(Passage(f"{'✓' if right else ' '} {line}", classes="gold" if right else None))
    parts += [_head(f"gold answer{': ' if instance.answer else ''}{one_line(instance.answer, 40)}")]
    parts.append(Passage(instance.response, classes="gold"))
    for distractor in instance.distractors:
        parts.append(_head(f"distractor, {distractor.kind}-grained" if distractor.kind else "distractor"))
        parts.append(Passage(distractor.text, classes="wrong"))
    return parts


def _head(text: str) -> Static:
    return Static(text, classes="head", markup=False)


def read_pool(path: Path) -> list[Instance]:
    """Raises MissingFile, BadData with file and line, or BadData for an empty file."""
    pool = list(read_models(path, Instance))
    if not pool:
        raise BadData("there are no instances", where=str(path), do="name a JSON lines file of instances")
    return pool


def run(arguments: argparse.Namespace) -> int:
    greeting, path, decisions = "", arguments.pool, arguments.decisions
    if path is None:
        path = SAMPLE
        decisions = decisions or Path(tempfile.mkdtemp(prefix="abilitymix-")) / "decisions.jsonl"
        greeting = f"this is a sample; your verdicts go to {decisions}"
    name = arguments.name or ("you" if arguments.pool is None else "")
    if not name:
        raise BadSpec("who judges?", where="--as", do="give your name with --as NAME")
    if decisions is None:
        raise BadSpec("where do verdicts go?", where="--decisions", do="name a file with --decisions FILE")
    abilities = load_abilities(arguments.abilities) if arguments.abilities else None
    desk = Desk(read_pool(path), OwnVerdicts(decisions, name))
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise AbilitymixError("this needs a terminal", do="run it in one (over ssh: ssh -t)")
    Review(desk, abilities, greeting).run()
    kept = f"{desk.judged} of {len(desk.pool)} judged by {name}"
    print(f"{kept}; verdicts are in {visible(str(decisions))}", file=sys.stderr)
    return ExitCode.OK


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tui",
        description="Judge the instances of a pool, one key a verdict. Without arguments: a sample to try.",
        epilog="Example:\n  python -m tui pool/train.jsonl --as lin --decisions review/lin.jsonl",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("pool", nargs="?", type=Path, metavar="POOL.jsonl", help="JSON lines of instances")
    parser.add_argument("--as", dest="name", metavar="NAME", help="whose verdicts these are")
    parser.add_argument(
        "--decisions", type=Path, metavar="FILE", help="grows by one line a verdict; opened again to go on"
    )
    parser.add_argument(
        "--abilities", type=Path, metavar="FILE", help="your own abilities and guidelines, TOML"
    )
    arguments = parser.parse_args(argv)
    return guarded(lambda: run(arguments))


if __name__ == "__main__":
    sys.exit(main())
