"""Commands by name, in the field's words and in Chinese: all that the keys do, and some things without a key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

from screens.binds import key_of, printed
from screens.shown import shown_line

if TYPE_CHECKING:
    from screens.app import Terminal

Command = tuple[str, str, Callable[[], object]]  # name, help, what it does


class Commands(Provider):
    """What the keys of the screen do, and: work on one ability, work on all."""

    async def discover(self) -> Hits:
        for name, about, act in self._commands():
            yield DiscoveryHit(name, act, help=about)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for name, about, act in self._commands():
            score = matcher.match(name)
            if score > 0:
                yield Hit(score, matcher.highlight(name), act, help=about)

    def _commands(self) -> Iterator[Command]:
        terminal = cast("Terminal", self.app)
        seen = set()
        for active in self.screen.active_bindings.values():
            binding = active.binding
            known = key_of(binding.id or "")
            if (
                known is None
                or not active.enabled
                or binding.id in seen
                or binding.id == "everywhere.palette"
            ):
                continue
            seen.add(binding.id)
            name = f"{known.word} {known.zh}  ({printed(binding.key)})"
            yield name, known.about, partial(self.app.simulate_key, binding.key)
        from screens.item import ItemScreen

        item = self.screen
        if isinstance(item, ItemScreen):
            yield (
                "work on all abilities 全部能力",
                "Every ability that is assigned to you.",
                partial(item.choose, None, None),
            )
            for ability in terminal.clerk.abilities:
                title = shown_line(terminal.title_of(ability), 60)
                about = "Only instances of this ability come, until you choose others."
                yield f"work on {title} 只做这一项", about, partial(item.choose, None, (ability,))
