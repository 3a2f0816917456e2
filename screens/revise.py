"""Revise an instance, or answer a candidate: every part a field, what changed beside them, what is wrong below.

    self.app.push_screen(ReviseScreen(work.content, ability, draft, save_draft), callback)

The result is an `Instance` (hand it in), `Declined` (it can't be mended) or None (left; the draft is kept). The screen
knows no store: `on_draft` gets the draft as a text, half a second after the last key and again on leaving.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Static

from curation.review.drafting import Draft, compared
from curation.review.kept_draft import keep, restore
from schemas.ability import Ability
from schemas.instance import Candidate, Instance
from screens.bars import KeyBar, Place
from screens.diff import Difference
from screens.edit_keys import edit_bindings
from screens.editor import Editor
from screens.fields import Fields, head
from screens.form_screen import FormScreen
from screens.keeper import QuietSaid
from screens.own_editor import edit_here
from screens.passage import Passage
from screens.reason import ReasonScreen
from screens.shown import shown_line


@dataclass(frozen=True)
class Declined:
    """The reviser gives the item up: it is rejected, for this reason."""

    reason: str


Revision = Instance | Declined | None


class ReviseScreen(FormScreen[Revision]):
    """Args:
    content: what is revised; a candidate gets its gold answer.
    ability: its guidelines stand beside the form.
    draft: what `on_draft` was given last time, if anything.
    on_draft: keeps a draft; its failure is told and the text stays.
    workbench: open the distractors at once.
    declinable: whether the item may be given up.
    """

    CSS = """
    ReviseScreen {
        & #sides { height: 1fr; }
        & #form { width: 3fr; }
        & #aside { width: 2fr; padding: 1 0 0 1; background: $panel; scrollbar-size-vertical: 1; }
        & #aside:focus { background: $boost; }
        & #aside .head { color: $text-muted; text-style: bold; height: 1; }
        & .guide.head { margin-top: 1; }
        & #wrong { height: auto; max-height: 4; padding: 0 1; background: $boost; }
        & #wrong.-good { color: $text-success; }
        & #wrong.-bad { color: $text-warning; }
        &.-narrow #sides { layout: vertical; }
        &.-narrow #form, &.-narrow #aside { padding: 0 0 0 1; }
        &.-narrow #form { width: 100%; height: 1fr; }
        &.-narrow #aside { width: 100%; height: auto; max-height: 7; }
        &.-narrow .guide { display: none; }
        &.-narrow #form .head { margin-top: 0; }
    }
    """
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
    BINDINGS = edit_bindings("revise")
    AUTO_FOCUS = "Editor"
    HELP = """\
Revise the item, or write the gold answer that it still lacks.

Every part is a field; `tab` goes from one to the next. Beside the form stands what you changed, below it what is still
wrong. It can be handed in once it is valid and changed. What you write is kept as a draft all the time.
"""

    def __init__(
        self,
        content: Instance | Candidate,
        ability: Ability | None = None,
        draft: str | None = None,
        on_draft: Callable[[str], None] | None = None,
        *,
        workbench: bool = False,
        declinable: bool = True,
    ) -> None:
        found = restore(content, draft) if draft else None
        self._first = Draft.of(content)
        super().__init__(found or self._first, on_draft, draft)
        self._content, self._ability = content, ability
        self._workbench, self._declinable = workbench, declinable
        self._note = ""
        if found is not None and found.changed:
            self._note = "your draft is back"
        elif draft and found is None:
            self._note = "your draft was of another text, and is left aside"

    def compose(self) -> ComposeResult:
        yield Place()
        with Horizontal(id="sides"):
            yield Fields(self.draft)
            with VerticalScroll(id="aside"):
                yield head("what you changed")
                yield Difference(id="difference")
                yield head("guidelines").add_class("guide")
                told = self._ability.guidelines if self._ability else ""
                yield Passage(told or "There are none for this ability.", classes="guide")
        yield Static(id="wrong", markup=False)
        yield QuietSaid()
        yield KeyBar()

    def on_mount(self) -> None:
        title = self._ability.title if self._ability else self._content.ability
        what = "revise" if isinstance(self._content, Instance) else "answer"
        self.query_one(Place).show([what, title, self._content.form, self._content.id[:12]])
        self.say(self._note)
        self.show_draft()
        if self._workbench and compared(self._content.form):
            self.action_distractors()

    def draft_text(self) -> str | None:
        return keep(self.draft) if self.draft.changed or self._kept is not None else None

    def judge(self) -> None:
        made = self.draft.build()
        good = isinstance(made, Instance)
        lines = ["✓ can be handed in" if isinstance(made, Instance) else f"✗ {shown_line(made, 200)}"]
        lines += [f"! {shown_line(warning, 200)}" for warning in self.draft.warnings()[:3]]
        editor = self.focused
        if isinstance(editor, Editor) and (hides := editor.hides):
            lines.append("? " + shown_line(f"can't be shown: {', '.join(hides)}", 200))
        wrong = self.query_one("#wrong", Static)
        wrong.update("\n".join(lines))
        wrong.set_class(good, "-good").set_class(not good, "-bad")
        self.query_one(Difference).compare(_told(self._first), _told(self.draft), same="Nothing yet.")

    def on_descendant_focus(self) -> None:
        if self.query("#wrong"):
            self.judge()

    # What the keys do

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "distractors":
            return compared(self._content.form)
        if action == "give_up":
            return self._declinable
        return super().check_action(action, parameters)

    def action_save(self) -> None:
        self.collect()
        made = self.draft.build()
        if not isinstance(made, Instance):
            self.say(f"not handed in: {made}", alarm=True)
        else:
            self.keep_now()
            self.dismiss(made)

    def action_leave(self) -> None:
        self.collect()
        if self.keep_now():
            self.dismiss(None)

    def action_give_up(self) -> None:
        def declined(reason: str | None) -> None:
            if reason:
                self.collect()
                self.keep_now()
                self.dismiss(Declined(reason))

        self.app.push_screen(ReasonScreen("Why can this item not be mended?"), declined)

    def action_own_editor(self) -> None:
        editor = self.focused
        if not isinstance(editor, Editor):
            return self.say("go to a field first", alarm=True)
        self.collect()
        self.keep_now()
        return edit_here(editor, self.say, ".py" if self._content.form == "code" else ".txt")

    def action_distractors(self) -> None:
        from screens.distractors import DistractorScreen

        def done(draft: Draft | None) -> None:
            if draft is not None and draft != self.draft:
                self.set_draft(draft)
                self.keep_now()

        self.collect()
        self.app.push_screen(DistractorScreen(self.draft, self._on_draft), done)


def _told(draft: Draft) -> str:
    """The whole draft as one text. Options stand without letters: one that is taken away changes no other line."""
    lines = [*draft.prompts]
    lines += [f"{'✓' if place in draft.right else '·'} {text}" for place, text in enumerate(draft.options)]
    lines += [f"→ {draft.answer}"] if draft.answer else []
    lines += [draft.response, *(f"✗ {kind or ''}: {text}" for kind, text in draft.distractors)]
    return "\n".join(lines)
