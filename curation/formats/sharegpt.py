"""ShareGPT: `conversations` of `from` and `value`; the system's text as a turn or as a column of its own.

Turns come under many names; the tool turns of function calling have no place in an instance and are rejected. A
conversation that opens with the assistant's turn keeps it; one that ends with the user's turn is a candidate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from curation.formats.base import Raw, Rejected, Target
from curation.formats.building import (
    answer_in,
    candidate,
    conversation,
    fields_of,
    form_option,
    group_of,
    text_of,
)
from curation.formats.reading import Records
from schemas.errors import BadSpec
from schemas.instance import Candidate, Instance
from schemas.terminal import one_line

_SPEAKERS = {
    **dict.fromkeys(("human", "user", "prompter", "question"), "user"),
    **dict.fromkeys(("gpt", "assistant", "chatgpt", "bing", "bard", "model", "bot", "answer"), "assistant"),
    "system": "system",
    **dict.fromkeys(("tool", "function", "function_call", "function-call", "function_response"), "tool"),
    **dict.fromkeys(("observation", "tool_call", "tool_response", "tools", "ipython"), "tool"),
}
_COLUMNS = ("conversations", "conversation", "messages", "items")
_ODD = ("reject", "join", "keep")


class ShareGpt(Records):
    about = "ShareGPT's conversations of from (human, gpt) and value, and perhaps system"
    options: Mapping[str, str] = {
        "conversations": "name of the conversation's column, if it is none of " + ", ".join(_COLUMNS),
        "system": "name of the system text's column, system if missing",
        "odd": "two turns of one speaker in a row: `reject` (if missing), `join` with a blank line, `keep`",
    }

    def convert(self, raw: Raw, target: Target) -> Instance | Candidate:
        row, options = fields_of(raw), target.options
        odd = options.get("odd", "reject")
        if odd not in _ODD:
            raise BadSpec(f"unknown value {odd!r}", where="option odd", do=f"known: {', '.join(_ODD)}")
        turns = _turns(row, options.get("conversations", ""))
        turns = _with_system(text_of(row, options.get("system", "system"), required=False), turns)
        turns = _in_turn(turns, odd)
        form, group = form_option(target, target.free_form), group_of(row)
        if not any(role == "user" for role, _ in turns):
            raise Rejected("no turn is the user's")
        if turns[-1][0] == "user":
            return candidate(target, raw, form, turns, group)
        if turns[-1][0] == "system":
            raise Rejected("the last turn is the system's")
        answer = answer_in(form, turns[-1][1])
        return conversation(target, raw, form, turns, answer, group=group)


def _turns(row: Mapping[str, Any], named: str) -> list[tuple[str, str]]:
    """(role, text) of every turn. Raises Rejected for a turn nobody known says, without text, or of a tool."""
    name = named or next((n for n in _COLUMNS if n in row), _COLUMNS[0])
    value = row.get(name)
    if not isinstance(value, list):
        raise Rejected(f"there are no {name}" if value is None else f"{name} is not a list")
    if not value:
        raise Rejected(f"{name} is empty")
    found: list[tuple[str, str]] = []
    for number, turn in enumerate(value, 1):
        if not isinstance(turn, dict):
            raise Rejected(f"turn {number} is not an object")
        said = turn.get("from", turn.get("role"))
        role = _SPEAKERS.get(said.strip().casefold(), "") if isinstance(said, str) else ""
        if not role:
            shown = repr(one_line(said, 40)) if isinstance(said, str) else "nobody"
            raise Rejected(f"turn {number} is said by {shown}, neither human, gpt nor system")
        if role == "tool":
            raise Rejected(f"turn {number} is a tool's, which an instance has no place for")
        text = turn.get("value", turn.get("content", turn.get("text")))
        if not isinstance(text, str):
            raise Rejected(f"turn {number} has no text")
        if not text.strip():
            raise Rejected(f"turn {number} is empty")
        found.append((role, text))
    return found


def _with_system(system: str, turns: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The turns behind the system's. Raises Rejected if it speaks later on, or says two things."""
    later = next((n for n, (role, _) in enumerate(turns[1:], 2) if role == "system"), 0)
    if later:
        raise Rejected(f"turn {later} is the system's, and not the first")
    if not system:
        return list(turns)
    if turns[0][0] != "system":
        return [("system", system), *turns]
    if turns[0][1].strip() != system:
        raise Rejected("the system's column and its turn say different things")
    return list(turns)


def _in_turn(turns: Sequence[tuple[str, str]], odd: str) -> list[tuple[str, str]]:
    """The turns, those of one speaker in a row rejected or joined."""
    found: list[tuple[str, str]] = []
    for number, (role, text) in enumerate(turns, 1):
        if found and found[-1][0] == role and odd != "keep":
            if odd == "reject":
                raise Rejected(f"turns {number - 1} and {number} are both the {role}'s")
            found[-1] = (role, f"{found[-1][1]}\n\n{text}")
        else:
            found.append((role, text))
    return found


FORMAT = ShareGpt()
