"""The workbench of an open item's distractors: fine ones beside the gold answer, coarse ones, and what is wrong with each.

    self.app.push_screen(DistractorScreen(draft, on_draft), callback)

The result is the draft with its distractors. They may still be wrong where the screen was left and not done; then the
draft says so when an instance is built.
"""

from __future__ import annotations

from collections.abc import Callable

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.message import Message
from textual.widgets import Static

from curation.review.distractor_checks import Finding, Kind, check_distractors
from curation.review.drafting import Draft, Slot
from curation.review.kept_draft import keep
from screens.bars import KeyBar, Place
from screens.edit_keys import edit_bindings
from screens.editor import Editor
from screens.keeper import DraftScreen, QuietSaid
from screens.own_editor import edit_here
from screens.passage import Passage
from screens.press import Press
from screens.slots import SlotBox

MOST = 6  # distractors an item


class DistractorScreen(DraftScreen[Draft]):
    """Args: draft: of an open item or a program; on_draft: keeps it as a text, as in `ReviseScreen`."""

    CSS = """
    DistractorScreen {
        & #sides { height: 1fr; }
        & #slots { width: 3fr; padding: 1 0 0 1; scrollbar-size-vertical: 1; }
        & #given { width: 2fr; padding: 1 0 0 1; background: $panel; scrollbar-size-vertical: 1; }
        & #given:focus { background: $boost; }
        & .head { color: $text-muted; text-style: bold; height: 1; margin-top: 1; }
        & .head.-first { margin-top: 0; }
        & #wrong { height: auto; max-height: 3; padding: 0 1; background: $boost; color: $text-warning; }
        & #wrong.-good { color: $text-success; }
        &.-narrow #sides { layout: vertical; }
        &.-narrow #given, &.-narrow #slots { padding: 0 0 0 1; }
        &.-narrow #given { width: 100%; height: auto; max-height: 7; }
        &.-narrow #slots { width: 100%; height: 1fr; }
        &.-narrow .head { margin-top: 0; }
    }
    """
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
    BINDINGS = edit_bindings("distractors")
    AUTO_FOCUS = "SlotBox Editor"
    HELP = """\
Distractors are wrong responses that the gold answer is compared with.

- A **fine-grained** one alters a detail of the gold answer: a number, an operator, a term. Start it with `f3`.
- A **coarse-grained** one is fluent but ignores the instruction.

Errors (`✗`) must be mended before they can be kept, warnings (`!`) are for you to weigh.
"""

    def __init__(self, draft: Draft, on_draft: Callable[[str], None] | None = None) -> None:
        super().__init__(on_draft)
        self._draft = draft
        self._slots: tuple[Slot, ...] = draft.distractors or (("fine", ""), ("coarse", ""))
        self._instruction = next(
            text
            for role, text in reversed(tuple(zip(draft.roles, draft.prompts, strict=True)))
            if role == "user"
        )
        self._gone: list[tuple[int, Slot]] = []

    def compose(self) -> ComposeResult:
        yield Place()
        with Horizontal(id="sides"):
            with VerticalScroll(id="given"):
                yield Static("instruction", classes="head -first", markup=False)
                yield Passage(self._instruction)
                yield Static("gold answer", classes="head", markup=False)
                yield Passage(self._draft.response or "There is none yet.")
            with VerticalScroll(id="slots", can_focus=False):
                for place, (kind, text) in enumerate(self._slots):
                    yield SlotBox(place, kind, text)
                yield Press("+ distractor", "add", "one more")
        yield Static(id="wrong", markup=False)
        yield QuietSaid()
        yield KeyBar()

    def on_mount(self) -> None:
        base = self._draft.base
        self.say("")
        self.query_one(Place).show(["distractors", base.ability, base.form, base.id[:12]])
        self._judge()

    @property
    def boxes(self) -> list[SlotBox]:
        return [box for box in self.query(SlotBox) if box.display]

    def _findings(self) -> list[Finding]:
        draft = self._draft
        return check_distractors(self._instruction, draft.response, self._slots, draft.base.form == "code")

    def _judge_again(self) -> None:
        if self.query("#wrong"):  # the screen may have been left since
            self._judge()

    def _judge(self) -> None:
        found = self._findings()
        for box in self.boxes:
            box.judge(self._draft.response, [f for f in found if f.slot == box.place])
        errors = sum(f.blocks for f in found)
        lines = [f"✗ {errors} to mend" if errors else "✓ can be kept"]
        lines += [f"! {f.sentence}" for f in found if f.slot is None]
        wrong = self.query_one("#wrong", Static)
        wrong.update("\n".join(lines))
        wrong.set_class(not errors, "-good")

    @on(Editor.Changed)
    def _edited(self, event: Message) -> None:
        event.stop()
        self._collect()

    def _collect(self) -> None:
        """The slots as the fields have them."""
        slots = tuple(box.slot for box in self.boxes)
        if slots != self._slots:
            self._slots = slots
            self._soon()

    def _set(self, slots: tuple[Slot, ...], focus: int) -> None:
        self._slots = slots
        boxes = list(self.query(SlotBox))
        for place, (kind, text) in enumerate(slots):
            if place == len(boxes):
                boxes.append(SlotBox(place, kind, text))
                self.query_one("#slots").mount(boxes[place], before=self.query_one("#slots > Press"))
            boxes[place].say(kind, text)
        for place, box in enumerate(boxes):
            box.display = place < len(slots)
        if slots:
            editor = boxes[max(0, min(focus, len(slots) - 1))].editor
            if editor.is_mounted:
                self.set_focus(editor)  # at once, for the next key may be on its way already
            else:
                self.call_after_refresh(self.set_focus, editor)
        self._soon()

    def _soon(self) -> None:
        self.keep_soon()
        self.call_after_refresh(self._judge_again)

    def _made(self) -> Draft:
        """The draft with what is written; slots that nobody filled are left out."""
        return self._draft.with_distractors(slot for slot in self._slots if slot[1].strip())

    def draft_text(self) -> str | None:
        made = self._made()
        return keep(made) if made != self._draft or self._kept is not None else None

    # What the keys do

    def _box(self) -> SlotBox | None:
        self._collect()
        found = next((box for box in self.boxes if box.has_focus_within), None)
        if found is None:
            self.say("go to a distractor first", alarm=True)
        return found

    def action_done(self) -> None:
        self._collect()
        if wrong := [f.line for f in self._findings() if f.blocks]:
            return self.say(f"not kept: {wrong[0]}", alarm=True)
        if self.keep_now():
            self.dismiss(self._made())
        return None

    def action_leave(self) -> None:
        self._collect()
        if self.keep_now():
            self.dismiss(self._made())

    def action_from_gold(self) -> None:
        if (box := self._box()) is not None:
            self._from_gold(box)

    def _from_gold(self, box: SlotBox) -> None:
        box.say("fine", self._draft.response)  # ctrl+z brings back what was there
        box.editor.move_cursor((0, 0))
        box.editor.focus()
        self._collect()

    def action_kind(self) -> None:
        if (box := self._box()) is not None:
            box.turn()
            self._collect()

    def action_add(self) -> None:
        self._collect()
        if len(self._slots) >= MOST:
            return self.say(f"{MOST} distractors are the most", alarm=True)
        kind: Kind = "coarse" if "fine" in [k for k, _ in self._slots] else "fine"
        return self._set((*self._slots, (kind, "")), len(self._slots))

    def action_remove(self) -> None:
        if (box := self._box()) is not None:
            self._remove(box.place)

    def _remove(self, place: int) -> None:
        self._gone.append((place, self._slots[place]))
        self._set((*self._slots[:place], *self._slots[place + 1 :]), place)

    def action_put_back(self) -> None:
        self._collect()
        if not self._gone or len(self._slots) >= MOST:
            return self.say("nothing was taken away")
        place, slot = self._gone.pop()
        return self._set((*self._slots[:place], slot, *self._slots[place:]), place)

    def action_own_editor(self) -> None:
        if (box := self._box()) is None:
            return
        self.keep_now()
        edit_here(box.editor, self.say, ".py" if self._draft.base.form == "code" else ".txt")

    @on(Press.Pressed)
    def _pressed(self, event: Press.Pressed) -> None:
        event.stop()
        self._collect()
        box = next((a for a in event.press.ancestors if isinstance(a, SlotBox)), None)
        if box is None:
            self.action_add()
        elif event.press.does == "kind":
            box.turn()
            self._collect()
        elif event.press.does == "from_gold":
            self._from_gold(box)
        else:
            self._remove(box.place)
