"""Whether distractors do their work: different from the gold answer and from each other, alike in length, no leak.

The paper asks for fine-grained distractors, which alter details of the gold answer (numbers, operators, terms), and for
coarse-grained ones, which are fluent but ignore the instruction. The bounds below are ours.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

from curation.canonical import canonical_text

Kind = Literal["fine", "coarse"] | None

WANTED = 2  # distractors an item, as in the paper
RATIO = {"fine": (0.8, 1.25), "coarse": (0.5, 2.0)}  # of characters to the gold answer's; outside: a warning
FARTHEST = (0.25, 4.0)  # outside: an error, for length alone tells it from the gold answer
SLACK = 6  # characters by which short texts may differ whatever their ratio
TELLING = 8  # characters from which holding a text whole is no coincidence
ECHO = 20  # characters of the instruction in a row that a coarse distractor repeats
ALIKE = 0.6  # share of two-character sequences in common from which two texts are versions of one another
_LONGEST = 20_000


class Finding(NamedTuple):
    """Args: slot: which distractor, from 0; None for all of them. blocks: an error; otherwise a warning."""

    slot: int | None
    blocks: bool
    sentence: str

    @property
    def line(self) -> str:
        return self.sentence if self.slot is None else f"distractor {self.slot + 1} {self.sentence}"


def check_distractors(
    instruction: str, gold: str, slots: Sequence[tuple[Kind, str]], program: bool = False
) -> list[Finding]:
    """What is wrong with the distractors of an open item, errors first.

    Args:
        instruction: what the gold answer answers.
        gold: the gold answer.
        slots: kind and text of each distractor.
        program: the gold answer is a program, where white space and marks may be the altered detail.
    """
    same = _program_text if program else canonical_text
    found: list[Finding] = []
    golden = same(gold)
    texts = [same(text) for _, text in slots]
    for i, (kind, _) in enumerate(slots):
        text = texts[i]
        if not text:
            found.append(Finding(i, True, "is empty"))
            continue
        twin = next((j for j in range(i) if texts[j] == text), None)
        if text == golden:
            found.append(Finding(i, True, "is the gold answer itself"))
        elif twin is not None:
            found.append(Finding(i, True, f"is the same as distractor {twin + 1}"))
        else:
            found += _length(i, kind, len(text), len(golden))
            found += _leak(i, kind, text, golden)
            found += _fine(i, text, golden, program) if kind == "fine" else []
            found += _coarse(i, text, golden, same(instruction)) if kind == "coarse" else []
        if kind is None:
            found.append(Finding(i, False, "is neither called fine nor coarse"))
    kinds = {kind for kind, _ in slots}
    if len(slots) < WANTED:
        found.append(Finding(None, False, f"{WANTED} distractors are wanted, there are {len(slots)}"))
    elif None not in kinds and len(kinds) == 1:
        missing = "coarse" if "fine" in kinds else "fine"
        found.append(Finding(None, False, f"no distractor is {missing}-grained"))
    return sorted(found, key=lambda f: not f.blocks)


def _length(slot: int, kind: Kind, length: int, gold: int) -> list[Finding]:
    if not gold or abs(length - gold) <= SLACK:
        return []
    ratio = length / gold
    low, high = FARTHEST
    if not low <= ratio <= high:
        return [Finding(slot, True, _too(ratio, length, gold, low, high))]
    low, high = RATIO[kind or "coarse"]
    return [] if low <= ratio <= high else [Finding(slot, False, _too(ratio, length, gold, low, high))]


def _too(ratio: float, length: int, gold: int, low: float, high: float) -> str:
    word = "short" if ratio < low else "long"
    count = f"{length} character{'s' * (length != 1)}"
    return f"is too {word}: {count} against {gold}, {ratio:.2f} of the gold answer; let it be {low:g} to {high:g}"


def _leak(slot: int, kind: Kind, text: str, golden: str) -> list[Finding]:
    if golden and golden in text:
        blocks = len(golden) >= TELLING
        return [Finding(slot, blocks, "holds the whole gold answer")]
    if len(text) >= TELLING and text in golden:
        return [Finding(slot, False, "is a part of the gold answer: it leaves out and alters nothing")]
    return []


def _fine(slot: int, text: str, golden: str, program: bool) -> list[Finding]:
    if not program and _bare(text) == _bare(golden):
        return [Finding(slot, False, "differs from the gold answer in marks only")]
    shared = likeness(text, golden)
    if shared < 1 - ALIKE and max(len(text), len(golden)) > SLACK:
        return [Finding(slot, False, f"shares {shared:.0%} with the gold answer: is it a coarse one?")]
    return []


def _coarse(slot: int, text: str, golden: str, asked: str) -> list[Finding]:
    found = []
    if len(asked) >= TELLING and asked in text:
        found.append(Finding(slot, True, "repeats the instruction"))
    else:
        part = _longest_shared(asked, text)
        # what the gold answer repeats as well (a name, a first line to go on from) gives nothing away
        if len(part) >= ECHO and part not in golden:
            found.append(
                Finding(slot, False, f"repeats {len(part)} characters of the instruction: “{part[:16]}…”")
            )
    shared = likeness(text, golden)
    if shared > ALIKE:
        found.append(Finding(slot, False, f"shares {shared:.0%} with the gold answer: is it a fine one?"))
    return found


def likeness(one: str, other: str) -> float:
    """Share of two-character sequences in common (Dice), 0 to 1."""
    first, second = _pairs(one), _pairs(other)
    if not first or not second:
        return float(one == other)
    return 2 * len(first & second) / (len(first) + len(second))


def _pairs(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(min(len(text), _LONGEST) - 1)}


def _bare(text: str) -> str:
    return "".join(char for char in text if unicodedata.category(char)[0] in "LNS" or char in "%‰")


def _longest_shared(one: str, other: str) -> str:
    """The longest run of characters that both hold; of the first few thousand characters."""
    one, other = one[:2000], other[:4000]
    match = SequenceMatcher(None, one, other, autojunk=False).find_longest_match()
    return one[match.a : match.a + match.size]


def _program_text(text: str) -> str:
    """A program without its fences, blank lines and spaces at line ends: indentation is a part of it."""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").split("\n")]
    return "\n".join(line for line in lines if line and not re.match(r"\s*```", line))
