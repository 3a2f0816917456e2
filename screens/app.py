"""The annotators' terminal: the shell around its screens, the way to the store, keys, themes, help, commands."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

from rich.cells import cell_len
from textual import events
from textual.app import App
from textual.screen import Screen

from schemas.ability import Ability, doit_abilities
from schemas.errors import AbilitymixError
from screens.binds import bindings, keys_of
from screens.clerk import Clerk
from screens.item import ItemScreen
from screens.keys import OwnKeys
from screens.shown import shown_line
from screens.tour import Tour

if TYPE_CHECKING:
    from textual.command import Provider

Answer = TypeVar("Answer")
AWAY = 60.0  # seconds without a key after which the lease is looked at again at the next one
DARK, LIGHT = "textual-dark", "textual-light"


def _commands() -> type[Provider]:
    from screens.palette import Commands  # not before somebody asks for it

    return Commands


class Terminal(App[None]):
    """Args: clerk: the way to the store; abilities: guidelines and titles; keys: a user's own; tour: whether to teach."""

    TITLE = "abilitymix"
    COMMANDS = {_commands}
    BINDINGS = bindings("everywhere")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (96, "-wide")]
    CSS = """
    .head { color: $text-muted; text-style: bold; }
    .quiet { color: $text-muted; }
    * { scrollbar-background: $foreground 8%; scrollbar-background-hover: $foreground 8%;
        scrollbar-background-active: $foreground 8%; scrollbar-color: $foreground 35%;
        scrollbar-color-hover: $foreground 50%; scrollbar-color-active: $accent; }
    """

    def __init__(
        self,
        clerk: Clerk,
        abilities: Mapping[str, Ability] | None = None,
        keys: OwnKeys | None = None,
        *,
        greeting: str = "",
        tour: bool = False,
    ) -> None:
        super().__init__()
        self.clerk, self.abilities, self.greeting = clerk, abilities or doit_abilities(), greeting
        self.keys = keys or OwnKeys()
        self.set_keymap(self.keys.keymap)
        self.theme = LIGHT if self.keys.theme == "light" else DARK
        self.tour = Tour(on=tour)
        self.active_at = time.monotonic()

    def get_default_screen(self) -> Screen[None]:
        return ItemScreen()

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, (events.Key, events.MouseDown, events.MouseScrollDown, events.Paste)):
            absent, self.active_at = time.monotonic() - self.active_at, time.monotonic()
            if absent > AWAY:
                self.item.back_again()
        await super().on_event(event)

    @property
    def item(self) -> ItemScreen:
        """The screen at the bottom of all."""
        return next(screen for screen in self.screen_stack if isinstance(screen, ItemScreen))

    def key_name(self, binding_id: str) -> str:
        """The key of an action as the annotator has mapped it."""
        return keys_of(binding_id, dict(self.keys.keymap))

    def title_of(self, ability: str, cells: int = 60) -> str:
        """`STEM: Biology 理科：生物`, or the name of an ability that nobody described.

        Args: cells: room for it; the second title is left away where there is none for both.
        """
        known = self.abilities.get(ability)
        if known is None:
            return ability
        both = " ".join(filter(None, (known.title, known.title_zh)))
        return shown_line(both if cell_len(both) <= cells else known.title, 60)

    async def ask(
        self, call: Callable[[], Answer], said: Callable[[str, bool], object]
    ) -> tuple[Answer | None, bool]:
        """(answer, whether there is one). A refusal goes to `said`; the screen stays as it is."""
        try:
            return await self.clerk.ask(call), True
        except AbilitymixError as error:
            said(shown_line(error.line()), True)
            return None, False

    def background(self, work: Awaitable[object], group: str = "store", exclusive: bool = False) -> None:
        """Let something wait for the store while the screen goes on."""
        self.run_worker(work, group=group, exclusive=exclusive)

    def action_help(self) -> None:
        from screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self.screen))

    def action_light_or_dark(self) -> None:
        self.theme = LIGHT if self.theme == DARK else DARK
