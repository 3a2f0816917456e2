"""What the tests of the editing screens share."""

from __future__ import annotations

from typing import Any

from textual.app import App
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Static

from schemas.forms import FORMS
from schemas.instance import Candidate, Distractor, Instance, Message, Source

SOURCE = Source(name="s", row="1")


def instance(
    form: str, question: str, response: str, *, choices: tuple[str, ...] = (), answer: str = "", **fields: Any
) -> Instance:
    content = FORMS[form].render(question, choices)
    values: dict[str, Any] = {
        "ability": "biology",
        "form": form,
        "choices": choices,
        "answer": answer,
        "source": SOURCE,
    }
    messages = (Message(role="user", content=content), Message(role="assistant", content=response))
    return Instance(messages=messages, **(values | fields))


CHOICE = instance(
    "choice",
    "植物进行光合作用时，主要吸收的气体是",
    "B",
    choices=("氧气", "二氧化碳", "氮气", "氢气"),
    answer="B",
)
SEVERAL = instance(
    "several_choice", "下列哪些是行星", "AC", choices=("火星", "月亮", "木星"), answer="AC", ability="history"
)
TRUTH = instance("true_false", "判断：秦始皇统一了文字。", "对", answer="对", ability="history")
OPEN = instance(
    "open",
    "请用一句话介绍长江的长度和发源地，并说出它的“支流”（至少三条）。",
    "长江全长约6300公里，发源于青藏高原的唐古拉山脉，支流有汉江、嘉陵江、岷江。",
    ability="creative_writing",
)
GOOD = (
    Distractor(kind="fine", text=OPEN.response.replace("6300", "3600")),
    Distractor(kind="coarse", text="做红烧肉要先把五花肉焯水，再用冰糖炒出糖色，小火慢炖四十分钟。"),
)
UNANSWERED = Candidate(
    ability="math",
    form="worked_answer",
    messages=(Message(role="user", content="三箱苹果，每箱十二个，一共多少个？"),),
    source=SOURCE,
)
NOTHING = object()


class Stage(App[None]):
    """An app with one screen on it, which remembers what that screen answered."""

    def __init__(self, screen: Screen[Any]) -> None:
        super().__init__()
        self.shown = screen
        self.result: Any = NOTHING

    def on_mount(self) -> None:
        self.push_screen(self.shown, self._done)

    def _done(self, result: Any) -> None:
        self.result = result

    def painted(self) -> str:
        return "\n".join(strip.text.rstrip() for strip in self.screen._compositor.render_strips())

    def said(self, selector: str = "#wrong") -> str:
        return str(self.screen.query_one(selector, Static).render())

    async def shows(self, pilot: Pilot[Any], text: str) -> None:
        """Wait until the screen shows `text`: messages between widgets take their time on a busy machine."""
        for _ in range(200):
            if text in self.painted():
                return
            await pilot.pause(0.05)
        raise AssertionError(f"{text!r} never came; the screen shows:\n{self.painted()}")

    async def says(self, pilot: Pilot[Any], text: str) -> None:
        """Wait until the line of what is wrong is `text`."""
        for _ in range(200):
            if self.said() == text:
                return
            await pilot.pause(0.05)
        raise AssertionError(f"{text!r} never came, but {self.said()!r}")
