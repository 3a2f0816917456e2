"""The one screen: an instance, its answer, what the ability's guidelines say, the keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.widget import Widget
from textual.widgets import Footer, Static

from curation.desk import Desk
from schemas.ability import Ability, doit_abilities
from schemas.forms.base import lettered
from schemas.instance import LETTERS, Instance
from schemas.terminal import one_line
from screens.passage import Passage

WORDS = {True: "approved", False: "rejected", None: "no verdict"}


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
