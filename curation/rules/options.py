"""Rules about choice questions: options that the prompt does not show, and more than one gold answer."""

from __future__ import annotations

import re
import unicodedata
from itertools import takewhile

from curation.canonical import canonical_text
from curation.rules.look import Verdict, looked, quote
from schemas.instance import LETTERS, Instance

# A letter that labels an option: at the beginning of a line or after a space or a mark.
_LABEL = re.compile(r"(?:^|[\s(（，。；;？?：:])([A-J])\s?[.．、:：)）]", re.MULTILINE)
_OWN_LABEL = re.compile(r"([A-J])\s*[.．、:：)）]?\s*$")
_STATED = re.compile(
    r"(?:答案|正确选项|应选|故选|(?<![可多单])选|[Aa]nswer)\s*(?:应该|应|就)?(?:是|为|is)?\s*[:：]?\s*[(（]?"
    r"((?:[A-J](?![A-Za-z])(?:\s*[,，、和及与]?\s*))+)",
)
_ONLY_LETTERS = re.compile(r"\s*[(（]?((?:[A-J](?:\s*[,，、和及与]?\s*))+)[)）]?[.。]?\s*")
_MARKED = re.compile(
    r"多选|不定项|多项选择|[（(]\s*双选|(?:选出|选择|勾选)所有(?![权者制])|所有(?:正确|符合|适用)的(?:选项|答案|项)|选择(?:两|二|三)[个项]|"
    r"select all|all that apply|choose (?:all|two|three)|more than one (?:answer|option)",
    re.IGNORECASE,
)
_LOOSE = re.compile(
    r"哪些|哪几|(?:正确|错误|不正确|恰当|符合|属于|包括)[^，。；\n]{0,10}的?有\s*[?？:：(（_]*\s*$|which of the following are",
    re.IGNORECASE,
)


_BLOCKS = ["".join(f"\n{letter}.%s" for letter in LETTERS[:count]) for count in range(len(LETTERS) + 1)]
# One of these stands in whatever `_MARKED` finds.
_HINTS = ("选", "所有", "择", "elect all", "that apply", "hoose", "ore than one")


def options(instance: Instance) -> Verdict:
    """The prompt shows each option under its own letter, and no letter is asked for or given that is no option.

    In choice items: an option of `choices` that the prompt does not show or shows under another letter, an option of
    the prompt that `choices` has not, a letter stated in the response that is no option. In other items whose prompt
    lists options, the last of these.
    """
    look = looked(instance)
    response = look.response
    choices = instance.choices
    if not choices:
        if "B" not in look.low or "A" not in look.low or not (stated := _letters_stated(response)):
            return True
        shown = _shown(look.text[: len(look.text) - len(response)])
        wrong = [letter for letter in stated if letter not in shown]
        if len(shown) >= 2 and wrong:
            return False, f"the response gives {wrong[0]}, but the prompt shows {', '.join(shown)}"
        return True
    known = LETTERS[: len(choices)]
    end = len(look.text) - len(response) - 1
    if (
        not look.text.endswith(_BLOCKS[len(choices)] % choices, 0, end)
        or LETTERS[len(choices) :][:1] in choices[-1]
    ):
        prompt = look.text[:end]
        for letter, choice in zip(LETTERS, choices, strict=False):
            if f"{letter}.{choice}" not in prompt and (problem := _problem(prompt, letter, choice)):
                return False, problem
        more = _shown(prompt)[len(known) :]
        if more:
            return False, f"the prompt shows an option {more[0]}, but the item has only {', '.join(known)}"
    if response != instance.answer:
        wrong = [letter for letter in _letters_stated(response) if letter not in known]
        if wrong:
            return False, f"the response gives {wrong[0]}, which is no option: {quote(response, 0)}"
    return True


def single_answer(instance: Instance, *, loose: bool = False) -> Verdict:
    """A choice item has one gold answer: its stem does not ask for several and its response does not state two.

    Args:
        loose: also take 哪些, 哪几, 正确的有 in the last line of the stem for a question with several answers. Exams use them
            in single-choice questions all the time.
    """
    if instance.form != "choice":
        return True
    look = looked(instance)
    if look.response != instance.answer:
        stated = _letters_stated(look.response)
        if len(stated) > 1:
            return False, f"the response gives {' and '.join(stated)}: {quote(look.response, 0)}"
    text = look.text
    end = text.rfind("\nA.")
    if end < 0:
        end = max(text.find(instance.choices[0]), 0)
    line = text[text.rfind("\n", 0, end) + 1 : end]
    for hint in _HINTS:
        if hint in line:
            break
    else:
        if text[:12].find("选") < 0 and not loose:
            return True
    found = _MARKED.search(line) or _MARKED.search(text[:12]) or (_LOOSE.search(line) if loose else None)
    if found:
        return False, (
            f"the question asks for several answers ({found.group().strip()!r}), the item has one: {quote(line, -60)}"
        )
    return True


def _problem(prompt: str, letter: str, choice: str) -> str:
    """Why an option is not where it should be in the prompt; empty if it is."""
    text = choice
    if choice not in prompt:
        prompt, text = canonical_text(prompt), canonical_text(choice)
        if text not in prompt:
            return f"the prompt does not show option {letter}: {quote(choice, 0)}"
    labels = []
    position = prompt.find(text)
    while position >= 0:
        label = _OWN_LABEL.search(prompt[max(0, position - 6) : position])
        if label is None or label[1] == letter:
            return ""
        labels.append(label[1])
        position = prompt.find(text, position + 1)
    return f"option {letter} stands under {labels[0]} in the prompt: {quote(choice, 0)}"


def _shown(prompt: str) -> str:
    """Letters of the last list of options in a prompt: A, B, C, … without a gap."""
    labels = [found[1] for found in _LABEL.finditer(prompt)]
    while labels and labels[-1] == "A":
        labels.pop()
    if "A" not in labels:
        return ""
    labels = labels[len(labels) - 1 - labels[::-1].index("A") :]
    return "".join(
        a for a, b in takewhile(lambda pair: pair[0] == pair[1], zip(labels, LETTERS, strict=False))
    )


def _letters_stated(response: str) -> list[str]:
    """Distinct letters that a response states as its answer, by the last such statement."""
    if len(response) > 30 and "选" not in response and "答案" not in response and "nswer" not in response:
        return []
    text = unicodedata.normalize("NFKC", response)
    alone = _ONLY_LETTERS.fullmatch(text)
    runs = [alone[1]] if alone else _STATED.findall(text)
    return list(dict.fromkeys(c for c in runs[-1].upper() if c in LETTERS)) if runs else []
