"""Revise an instance, or answer a candidate: every part a field, what changed beside them, what is wrong below.

    self.app.push_screen(ReviseScreen(work.content, ability, draft, save_draft), callback)

The result is an `Instance` (hand it in), `Declined` (it can't be mended) or None (left; the draft is kept). The screen
knows no store: `on_draft` gets the draft as a text, half a second after the last key and again on leaving.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.message import Message
from textual.widgets import Static

from curation.review.drafting import Draft, compared
from curation.review.kept_draft import keep, restore
from schemas.ability import Ability
from schemas.errors import AbilitymixError
from schemas.instance import Candidate, Instance
from schemas.terminal import one_line
from screens.bars import KeyBar, Place
from screens.diff import Difference
from screens.edit_keys import edit_bindings
from screens.editor import Editor
from screens.fields import Fields, head
from screens.keeper import DraftScreen, QuietSaid
from screens.options import Options
from screens.own_editor import edited
from screens.passage import Passage
from screens.press import Press
from screens.reason import ReasonScreen


@dataclass(frozen=True)
class Declined:
    """The reviser gives the item up: it is rejected, for this reason."""

    reason: str


Revision = Instance | Declined | None


class ReviseScreen(DraftScreen[Revision]):
    """Args:
    content: what is revised; a candidate gets its gold answer.
    ability: its guidelines stand beside the form.
    draft: what `on_draft` was given last time, if anything.
    on_draft: keeps a draft; its failure is told and the text stays.
    workbench: open the distractors at once.
    """

    CSS = """
    ReviseScreen {
        & #sides { height: 1fr; }
        & #form { width: 3fr; }
        & #aside { width: 2fr; padding: 0 1; background: $panel; scrollbar-size-vertical: 1; }
        & #aside:focus { background: $boost; }
        & #aside .head { color: $text-muted; text-style: bold; height: 1; }
        & .guide.head { margin-top: 1; }
        & #wrong { height: auto; max-height: 4; padding: 0 1; background: $boost; }
        & #wrong.-good { color: $text-success; }
        & #wrong.-bad { color: $text-warning; }
        &.-narrow #sides { layout: vertical; }
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
    ) -> None:
        super().__init__(on_draft, draft)
        found = restore(content, draft) if draft else None
        self._first = Draft.of(content)
        self.draft = found or self._first
        self._content, self._ability, self._workbench = content, ability, workbench
        self._note = ""
        if found is not None and found.changed:
            self._note = "your draft is back"
        elif draft and found is None:
            self._note = "your draft was of another text, and is left aside"
        self._before: list[Draft] = []

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
        self._show()
        if self._workbench and compared(self._content.form):
            self.action_distractors()

    @property
    def fields(self) -> Fields:
        return self.query_one(Fields)

    def draft_text(self) -> str | None:
        return keep(self.draft) if self.draft.changed or self._kept is not None else None

    def _show(self, focus: int | None = None) -> None:
        """Bring all that follows from the draft into step with it."""
        self.fields.show(self.draft, focus)
        self._judge()
        self.refresh_bindings()

    def _judge(self) -> None:
        made = self.draft.build()
        good = isinstance(made, Instance)
        lines = ["✓ can be handed in" if isinstance(made, Instance) else f"✗ {one_line(made, 200)}"]
        lines += [f"! {one_line(warning, 200)}" for warning in self.draft.warnings()[:3]]
        editor = self.focused
        if isinstance(editor, Editor) and (hides := editor.hides):
            lines.append("? " + one_line(f"can't be shown: {', '.join(hides)}", 200))
        wrong = self.query_one("#wrong", Static)
        wrong.update("\n".join(lines))
        wrong.set_class(good, "-good").set_class(not good, "-bad")
        self.query_one(Difference).compare(_told(self._first), _told(self.draft), same="Nothing yet.")

    def on_descendant_focus(self) -> None:
        if self.query("#wrong"):
            self._judge()

    # What is edited

    @on(Editor.Changed)
    @on(Options.Edited)
    def _edited(self, event: Message) -> None:
        event.stop()
        self._collect()

    def _collect(self) -> None:
        """Bring the draft into step with the fields, whatever messages are still on their way."""
        draft = self.fields.collect(self.draft)
        if draft == self.draft:
            return
        if draft.options != self.draft.options:
            self._before.clear()  # taking back would lose what was typed
        self._set(draft)

    def _reshape(self, draft: Draft, focus: int | None = None) -> None:
        """The draft after a change of its shape, which `put back` takes back."""
        if draft != self.draft:
            self._before.append(self.draft)
            self._set(draft, focus)

    def _set(self, draft: Draft, focus: int | None = None) -> None:
        self.draft = draft
        self._show(focus)
        self.keep_soon()

    @on(Options.Asked)
    def _asked(self, event: Options.Asked) -> None:
        self._collect()
        place = event.place
        if event.does == "choose":
            self._reshape(self.draft.choose(place), place)
        elif event.does == "add":
            self._add(len(self.draft.options))
        elif event.does == "remove":
            self._remove(place)
        else:
            by = -1 if event.does == "up" else 1
            self._reshape(self.draft.move_option(place, by), place + by)

    @on(Press.Pressed)
    def _pressed(self, event: Press.Pressed) -> None:
        if event.press.does in ("对", "错"):
            self._collect()
            self._reshape(self.draft.with_answer(event.press.does))

    # What the keys do

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        options, truth = self.draft.has_options, self._content.form == "true_false"
        if action == "distractors":
            return compared(self._content.form)
        if action in ("add", "remove", "move"):
            return options
        if action in ("choose", "put_back"):
            return options or truth
        if action == "render":
            return options and not self.draft.rendered
        if action == "plain":
            return not compared(self._content.form)
        return True

    def action_save(self) -> None:
        self._collect()
        made = self.draft.build()
        if not isinstance(made, Instance):
            self.say(f"not handed in: {made}", alarm=True)
        else:
            self.keep_now()
            self.dismiss(made)

    def action_leave(self) -> None:
        self._collect()
        if self.keep_now():
            self.dismiss(None)

    def action_give_up(self) -> None:
        def declined(reason: str | None) -> None:
            if reason:
                self._collect()
                self.keep_now()
                self.dismiss(Declined(reason))

        self.app.push_screen(ReasonScreen("Why can this item not be mended?"), declined)

    def action_own_editor(self) -> None:
        editor = self.focused
        if not isinstance(editor, Editor):
            return self.say("go to a field first", alarm=True)
        self._collect()
        self.keep_now()
        try:
            editor.put(edited(self.app, editor.value, ".py" if self._content.form == "code" else ".txt"))
        except AbilitymixError as error:
            return self.say(error.line(), alarm=True)
        return self.say("back from your editor")

    def action_distractors(self) -> None:
        from screens.distractors import DistractorScreen

        def done(draft: Draft | None) -> None:
            if draft is not None and draft != self.draft:
                self._set(draft)
                self.keep_now()

        self._collect()
        self.app.push_screen(DistractorScreen(self.draft, self._on_draft), done)

    def action_choose(self) -> None:
        if self._content.form == "true_false":
            self._collect()
            self._reshape(self.draft.with_answer("错" if self.draft.answer == "对" else "对"))
        elif (place := self._place()) is not None:
            self._reshape(self.draft.choose(place), place)

    def action_add(self) -> None:
        self._collect()
        place = self.fields.place
        self._add(len(self.draft.options) if place is None else place + 1)

    def action_remove(self) -> None:
        if (place := self._place()) is not None:
            self._remove(place)

    def action_move(self, by: int) -> None:
        if (place := self._place()) is not None:
            self._reshape(self.draft.move_option(place, by), place + by)

    def action_put_back(self) -> None:
        self._collect()
        if not self._before:
            return self.say("no change of the options to take back")
        old = self._before.pop()
        shape = replace(self.draft, options=old.options, right=old.right, answer=old.answer, moved=old.moved)
        shape = replace(shape, rendered=old.rendered)
        if self.draft.follows or old.follows:
            shape = replace(shape, response=old.response, follows=old.follows)
        return self._set(shape, self.fields.place)

    def action_plain(self) -> None:
        self._collect()
        self._reshape(self.draft.follow())

    def action_render(self) -> None:
        self._collect()
        self._reshape(self.draft.render_options())

    def _place(self) -> int | None:
        self._collect()
        place = self.fields.place
        if place is None:
            self.say("go to an option first", alarm=True)
        return place

    def _add(self, place: int) -> None:
        if why := self.draft.why_not_add():
            return self.say(why, alarm=True)
        return self._reshape(self.draft.add_option("", place), place)

    def _remove(self, place: int) -> None:
        if why := self.draft.why_not_remove():
            return self.say(why, alarm=True)
        return self._reshape(self.draft.remove_option(place), place)


def _told(draft: Draft) -> str:
    """The whole draft as one text. Options stand without letters: one that is taken away changes no other line."""
    lines = [*draft.prompts]
    lines += [f"{'✓' if place in draft.right else '·'} {text}" for place, text in enumerate(draft.options)]
    lines += [f"→ {draft.answer}"] if draft.answer else []
    lines += [draft.response, *(f"✗ {kind or ''}: {text}" for kind, text in draft.distractors)]
    return "\n".join(lines)
