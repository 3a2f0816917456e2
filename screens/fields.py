"""The parts of an instance under revision as fields of a form."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Static

from curation.review.drafting import Draft, compared
from screens.editor import Editor
from screens.options import Options
from screens.press import Press
from screens.shown import shown_line

HEADS = {"system": "system", "user": "instruction", "assistant": "earlier reply"}


class Fields(VerticalScroll):
    """A field for every part of a draft: `collect` reads them, `show` brings them into step with a draft."""

    DEFAULT_CSS = """
    Fields { padding: 1 0 0 1; scrollbar-size-vertical: 1;
        & Editor { margin-right: 1; }
        & .head { color: $text-muted; text-style: bold; height: 1; margin-top: 1; }
        & .head.-first { margin-top: 0; }
        & .note { color: $text-muted; height: auto; }
        & #truth { height: 1; }
        & #truth .-right { color: $text-success; text-style: bold; }
    }
    """

    def __init__(self, draft: Draft) -> None:
        super().__init__(id="form", can_focus=False)
        self._first = draft

    def compose(self) -> ComposeResult:
        draft = self._first
        users = [i for i, role in enumerate(draft.roles) if role == "user"]
        for place, (role, text) in enumerate(zip(draft.roles, draft.prompts, strict=True)):
            turn = f" {users.index(place) + 1} of {len(users)}" if role == "user" and len(users) > 1 else ""
            yield head(HEADS[role] + turn, first=place == 0)
            yield Editor(text, id=f"prompt-{place}")
        if draft.has_options:
            yield head("options")
            yield Static(id="own-way", classes="note", markup=False)
            yield Options(draft.options, draft.right, draft.several)
        elif draft.base.form == "true_false":
            yield head("gold answer")
            with Horizontal(id="truth"):
                yield Press("( ) 对", "对", "the statement is right")
                yield Press("( ) 错", "错", "the statement is wrong")
        elif not compared(draft.base.form):
            yield head("gold answer")
            yield Editor(draft.answer, one_line=True, id="answer", placeholder="the answer alone")
        yield head("gold answer" if compared(draft.base.form) else "gold answer's text")
        yield Editor(draft.response, id="response", placeholder="what the model shall say")
        yield Static(id="reads", classes="note", markup=False)

    @property
    def options(self) -> Options:
        return self.query_one(Options)

    @property
    def place(self) -> int | None:
        """The option that has the focus."""
        found = self.query(Options)
        return found.first().place if found else None

    def collect(self, draft: Draft) -> Draft:
        """`draft` with what the fields hold."""
        response = self.query_one("#response", Editor).value
        typed = response if response != draft.response else None
        for place in range(len(draft.prompts)):
            draft = draft.with_prompt(place, self.query_one(f"#prompt-{place}", Editor).value)
        if draft.has_options:
            for place, text in enumerate(self.options.texts):
                draft = draft.rename_option(place, text)
        elif answer := self.query("#answer"):
            draft = draft.with_answer(answer.first(Editor).value)
        # A gold answer's text that was typed counts; one that only waits to follow the answer does not.
        return draft if typed is None else draft.with_response(typed)

    def show(self, draft: Draft, focus: int | None = None) -> None:
        """Let the fields say what `draft` says; `focus` is the option that the cursor goes to."""
        if draft.has_options:
            if self.options.texts != draft.options or self.options.right != draft.right:
                self.options.show(draft.options, draft.right, focus)
            own = "" if draft.rendered else OWN_WAY
            self.query_one("#own-way", Static).update(own)
            self.query_one("#own-way").display = bool(own)
        for press in self.query("#truth Press").results(Press):
            right = press.does == draft.answer
            press.set_class(right, "-right")
            press.update(("(•) " if right else "( ) ") + press.does)
        self.query_one("#response", Editor).put(draft.response)
        self.query_one("#reads", Static).update(_reads(draft))


OWN_WAY = "The instruction words the options in its own way. ctrl+b: let it end with them."


def head(text: str, first: bool = False) -> Static:
    return Static(text, classes="head -first" if first else "head", markup=False)


def _reads(draft: Draft) -> str:
    if compared(draft.base.form):
        kinds = [kind or "unnamed" for kind, _ in draft.distractors]
        said = ", ".join(f"{kinds.count(k)} {k}" for k in ("fine", "coarse", "unnamed") if k in kinds)
        return f"distractors: {said or 'none'} (f4)"
    if draft.follows:
        return "the bare answer; it follows by itself"
    return f"reads as: {shown_line(draft.parsed or 'no answer', 40)} (ctrl+l: the bare answer)"
