"""An instance under revision: edits that keep its parts in step, and the way back to an instance or a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from pydantic import ValidationError

from curation.canonical import canonical_text
from curation.review.distractor_checks import Finding, Kind, check_distractors
from schemas.forms import FORMS
from schemas.forms.base import LETTERS, Form, lettered
from schemas.instance import Candidate, Distractor, Instance, Message, Role
from schemas.jsonl import first_reason

Slot = tuple[Kind, str]

_LETTER = re.compile(r"(?<![A-Za-z])[A-J](?![A-Za-z])")


@dataclass(frozen=True)
class Draft:
    """What a reviser holds. Every edit gives a new draft; an edit that makes no sense gives the same one back.

    The options stand in `options` alone: the gold answer points at their places and not at letters, and the
    instruction gets their `A.text` lines when an instance is built, so that none of the three can disagree.

    Args:
        base: what is revised; a candidate gets its gold answer here.
        prompts: texts of all messages but the gold answer, the options' lines taken off the last user's.
        options: texts of the options, for the choice forms.
        right: places of the right options.
        answer: the gold answer in the form's notation, for forms without options.
        response: the gold answer's text.
        distractors: kind and text of each.
        rendered: whether the instruction ends with the options' lines. An instruction that words them in its own way
            does not; then options can be changed only after `render_options`.
        follows: the response is no more than the answer (`B`, `答案：12`) and changes with it.
        moved: options were moved, taken away or put before others, so that letters in a text may be stale.
    """

    base: Instance | Candidate
    prompts: tuple[str, ...]
    options: tuple[str, ...]
    right: frozenset[int]
    answer: str
    response: str
    distractors: tuple[Slot, ...]
    rendered: bool
    follows: bool
    moved: bool = field(default=False)

    @classmethod
    def of(cls, base: Instance | Candidate) -> Draft:
        form = FORMS[base.form]
        prompts = [m.content for m in base.prompt]
        has_options = base.form in ("choice", "several_choice")
        tail = "\n".join(["", *lettered(base.choices)])
        last = last_user(base)
        rendered = has_options and (not base.choices or prompts[last].endswith(tail))
        if rendered and base.choices:
            prompts[last] = prompts[last].removesuffix(tail)
        answer = base.answer if isinstance(base, Instance) else ""
        response = base.response if isinstance(base, Instance) else ""
        return cls(
            base=base,
            prompts=tuple(prompts),
            options=base.choices if has_options else (),
            right=frozenset(LETTERS.index(letter) for letter in answer) if has_options else frozenset(),
            answer="" if has_options else answer,
            response=response,
            distractors=tuple((d.kind, d.text) for d in base.distractors)
            if isinstance(base, Instance)
            else (),
            rendered=rendered,
            follows=not compared(base.form) and response == (form.reply(answer) if answer else ""),
        )

    def over(self, base: Instance | Candidate) -> Draft | None:
        """The same texts as a draft of what they were made from; None if that has another shape."""
        same = base.form == self.base.form and len(base.prompt) == len(self.prompts)
        return replace(self, base=base) if same else None

    # What it is

    @property
    def form(self) -> Form:
        return FORMS[self.base.form]

    @property
    def has_options(self) -> bool:
        return self.base.form in ("choice", "several_choice")

    @property
    def several(self) -> bool:
        return self.base.form == "several_choice"

    @property
    def roles(self) -> tuple[Role, ...]:
        return tuple(m.role for m in self.base.prompt)

    @property
    def gold(self) -> str:
        """The gold answer in the form's notation: letters for the choice forms."""
        return "".join(LETTERS[i] for i in sorted(self.right)) if self.has_options else self.answer

    @property
    def parsed(self) -> str | None:
        """The answer that the form reads out of the response; None if it reads none."""
        return self.form.parse(self.response, self.options)

    @property
    def changed(self) -> bool:
        return replace(self, moved=False) != Draft.of(self.base)

    def messages(self) -> tuple[tuple[Role, str], ...]:
        """The conversation as it would be kept, options and gold answer included."""
        last = last_user(self.base)
        texts = list(self.prompts)
        if self.rendered and self.options:
            texts[last] = "\n".join([texts[last], *lettered(self.options)])
        return (*zip(self.roles, texts, strict=True), ("assistant", self.response))

    # Edits

    def with_prompt(self, place: int, text: str) -> Draft:
        if not 0 <= place < len(self.prompts):
            return self
        return replace(self, prompts=(*self.prompts[:place], text, *self.prompts[place + 1 :]))

    def why_not_add(self) -> str:
        """A sentence if there can be no further option; otherwise nothing."""
        if not self.has_options:
            return f"the form {self.base.form} has no options"
        full = len(self.options) >= len(LETTERS)
        return f"there are {len(LETTERS)} options already, and no letter for another" if full else ""

    def why_not_remove(self) -> str:
        """A sentence if no option can go; otherwise nothing."""
        if not self.has_options:
            return f"the form {self.base.form} has no options"
        return "two options are the least; change one instead" if len(self.options) <= 2 else ""

    def add_option(self, text: str = "", place: int | None = None) -> Draft:
        """A new option at `place`, by default the last; what stands behind moves on by a letter, right ones as well."""
        if self.why_not_add():
            return self
        place = len(self.options) if place is None else min(max(0, place), len(self.options))
        options = (*self.options[:place], text, *self.options[place:])
        return self._reordered(options, {i: i + (i >= place) for i in range(len(self.options))})

    def remove_option(self, place: int) -> Draft:
        """Without that option; letters behind it move up. If it was right, nothing is right in its stead."""
        if self.why_not_remove() or not 0 <= place < len(self.options):
            return self
        options = (*self.options[:place], *self.options[place + 1 :])
        return self._reordered(options, {i: i - (i > place) for i in range(len(self.options)) if i != place})

    def move_option(self, place: int, by: int) -> Draft:
        """The option at `place` moved by that many places; whether it is right goes with it."""
        goal = place + by
        if not (0 <= place < len(self.options) and 0 <= goal < len(self.options)) or not by:
            return self
        order = list(range(len(self.options)))
        order.insert(goal, order.pop(place))
        return self._reordered(
            tuple(self.options[i] for i in order), {old: new for new, old in enumerate(order)}
        )

    def rename_option(self, place: int, text: str) -> Draft:
        if not 0 <= place < len(self.options):
            return self
        return replace(self, options=(*self.options[:place], text, *self.options[place + 1 :]))

    def choose(self, place: int) -> Draft:
        """Make an option the right one; where several may be right, make it right or no longer so."""
        if not 0 <= place < len(self.options):
            return self
        right = self.right ^ {place} if self.several else frozenset({place})
        return replace(self, right=right)._followed()

    def with_answer(self, answer: str) -> Draft:
        """The gold answer of a form without options, in its own notation."""
        if self.has_options or compared(self.base.form):
            return self
        return replace(self, answer=answer)._followed()

    def with_response(self, text: str) -> Draft:
        """The gold answer's text; from then on it stands for itself, unless it is no more than the answer."""
        follows = not compared(self.base.form) and bool(self.gold) and text == self.form.reply(self.gold)
        return replace(self, response=text, follows=follows)

    def follow(self) -> Draft:
        """The gold answer's text becomes the bare answer again."""
        return self if compared(self.base.form) else replace(self, follows=True)._followed()

    def render_options(self) -> Draft:
        """Let the instruction end with the options' lines from now on."""
        return replace(self, rendered=True) if self.has_options else self

    def with_distractors(self, slots: Iterable[Slot]) -> Draft:
        return replace(self, distractors=tuple(slots)) if compared(self.base.form) else self

    def _reordered(self, options: tuple[str, ...], went: dict[int, int]) -> Draft:
        right = frozenset(went[i] for i in self.right if i in went)
        moved = self.moved or any(old != new for old, new in went.items()) or len(went) < len(self.options)
        return replace(self, options=options, right=right, moved=moved)._followed()

    def _followed(self) -> Draft:
        if not self.follows:
            return self
        return replace(self, response=self.form.reply(self.gold) if self.gold else "")

    # The way back

    def build(self) -> Instance | str:
        """The instance, with what it was made from among its parents; or a sentence that says what is missing."""
        if wrong := self._wrong():
            return wrong
        base = self.base
        old = base if isinstance(base, Instance) else None
        fields = {
            "ability": base.ability,
            "form": base.form,
            "choices": self.options if self.has_options else base.choices,
            "answer": old.answer if old and compared(base.form) else self.gold,
            "origin": old.origin if old else "human",
            "source": base.source,
            "parents": tuple(dict.fromkeys((*old.parents, old.id))) if old else (),
        }
        try:
            messages = tuple(Message(role=role, content=text) for role, text in self.messages())
            distractors = tuple(Distractor(kind=kind, text=text) for kind, text in self.distractors)
            made = Instance(messages=messages, distractors=distractors, **fields)  # type: ignore[arg-type]
        except ValidationError as error:
            return first_reason(error)
        return "nothing is changed yet" if made.id == base.id else made

    def _wrong(self) -> str:
        """What instances may be and a reviser should not leave so."""
        for role, text in zip(self.roles, self.prompts, strict=True):
            if role == "user" and not text.strip() and not (self.options and self.rendered):
                return "an instruction is empty"
        if self.has_options:
            if not 2 <= len(self.options) <= len(LETTERS):
                return f"there must be 2 to {len(LETTERS)} options"
            if not self.rendered and self.options != self.base.choices:
                return "the instruction words the options in its own way: let it end with the options, or undo their change"
            for letter, text in zip(LETTERS, self.options, strict=False):
                if not text.strip():
                    return f"option {letter} is empty"
            if pair := _same([o.strip() for o in self.options]):
                return f"options {pair} are the same"
            if not self.right:
                return "choose the right options" if self.several else "choose the right option"
        elif not compared(self.base.form) and not self.answer.strip():
            return "there is no gold answer yet"
        if not self.response.strip():
            return (
                "there is no gold answer yet"
                if isinstance(self.base, Candidate)
                else "the gold answer is empty"
            )
        return next((f.line for f in self._findings() if f.blocks), "")

    def warnings(self) -> list[str]:
        """Sentences to think about; none of them keeps a draft from being built."""
        said = []
        if self.moved and not self.follows and _LETTER.search(self.response):
            said.append("the options moved: read the letters in the gold answer again")
        if self.moved and any(_LETTER.search(text) for text in self.prompts) and self.has_options:
            said.append("the options moved: the instruction names letters, read them again")
        if self.has_options and not self.rendered:
            said.append("the instruction words the options in its own way and will not follow their changes")
        if self.has_options and (pair := _same([canonical_text(o) for o in self.options if o.strip()])):
            said.append(f"options {pair} differ in width or spacing only")
        return said + [f.line for f in self._findings() if not f.blocks]

    def _findings(self) -> list[Finding]:
        if not compared(self.base.form) or not self.distractors:
            return []
        return check_distractors(
            self.prompts[last_user(self.base)], self.response, self.distractors, self.base.form == "code"
        )


def compared(form: str) -> bool:
    """Whether the form is scored by comparison with distractors and has no answer beside its response."""
    return FORMS[form].scoring == "distractors"


def last_user(base: Instance | Candidate) -> int:
    return max(i for i, m in enumerate(base.prompt) if m.role == "user")


def _same(texts: list[str]) -> str:
    for i, text in enumerate(texts):
        for j in range(i):
            if texts[j] == text:
                return f"{LETTERS[j]} and {LETTERS[i]}"
    return ""
