"""What is refused and why; what a reply becomes."""

from __future__ import annotations

import pytest

from schemas.forms.base import lettered
from schemas.instance import Candidate, Instance, Message, Source
from synth.gates import GATES, Bar, Judged, judge
from synth.journal import Answer
from synth.spec import GenerateSpec
from synth.strategies import STRATEGIES, Prompt
from tests.synth.synth_rows import choice, open_item


def ask(
    prompt: Prompt,
    text: str,
    finished: bool = True,
    gates: tuple[str, ...] = tuple(GATES),
    refused: str = "",
    check: dict[str, object] | None = None,
) -> Judged:
    answer = Answer("row", prompt.id, 0, 7, text, len(text), finished, refused)
    return judge(prompt, answer, STRATEGIES["regenerate"], Bar.of(gates, check or {}), "teacher")


def item(form: str, answer: str, response: str, choices: tuple[str, ...] = ()) -> Instance:
    return Instance(
        ability="math",
        form=form,  # type: ignore[arg-type]
        messages=(
            Message(role="user", content="\n".join(["问", *lettered(choices)])),
            Message(role="assistant", content=response),
        ),
        choices=choices,
        answer=answer,
        source=Source(name="s", row="1"),
    )


def test_a_wrong_letter_is_the_models_own_answer() -> None:
    prompt = choice(3)
    made = ask(prompt, " 答案：D ").instance
    assert made is not None
    assert (made.answer, made.response, made.origin) == ("D", "答案：D", "synthetic")
    assert made.prompt == prompt.prompt
    assert made.choices == prompt.choices
    assert made.parents == (prompt.id,)
    assert made.source == Source(name="teacher", row="row", licence="", group="passage-1")
    assert made.id != prompt.id


def test_the_models_right_answer_has_the_human_rows_id() -> None:
    """An id hashes content only: the same answer to the same instruction is the same content."""
    prompt = choice(3)
    made = ask(prompt, "B").instance
    assert made is not None
    assert made.id == prompt.id


@pytest.mark.parametrize(
    ("prompt", "reply", "answer"),
    [
        (item("several_choice", "AB", "AB", ("一", "二", "三")), "选C、A", "AC"),
        (item("true_false", "对", "对"), "这句话不正确", "错"),
        (item("worked_answer", "7", "答案：7"), "3+5=8\n#### 8", "8"),
        (item("cloze", "山", "山"), "答案：水", "水"),
    ],
)
def test_forms_read_the_reply(prompt: Instance, reply: str, answer: str) -> None:
    made = ask(prompt, reply).instance
    assert made is not None
    assert made.answer == answer


@pytest.mark.parametrize(
    ("prompt", "reply", "finished", "rule", "reason"),
    [
        (choice(1), "B", False, "finished", "cut off"),
        (choice(1), "  \n", True, "answer", "empty"),
        (choice(1), "都不对", True, "form", "gives no answer"),
        (choice(1), "答案：J", True, "form", "not among the options"),
        (choice(1), "A或者B", True, "form", "gives no answer"),
        (item("several_choice", "AB", "AB", ("一", "二")), "选ABD", True, "form", "not among the options"),
        (item("true_false", "对", "对"), "难说", True, "form", "gives no answer"),
        (item("worked_answer", "7", "答案：7"), "我想想", True, "form", "gives no answer"),
        (open_item(), "作为一个人工智能，我不能写诗。", True, "refusal", "refuses"),
        (open_item(), "Я не знаю, что здесь написать", True, "script", "letters"),
        (open_item(), "春天<|endoftext|>", True, "residue", "template"),
        (open_item(), "好\x1b[2J", True, "mojibake", "control"),
        (open_item(), "好\ud800", True, "form", ""),
        (open_item(), "好\x00", True, "form", "NUL"),
    ],
)
def test_refusals_say_why(prompt: Instance, reply: str, finished: bool, rule: str, reason: str) -> None:
    judged = ask(prompt, reply, finished)
    assert judged.instance is None
    last = judged.decisions[-1]
    assert (last.rule, last.kept, last.stage, last.subject) == (rule, False, "synth", "row")
    assert reason in last.reason
    assert last.reason
    last.model_dump_json()  # whatever the model said, the evidence can be written down
    assert all(d.kept for d in judged.decisions[:-1])


def test_gates_can_be_switched_off() -> None:
    assert ask(choice(1), "答案：A，因为", finished=False, gates=("answer",)).instance is not None
    assert ask(choice(1), "", gates=()).instance is None  # the types still refuse an empty gold answer


def test_curations_rules_follow_the_settings() -> None:
    refusing = "作为一个人工智能，我不能写诗。"
    assert ask(open_item(), refusing, check={"refusal": False}).instance is not None
    assert ask(open_item(), "很长" * 20, check={"length": {"maximum": 30}}).decisions[-1].rule == "length"
    with pytest.raises(ValueError, match="did you mean 'refusal'"):
        GenerateSpec(check={"refusl": False})


def test_an_open_item_loses_only_the_distractor_that_is_the_reply() -> None:
    prompt = open_item()
    made = ask(prompt, "答案").instance
    assert made is not None
    assert made.response == "答案"
    assert made.answer == ""
    assert [d.text for d in made.distractors] == ["秋天来了"]
    other = ask(prompt, "夏天来了").instance
    assert other is not None
    assert other.distractors == prompt.distractors


def test_a_candidate_gets_its_first_answer() -> None:
    prompt = Candidate(
        ability="history",
        form="true_false",
        messages=(Message(role="user", content="秦统一六国"),),
        source=Source(name="s", row="9"),
    )
    made = ask(prompt, "对").instance
    assert made is not None
    assert made.parents == (prompt.id,)


def test_a_request_that_could_not_be_sent_is_refused_with_the_backends_reason() -> None:
    judged = ask(choice(1), "", refused="too long")
    assert [(d.rule, d.reason) for d in judged.decisions] == [("request", "too long")]
