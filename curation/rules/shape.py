"""Rules about size and repetition. Lengths are in characters: Chinese has no spaces to count words by."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

from curation.rules.look import Verdict, looked, place, quote
from schemas.instance import Instance

# A run is seen at a few positions that no long one can avoid; at most so many characters are compared there.
_PROBE = 8
_NGRAM = 8
_LETTERS = 20  # say as much as eight Han characters
_PIECES = 6
_FORMAL = re.compile(r"[0-9!-/:-@\[-`{-~\n]|  ")


def length(
    instance: Instance,
    *,
    minimum: int = 1,
    maximum: int = 4000,
    prompt_minimum: int = 0,
    prompt_maximum: int = 0,
    response_minimum: int = 0,
    response_maximum: int = 0,
) -> Verdict:
    """The messages together, the prompt, and the response have so many characters, white space included.

    Args:
        minimum: all messages together: fewest.
        maximum: all messages together: most.
        prompt_minimum: everything before the response: fewest.
        prompt_maximum: everything before the response: most; 0 for no limit of its own.
        response_minimum: the response: fewest.
        response_maximum: the response: most; 0 for no limit of its own.
    """
    look = looked(instance)
    whole = len(look.text) - len(instance.messages) + 1
    response = len(look.response)
    if not minimum <= whole <= maximum:
        return False, _outside("the instance", whole, minimum, maximum)
    if response < response_minimum or 0 < response_maximum < response:
        return False, _outside("the response", response, response_minimum, response_maximum)
    if whole - response < prompt_minimum or 0 < prompt_maximum < whole - response:
        return False, _outside("the prompt", whole - response, prompt_minimum, prompt_maximum)
    return True


def repeated_lines(instance: Instance, *, times: int = 4, share: float = 0.5, shortest: int = 4) -> Verdict:
    """No line of the response stands there again and again.

    Args:
        times: a line may stand so often, whatever its share.
        share: and so may a line that is no more than this share of all lines.
        shortest: shorter lines, and lines without a letter, do not count: brackets and empty cells repeat for good
            reasons.
    """
    response = looked(instance).response
    if response.count("\n") < times:
        return True
    lines = response.split("\n")
    if len(lines) - len(set(lines)) - lines.count("") < times - 1:
        return True
    lines = [line for line in lines if line and not line.isspace()]
    said = Counter(line for line in lines if len(line) >= shortest and any(map(_sounds, line)))
    line, count = said.most_common(1)[0] if said else ("", 0)
    if count > times and count > share * len(lines):
        return False, f"one line of the response stands {count} times among {len(lines)}: {quote(line, 0)}"
    return True


def looping(
    instance: Instance, *, times: int = 5, share: float = 0.5, shortest: int = 40, longest: int = 60
) -> Verdict:
    """The response is not stuck in a loop: one phrase that follows on itself over and over.

    Rulers, tables and long numbers are no phrases: one has a letter in it, or a combining mark.

    Args:
        times: repetitions that make a loop.
        share: of the response that the loop takes up.
        shortest: characters that the loop has in all, at least.
        longest: characters that the repeated phrase has, at most.
    """
    text = looked(instance).response
    size = len(text)
    least = max(shortest, int(share * size), 1)
    times = max(times, 2)
    if size < least:
        return True
    # In a run of `least` characters with a period of a `times`-th of them at most, `step` positions in a row hold a
    # probe together with its repetition. So one of every `step` is enough.
    room = least - least // times
    width = min(_PROBE, (room + 1) // 2)
    step = room - width + 1
    seen = 0
    for start in range(step - 1, size, step):
        probe = text[start : start + width]
        again = text.find(probe, start + 1, start + longest + width)
        while again >= 0 and start >= seen:
            begin, end = _run(text, start, again)
            period = again - start
            if end - begin >= max(least, times * period):
                if any(map(_sounds, text[begin : begin + period])):
                    where = place(instance, len(instance.messages) - 1, begin)
                    phrase = quote(text[begin : begin + period], 0)
                    return False, f"{where}: {phrase} stands {(end - begin) // period} times running"
                seen = end - period
            again = text.find(probe, again + 1, start + longest + width)
    return True


def repeated_phrases(
    instance: Instance, *, times: int = 4, share: float = 0.5, shortest: int = 100
) -> Verdict:
    """The response does not say the same things again and again, next to each other or not.

    Of six pieces of eight characters (20 where they are ASCII), evenly spread over the response, most do not come again. Formulas,
    tables and code repeat themselves for good reasons: only pieces of letters, spaces and full-width marks count (ours).

    Args:
        times: a piece that comes again is repeated if it stands there so often in all.
        share: of the six pieces that may be repeated.
        shortest: shorter responses are not looked at.
    """
    text = looked(instance).response
    size = len(text)
    if size < max(shortest, 2 * _NGRAM):
        return True
    enough = _PIECES - share * _PIECES
    once = 0
    found: list[str] = []
    if enough <= 0:
        return True
    step = (size - _NGRAM) // _PIECES
    for start in range(0, step * _PIECES, step):
        piece = text[start : start + _NGRAM]
        if piece.isascii():
            piece = text[start : start + _LETTERS]
        # That it comes again is quick to see, and most do not.
        if text.find(piece, start + 1) >= 0 and text.count(piece) >= times and not _FORMAL.search(piece):
            found.append(piece)
        else:
            once += 1
            if once >= enough:
                return True
    often = max(found, key=text.count)
    return False, (
        f"{len(found)} of {_PIECES} pieces of the response stand there {times} times or more,"
        f" {quote(often, 0)} {text.count(often)} times"
    )


def _outside(what: str, have: int, minimum: int, maximum: int) -> str:
    if have < minimum:
        return f"{what} has {have} characters, fewer than {minimum}"
    return f"{what} has {have} characters, more than {maximum}"


def _run(text: str, one: int, other: int) -> tuple[int, int]:
    """Begin and end of the run around two positions that repeats with the distance between them."""
    begin, end, period = one, other, other - one
    while begin and text[begin - 1] == text[begin - 1 + period]:
        begin -= 1
    while end < len(text) and text[end] == text[end - period]:
        end += 1
    return begin, end


def _sounds(char: str) -> bool:
    return char.isalpha() or unicodedata.category(char) == "Mn"
