"""What the keys and the mouse do to a draft in a form: texts as they are typed, options added, moved and made right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from textual import on
from textual.message import Message

from curation.review.drafting import Draft, compared
from screens.editor import Editor
from screens.fields import Fields
from screens.keeper import DraftScreen, Result
from screens.options import Options
from screens.press import Press


class FormScreen(DraftScreen[Result]):
    """A screen with `Fields` on it. The draft decides what its shape may be; a subclass says what is wrong (`judge`).

    Args:
        draft: what the fields begin with.
        on_draft, kept: as in `DraftScreen`.
    """

    def __init__(self, draft: Draft, on_draft: Callable[[str], None] | None, kept: str | None) -> None:
        super().__init__(on_draft, kept)
        self.draft = draft
        self._before: list[Draft] = []  # the drafts that `put back` goes back to

    def judge(self) -> None:
        """Say what is wrong with the draft."""
        raise NotImplementedError

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Which keys there are for an item of this form."""
        form, options = self.draft.base.form, self.draft.has_options
        if action in ("add", "remove", "move"):
            return options
        if action in ("choose", "put_back"):
            return options or form == "true_false"
        if action == "render":
            return options and not self.draft.rendered
        if action == "plain":
            return not compared(form)
        return True

    @property
    def fields(self) -> Fields:
        return self.query_one(Fields)

    def show_draft(self, focus: int | None = None) -> None:
        """Bring all that follows from the draft into step with it; `focus` is the option that the cursor goes to."""
        self.fields.show(self.draft, focus)
        self.judge()
        self.refresh_bindings()

    # What is edited

    @on(Editor.Changed)
    @on(Options.Edited)
    def _edited(self, event: Message) -> None:
        event.stop()
        self.collect()

    def collect(self) -> None:
        """Bring the draft into step with the fields, whatever messages are still on their way."""
        draft = self.fields.collect(self.draft)
        if draft == self.draft:
            return
        if draft.options != self.draft.options:
            self._before.clear()  # taking back would lose what was typed
        self.set_draft(draft)

    def _reshape(self, draft: Draft, focus: int | None = None) -> None:
        """The draft after a change of its shape, which `put back` takes back."""
        if draft != self.draft:
            self._before.append(self.draft)
            self.set_draft(draft, focus)

    def set_draft(self, draft: Draft, focus: int | None = None) -> None:
        self.draft = draft
        self.show_draft(focus)
        self.keep_soon()

    @on(Options.Asked)
    def _asked(self, event: Options.Asked) -> None:
        self.collect()
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
            self.collect()
            self._reshape(self.draft.with_answer(event.press.does))

    # What the keys do

    def action_choose(self) -> None:
        if self.draft.base.form == "true_false":
            self.collect()
            self._reshape(self.draft.with_answer("错" if self.draft.answer == "对" else "对"))
        elif (place := self._place()) is not None:
            self._reshape(self.draft.choose(place), place)

    def action_add(self) -> None:
        self.collect()
        place = self.fields.place
        self._add(len(self.draft.options) if place is None else place + 1)

    def action_remove(self) -> None:
        if (place := self._place()) is not None:
            self._remove(place)

    def action_move(self, by: int) -> None:
        if (place := self._place()) is not None:
            self._reshape(self.draft.move_option(place, by), place + by)

    def action_put_back(self) -> None:
        self.collect()
        if not self._before:
            return self.say("no change of the options to take back")
        old = self._before.pop()
        shape = replace(self.draft, options=old.options, right=old.right, answer=old.answer, moved=old.moved)
        shape = replace(shape, rendered=old.rendered)
        if self.draft.follows or old.follows:
            shape = replace(shape, response=old.response, follows=old.follows)
        return self.set_draft(shape, self.fields.place)

    def action_plain(self) -> None:
        self.collect()
        self._reshape(self.draft.follow())

    def action_render(self) -> None:
        self.collect()
        self._reshape(self.draft.render_options())

    def _place(self) -> int | None:
        self.collect()
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
