"""Instances of every form and shape for the tests of exports."""

from __future__ import annotations

from hypothesis import strategies as st

from schemas.forms.base import lettered
from schemas.instance import Distractor, Instance, Message, Source

# Readers take the white space around a text off; control characters are `check`'s business.
LINE = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp", "Zs"), exclude_characters="\ufeff"),
    min_size=1,
    max_size=12,
).filter(lambda text: text == text.strip())
# One ability each that takes the form and no other that reads the same.
ABILITY = {
    "choice": "biology",
    "several_choice": "ethics",
    "true_false": "history",
    "cloze": "chinese",
    "worked_answer": "math",
    "open": "role_play",
    "code": "code",
}


@st.composite
def prompts(draw: st.DrawFn, question: str, *, turns: bool = True) -> list[Message]:
    """Perhaps a system text, perhaps turns before the question."""
    found = [Message(role="system", content=draw(LINE))] if turns and draw(st.booleans()) else []
    for said, replied in draw(st.lists(st.tuples(LINE, LINE), max_size=2)) if turns else []:
        found += [Message(role="user", content=said), Message(role="assistant", content=replied)]
    return [*found, Message(role="user", content=question)]


@st.composite
def instances(draw: st.DrawFn, forms: tuple[str, ...] = tuple(ABILITY), turns: bool = True) -> Instance:
    form = draw(st.sampled_from(forms))
    question, choices, distractors = draw(LINE), (), ()
    if form in ("choice", "several_choice"):
        choices = tuple(draw(st.lists(LINE, min_size=2, max_size=5, unique=True)))
        letters = "ABCDE"[: len(choices)]
        size = 1 if form == "choice" else draw(st.integers(2, len(choices)))
        answer = "".join(sorted(draw(st.permutations(letters))[:size]))
        question = "\n".join([question, *lettered(choices)])
        response = draw(st.sampled_from([answer, f"答案：{answer}"]))
    elif form == "true_false":
        response = answer = draw(st.sampled_from(["对", "错"]))
    elif form == "cloze":
        answer = draw(st.text("春夏秋冬风花雪月", min_size=1, max_size=6))
        response = draw(st.sampled_from([answer, f"填：{answer}"]))
    elif form == "worked_answer":
        answer = str(draw(st.integers(-99, 9999)))
        response = f"{draw(st.sampled_from(['先加', '再减']))}\n#### {answer}"
    else:
        answer = ""
        response, *wrong = draw(st.lists(LINE, min_size=3, max_size=3, unique=True))
        if draw(st.booleans()):
            distractors = tuple(Distractor(text=text) for text in wrong)
    messages = [*draw(prompts(question, turns=turns)), Message(role="assistant", content=response)]
    return Instance(
        ability=ABILITY[form],
        form=form,
        messages=tuple(messages),
        choices=choices,
        answer=answer,
        distractors=distractors,
        origin=draw(st.sampled_from(["human", "synthetic"])),
        source=Source(
            name=draw(LINE),
            row=draw(LINE),
            licence=draw(st.sampled_from(["", "MIT"])),
            group=draw(st.sampled_from(["", "g"])),
        ),
        parents=tuple(draw(st.lists(st.sampled_from(["a" * 64, "b" * 64]), max_size=1))),
    )
