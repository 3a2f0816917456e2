"""The tour of the first five minutes: one lesson at a time, each when its key is first of use; it can be put away."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import NamedTuple


class Lesson(NamedTuple):
    """Args: name: also of the key that ends it; text: with key names as `{item.approve}`; when: what has to be so."""

    name: str
    text: str
    when: str = "judge"


LESSONS = (
    Lesson("approve", "Read the instance, then the guidelines. Is it right? {item.approve} approves it; the next one comes by itself."),
    Lesson("taught", "While you are in training you are told what was right. {item.go_on} goes on.", "taught"),
    Lesson("undo", "A slip? {item.undo} takes your last verdict back, today or next week. Not one of the training: its answer was shown.", "judged"),
    Lesson("incorrect", "Wrong gold answer, or no single right one? {item.incorrect} rejects as incorrect,"
                        " {item.not_diverse} as not diverse, {item.unethical} as unethical.", "judged"),
    Lesson("hints", "What the computer noticed stays hidden until your own verdict is in. {item.go_on} keeps your verdict,"
                    " another verdict key changes it.", "hints"),
    Lesson("reject", "Another reason? {item.reject} rejects and asks for it in a line."),
    Lesson("skip", "Not your subject? {item.skip} leaves it to somebody else.", "real"),
    Lesson("comment", "{item.comment} says something to your colleagues; they read it once their own verdict is in."),
    Lesson("flag", "{item.flag} asks whoever leads the review to look at it."),
    Lesson("revise", "This one is in revision: {item.revise} opens the editor. Two others judge what you make of it;"
                     " {item.reject} gives it up.", "revise"),
    Lesson("distractors", "An open item needs wrong responses to compare with: {item.distractors} opens the workbench.", "open"),
    Lesson("search", "{item.search} finds items by their text. Two characters are enough."),
    Lesson("queue", "{item.queue} shows what waits, where you choose abilities and stages, and what you judged lately."),
    Lesson("dashboard", "{item.dashboard} shows how far it all is. Nowhere will you see a colleague's verdict before your own."),
    Lesson("help", "{everywhere.help} explains the part that has the focus, {everywhere.palette} finds any command by name."),
)  # fmt: skip


class Tour:
    """Which lesson is shown. Args: on: whether it is shown at all."""

    def __init__(self, on: bool) -> None:
        self.on = on
        self.done: set[str] = set()

    def lesson(self, now: Collection[str]) -> Lesson | None:
        """The first lesson that is not done and fits what is on the screen.

        Args:
            now: what is so: `judge`, `taught`, `hints`, `judged` (a verdict was given), `real` (no training), `revise`,
                `open`.
        """
        if not self.on:
            return None
        left = [lesson for lesson in LESSONS if lesson.name not in self.done and lesson.when in now]
        # What is only there now comes first: the other lessons can wait.
        rare = [lesson for lesson in left if lesson.when in ("taught", "hints", "revise", "open")]
        return next(iter(rare or left), None)

    def did(self, name: str) -> bool:
        """An action was used; whether a lesson ends with it."""
        name = {"not_diverse": "incorrect", "unethical": "incorrect"}.get(name, name)
        if name in self.done or name not in {lesson.name for lesson in LESSONS}:
            return False
        self.done.add(name)
        return True

    def text(self, lesson: Lesson, key: Callable[[str], str]) -> str:
        """The lesson with the keys as they are mapped."""
        out = lesson.text
        for part in lesson.text.split("{")[1:]:
            name = part.split("}")[0]
            out = out.replace("{" + name + "}", f"[{key(name)}]")
        return f"{len(self.done) + 1}/{len(LESSONS)}  {out}"
