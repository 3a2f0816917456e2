"""How the editing screens look, at the sizes that terminals have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from curation.review.drafting import Draft
from schemas.ability import doit_abilities
from schemas.instance import Instance
from screens.conflict import ConflictScreen
from screens.distractors import DistractorScreen
from screens.reason import ReasonScreen
from screens.revise import ReviseScreen
from tests.tui.editing import CHOICE, GOOD, OPEN, SEVERAL, TRUTH, UNANSWERED, Stage, instance

SIZES = [(80, 24), (120, 40)]
WITH = Instance(**OPEN.model_dump(exclude={"id", "distractors"}), distractors=GOOD)
HOSTILE = instance("open", "看\x1b[2J\u202e[bold]红[/]\u200b", "好\t的", ability="role_play")
MINE = Draft.of(CHOICE).with_prompt(0, "植物在白天主要吸收的气体是").build()
THEIRS = Draft.of(CHOICE).rename_option(3, "水蒸气").build()
SCREENS: dict[str, tuple[Callable[[], Any], list[str]]] = {
    "choice": (lambda: ReviseScreen(CHOICE, doit_abilities()["biology"]), ["end", "呢", "tab", "tab", "f5", "水", "f3"]),
    "several": (lambda: ReviseScreen(SEVERAL), ["tab", "f8"]),
    "truth": (lambda: ReviseScreen(TRUTH), ["f3"]),
    "candidate": (lambda: ReviseScreen(UNANSWERED, doit_abilities()["math"]), ["tab", "3", "6"]),
    "hostile": (lambda: ReviseScreen(HOSTILE), ["x"]),
    "distractors": (lambda: DistractorScreen(Draft.of(OPEN)), ["f3", *["right"] * 5, "delete", "9", "tab", "肉"]),
    "kept": (lambda: DistractorScreen(Draft.of(WITH)), []),
    "conflict": (lambda: ConflictScreen(MINE, THEIRS, "wang"), []),
    "reason": (lambda: ReasonScreen("Why can this item not be mended?"), ["错"]),
}  # fmt: skip


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", SCREENS)
def test_it_looks_as_it_did(name: str, size: tuple[int, int], snap_compare: Any) -> None:
    screen, keys = SCREENS[name]
    assert snap_compare(Stage(screen()), press=keys, terminal_size=size)
