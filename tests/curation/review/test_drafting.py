"""An instance under revision: whatever is done to it, it is built as a valid instance or a sentence says why not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from curation.review.drafting import Draft, compared
from curation.review.kept_draft import keep, restore
from schemas.forms import FORMS
from schemas.forms.base import LETTERS
from schemas.instance import Candidate, Distractor, Instance, Message, Source

SOURCE = Source(name="s", row="1", licence="Apache-2.0", group="g")
STEMS = {
    "choice": "植物吸收的气体是", "several_choice": "下列哪些是行星", "true_false": "判断：水往低处流。", "cloze": "床前明月光，疑是____。",
    "worked_answer": "三箱苹果，每箱十二个，一共多少个？", "open": "写一句关于豆腐的话。", "code": "写一个把列表反过来的函数。",
}  # fmt: skip


def instance(form: str, **fields: Any) -> Instance:
    choices = ("氧气", "二氧化碳", "氮气") if "choice" in form else ()
    answer = {
        "choice": "B",
        "several_choice": "AC",
        "true_false": "对",
        "cloze": "地上霜",
        "worked_answer": "36",
    }.get(form, "")
    response = FORMS[form].reply(answer) if answer else "天还没亮透，他就起来做豆腐。"
    values: dict[str, Any] = {
        "ability": "biology", "form": form, "choices": choices, "answer": answer, "source": SOURCE,
        "messages": (
            Message(role="user", content=FORMS[form].render(STEMS[form], choices)),
            Message(role="assistant", content=response),
        ),
    }  # fmt: skip
    return Instance(**(values | fields))


def candidate(form: str) -> Candidate:
    made = instance(form)
    return Candidate(
        ability="biology", form=made.form, messages=made.prompt, choices=made.choices, source=SOURCE
    )


def built(draft: Draft) -> Instance:
    made = draft.build()
    assert isinstance(made, Instance), made
    return made


@pytest.mark.parametrize("form", STEMS)
def test_untouched_it_is_what_it_was_and_that_is_said(form: str) -> None:
    base = instance(form)
    draft = Draft.of(base)
    assert [m.content for m in base.messages] == [text for _, text in draft.messages()]
    assert draft.gold == base.answer
    assert not draft.changed
    assert draft.build() == "nothing is changed yet"


@pytest.mark.parametrize("form", STEMS)
def test_a_revision_names_its_parent_and_keeps_its_source(form: str) -> None:
    base = instance(form, parents=("0" * 64,), origin="synthetic")
    made = built(Draft.of(base).with_prompt(0, STEMS[form] + "？"))
    assert made.parents == ("0" * 64, base.id)
    assert (made.source, made.origin, made.form, made.ability) == (base.source, "synthetic", form, "biology")
    assert made.instruction.startswith(STEMS[form] + "？")


def test_taking_an_option_away_moves_letters_and_the_instruction_along() -> None:
    made = built(Draft.of(instance("choice")).remove_option(0))
    assert made.choices == ("二氧化碳", "氮气")
    assert made.answer == made.response == "A"
    assert made.instruction == STEMS["choice"] + "\nA.二氧化碳\nB.氮气"


def test_taking_the_right_option_away_asks_for_another() -> None:
    draft = Draft.of(instance("choice")).remove_option(1)
    assert draft.build() == "choose the right option"
    assert built(draft.choose(1)).answer == "B"
    several = Draft.of(instance("several_choice")).remove_option(0)
    assert built(several).answer == "B"
    assert several.choose(1).build() == "choose the right options"


def test_moving_and_adding_options_keeps_what_is_right() -> None:
    draft = Draft.of(instance("choice")).move_option(1, 1)
    assert draft.options == ("氧气", "氮气", "二氧化碳")
    assert built(draft).answer == "C"
    assert draft.add_option("水", 0).gold == "D"
    assert draft.add_option("水").gold == "C"
    assert Draft.of(instance("several_choice")).move_option(0, 2).gold == "BC"


def test_options_stay_between_two_and_ten_and_differ() -> None:
    draft = Draft.of(instance("choice"))
    for n in range(20):
        draft = draft.add_option(f"第{n}项")
    assert len(draft.options) == 10
    assert "no letter" in draft.why_not_add()
    assert built(draft).choices[-1] == "第6项"
    two = draft
    for _ in range(20):
        two = two.remove_option(len(two.options) - 1)
    assert len(two.options) == 2
    assert two.why_not_remove()
    assert draft.rename_option(3, " 氧气 ").build() == "options A and D are the same"
    assert draft.rename_option(3, " ").build() == "option D is empty"
    assert draft.rename_option(3, "氧 气").warnings() == ["options A and D differ in width or spacing only"]
    assert Draft.of(instance("cloze")).add_option("x") == Draft.of(instance("cloze"))


def test_a_worded_answer_is_not_written_over_but_checked() -> None:
    base = instance("choice")
    worded = Instance(
        **base.model_dump(exclude={"id", "messages"}),
        messages=(*base.prompt, Message(role="assistant", content="光合作用吸收二氧化碳，故选B。")),
    )
    draft = Draft.of(worded)
    assert not draft.follows
    moved = draft.move_option(1, -1)
    assert moved.build() == "the gold response does not give the gold letter 'A'"
    assert "the options moved: read the letters in the gold answer again" in moved.warnings()
    assert built(moved.with_response("光合作用吸收二氧化碳，故选A。")).answer == "A"
    assert built(moved.follow()).response == "A"


def test_options_that_the_instruction_words_in_its_own_way_are_not_changed_behind_its_back() -> None:
    base = instance("choice")
    own = Instance(
        **base.model_dump(exclude={"id", "messages"}),
        messages=(Message(role="user", content="吸收的是氧气、二氧化碳还是氮气？"), base.messages[-1]),
    )
    draft = Draft.of(own)
    assert not draft.rendered
    assert built(draft.choose(0)).answer == "A"
    changed = draft.rename_option(2, "氢气")
    assert "in its own way" in str(changed.build())
    assert built(changed.render_options()).instruction.endswith("？\nA.氧气\nB.二氧化碳\nC.氢气")


@pytest.mark.parametrize("form", STEMS)
def test_a_candidate_gets_its_answer(form: str) -> None:
    base = candidate(form)
    draft = Draft.of(base)
    assert isinstance(draft.build(), str)
    if draft.has_options:
        draft = draft.choose(1)
        assert draft.response == "B"
    elif compared(form):
        draft = draft.with_response("天还没亮透。")
    else:
        draft = draft.with_answer({"true_false": "错", "cloze": "地上霜", "worked_answer": "36"}[form])
    made = built(draft)
    assert made.prompt == base.messages
    assert made.parents == ()
    assert made.source == base.source


@pytest.mark.parametrize(
    ("form", "answer", "response", "said"),
    [
        ("cloze", "天上霜", "床上霜", "the gold response is not the gold filling"),
        (
            "worked_answer",
            "36",
            "3×12=36，再加一是37",
            "the worked solution does not end in the final answer",
        ),
        ("true_false", "也许", "也许", "a true/false item's answer is 对 or 错, not '也许'"),
        ("true_false", "错", "正确", "the gold response does not say '错'"),
        ("cloze", " ", "x", "there is no gold answer yet"),
    ],
)
def test_an_answer_is_read_by_its_own_form(form: str, answer: str, response: str, said: str) -> None:
    assert Draft.of(instance(form)).with_response(response).with_answer(answer).build() == said


def test_text_that_no_file_can_hold_is_named() -> None:
    draft = Draft.of(instance("open"))
    assert draft.with_response("坏\ud800").build() == "content: text holds an unpaired surrogate"
    assert "NUL" in str(draft.with_prompt(0, "坏\0").build())
    assert draft.with_prompt(0, " \n").build() == "an instruction is empty"


def test_distractors_are_checked_and_only_errors_block() -> None:
    draft = Draft.of(instance("open"))
    gold = draft.response
    assert draft.with_distractors((("fine", gold + " "),)).build() == "distractor 1 is the gold answer itself"
    fine = draft.with_distractors(
        (("fine", gold.replace("豆腐", "豆浆")), ("coarse", "今天的天气很好，适合出门。"))
    )
    assert fine.warnings() == []
    assert built(fine).distractors[0] == Distractor(kind="fine", text="天还没亮透，他就起来做豆浆。")
    assert built(draft.with_distractors((("fine", gold.replace("豆腐", "豆浆")),))).distractors
    assert Draft.of(instance("cloze")).with_distractors((("fine", "x"),)).distractors == ()


TEXTS = st.one_of(
    st.text(max_size=6),
    st.sampled_from(["A", "对", "错", "答案：B", "36", "甲", "甲 ", "\nA.x", "\ud800", "\0"]),
)
PLACES = st.integers(-2, 11)


class Reviser(RuleBasedStateMachine):
    """Anybody doing anything: a draft is built as a valid instance or says a sentence, and survives being kept."""

    @initialize(form=st.sampled_from(sorted(STEMS)), answered=st.booleans())
    def begin(self, form: str, answered: bool) -> None:
        self.base = instance(form) if answered else candidate(form)
        self.draft = Draft.of(self.base)

    @rule(place=PLACES, text=TEXTS)
    def instruct(self, place: int, text: str) -> None:
        self.draft = self.draft.with_prompt(place, text)

    @rule(place=st.none() | PLACES, text=TEXTS)
    def add(self, place: int | None, text: str) -> None:
        self.draft = self.draft.add_option(text, place)

    @rule(place=PLACES)
    def remove(self, place: int) -> None:
        self.draft = self.draft.remove_option(place)

    @rule(place=PLACES, by=st.integers(-3, 3))
    def move(self, place: int, by: int) -> None:
        right = [self.draft.options[i] for i in sorted(self.draft.right)]
        self.draft = self.draft.move_option(place, by)
        assert sorted(right) == sorted(self.draft.options[i] for i in self.draft.right)

    @rule(place=PLACES, text=TEXTS)
    def rename(self, place: int, text: str) -> None:
        self.draft = self.draft.rename_option(place, text)

    @rule(place=PLACES)
    def choose(self, place: int) -> None:
        self.draft = self.draft.choose(place)

    @rule(text=TEXTS)
    def answer(self, text: str) -> None:
        self.draft = self.draft.with_answer(text)

    @rule(text=TEXTS)
    def respond(self, text: str) -> None:
        self.draft = self.draft.with_response(text)

    @rule(kind=st.sampled_from(["fine", "coarse", None]), text=TEXTS)
    def distract(self, kind: Any, text: str) -> None:
        self.draft = self.draft.with_distractors((*self.draft.distractors[:3], (kind, text)))

    @rule()
    def follow(self) -> None:
        self.draft = self.draft.follow().render_options()

    @invariant()
    def holds(self) -> None:
        if not hasattr(self, "draft"):
            return
        draft = self.draft
        made = draft.build()
        warned = draft.warnings()
        assert all(isinstance(w, str) and w for w in warned)
        if isinstance(made, str):
            assert made
        else:
            assert made == Instance.model_validate_json(made.line())
            assert made.id != self.base.id
            assert (made.ability, made.form, made.source) == (
                self.base.ability,
                self.base.form,
                self.base.source,
            )
            assert made.parents == ((self.base.id,) if isinstance(self.base, Instance) else ())
            if draft.has_options and draft.rendered:
                assert made.instruction == FORMS[made.form].render(draft.prompts[-1], draft.options)
            again = Draft.of(made)
            assert again.messages() == draft.messages()
            assert (again.options, again.right) == (draft.options, draft.right)
        if draft.has_options:
            assert 2 <= len(draft.options) <= len(LETTERS)
            assert all(place < len(draft.options) for place in draft.right)
        assert restore(self.base, keep(draft)) == draft


TestReviser = Reviser.TestCase
TestReviser.settings = settings(max_examples=150, stateful_step_count=12, deadline=None)


@given(
    st.text(max_size=40) | st.recursive(st.none() | st.integers() | st.text(max_size=3), st.lists).map(str)
)
def test_a_kept_draft_that_is_none_is_left_alone(text: str) -> None:
    assert restore(instance("choice"), text) is None


def test_a_kept_draft_of_another_revision_is_left_alone() -> None:
    base = instance("choice")
    text = keep(Draft.of(base).choose(0))
    assert restore(built(Draft.of(base).choose(0)), text) is None
    assert restore(base, text.replace('"right": [0]', '"right": [7]')) is None
    assert restore(base, text.replace('"right": [0]', '"right": [0, 1]')) is None
