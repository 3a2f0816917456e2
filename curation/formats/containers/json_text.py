"""One JSON array, or a JSON object that holds the array at a key: its elements one at a time.

Of the text no more is held than the largest element needs; what stands beside the array is passed over unread. `ijson`
was measured against this: as fast, but it replaces unpaired surrogates and refuses NaN, so that rows would change.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from curation.formats.base import Raw, Tally
from curation.formats.containers.part import CHUNK, ROW_LIMIT, TOO_LONG
from schemas.errors import BadData
from schemas.terminal import one_line

_STRUCTURE = re.compile(r'["\[\]{}]')
_IN_TEXT = re.compile(r'["\\]')
_SCALAR = re.compile(r"[^\s,\]}]*")
_BLANK = re.compile(r"[ \t\r\n]*")


class NoArray(ValueError):
    """The key is not there, or holds no array."""


def array(chunks: Iterable[bytes], tally: Tally, where: str, path: Sequence[str] = ()) -> Iterator[Raw]:
    """The elements of the array at `path`, keyed from 1; of the array itself for no path.

    Args:
        where: for the error.
        path: keys of objects, outermost first.

    Raises:
        BadData: what is there is no such array, breaks off or is not JSON; says after which row.
    """
    number = 0
    try:
        for value in _Text(chunks).elements(path):
            number += 1
            tally.rows += 1
            yield Raw(str(number), value)
    except UnicodeDecodeError as error:
        raise BadData(f"not UTF-8 ({error.reason})", where=where, do="convert the file to UTF-8") from None
    except RecursionError:
        raise BadData("nested too deeply", where=where, do="mend the file") from None
    except NoArray as error:
        raise BadData(one_line(str(error), 200), where=where, do="name another --format or key") from None
    except ValueError as error:
        what = f"not a JSON array ({one_line(str(error), 120)}"
        raise BadData(f"{what}, after row {number})", where=where, do="mend the file") from None


def holds_array(head: bytes, path: Sequence[str], whole: bool) -> bool:
    """Whether the object that a text begins with seems to hold an array at `path`, as far as `head` goes.

    Args:
        whole: `head` is all there is.
    """
    try:
        text = _Text([head], errors="ignore")
        text.enter(path)
    except (ValueError, RecursionError):
        # Broken off by the end of `head`: the key may still come.
        return not whole and text.ended and text.position >= len(text.buffer)
    return True


class _Text:
    """A text that is read on as needed; `position` is a place in `buffer`, and what lies before it is forgotten."""

    def __init__(self, chunks: Iterable[bytes], errors: str = "strict") -> None:
        self._chunks = iter(chunks)
        self._decode = codecs.getincrementaldecoder("utf-8-sig")(errors).decode
        self.buffer, self.position, self.ended = "", 0, False

    def more(self, least: int = CHUNK) -> bool:
        """Read about `least` bytes on. False at the end."""
        if self.ended:
            return False
        pieces, size = [self.buffer[self.position :]], 0
        while size < least:
            chunk = next(self._chunks, None)
            if chunk is None:
                self.ended = True
                pieces.append(self._decode(b"", True))
                break
            pieces.append(self._decode(chunk))
            size += len(chunk)
        self.buffer, self.position = "".join(pieces), 0
        return True

    def peek(self) -> str:
        """The next character that is not blank; empty at the end."""
        while True:
            self.position = _blank(self.buffer, self.position)
            if self.position < len(self.buffer):
                return self.buffer[self.position]
            if not self.more():
                return ""

    def expect(self, char: str) -> None:
        found = self.peek()
        if found != char:
            raise ValueError(f"{char} is missing" if found else "broken off")
        self.position += 1

    def key(self) -> str:
        """The key that stands here and its colon, passed over."""
        if self.peek() != '"':
            raise ValueError("a key is missing" if self.peek() else "broken off")
        start = self.position
        while True:
            try:
                key, end = json.JSONDecoder().raw_decode(self.buffer, start)
                break
            except json.JSONDecodeError:
                if len(self.buffer) - self.position > ROW_LIMIT or not self.more():
                    self.position = len(self.buffer)
                    raise ValueError("broken in a key") from None
                start = 0
        self.position = end
        self.expect(":")
        return str(key)

    def skip(self) -> None:
        """Pass over the value that stands here, whatever its size, by its brackets and quotes alone."""
        if self.peek() not in ('"', "[", "{"):
            self._skip_scalar()
            return
        depth, inside = 0, False
        while True:
            found = (_IN_TEXT if inside else _STRUCTURE).search(self.buffer, self.position)
            if not found:
                self.position = len(self.buffer)
                if not self.more():
                    raise ValueError("broken off")
                continue
            self.position, char = found.end(), found.group()
            if char == "\\":
                if self.position == len(self.buffer) and not self.more():
                    raise ValueError("broken off")
                self.position += 1
            elif char == '"':
                inside = not inside
            else:
                depth += 1 if char in "[{" else -1
            if depth <= 0 and not inside:
                return

    def _skip_scalar(self) -> None:
        size = 0
        while True:
            found = _SCALAR.match(self.buffer, self.position)
            end = found.end() if found else self.position
            size += end - self.position
            self.position = end
            if end < len(self.buffer) or not self.more():
                break
        if not size:
            raise ValueError("a value is missing" if self.peek() else "broken off")

    def enter(self, path: Sequence[str]) -> None:
        """Go to the array at `path`, which begins at `position` then. Raises NoArray if there is none."""
        for name in path:
            if self.peek() != "{":
                raise NoArray(f"there is no list named {'.'.join(path)}")
            self.position += 1
            self._find(name, path)
        if self.peek() != "[":
            if path:
                raise NoArray(f"{'.'.join(path)} is not a list")
            raise ValueError("it does not begin with [")

    def _find(self, name: str, path: Sequence[str]) -> None:
        if self.peek() == "}":
            raise NoArray(f"there is no list named {'.'.join(path)}")
        while self.key() != name:
            self.skip()
            if self.peek() == "}":
                raise NoArray(f"there is no list named {'.'.join(path)}")
            self.expect(",")

    def elements(self, path: Sequence[str]) -> Iterator[Any]:
        """The elements of the array at `path`. Raises ValueError for anything that is no JSON around them."""
        self.enter(path)
        self.position += 1
        if self.peek() == "]":
            self.position += 1
        else:
            yield from self._elements()
        for _ in path:
            while self.peek() == ",":
                self.position += 1
                self.key()
                self.skip()
            self.expect("}")
        if self.peek():
            raise ValueError("something follows its end")

    def _elements(self) -> Iterator[Any]:
        """From the first element to behind the closing bracket."""
        decode = json.JSONDecoder().raw_decode
        buffer, position = self.buffer, self.position
        while True:
            try:
                value, end = decode(buffer, position)
            except json.JSONDecodeError:
                value, end = None, -1
            after = _blank(buffer, end) if end >= 0 else len(buffer)
            # At the end of what was read a number may go on, and what follows the element is not known.
            if end < 0 or (after == len(buffer) and not self.ended):
                self.position = position
                if len(buffer) - position > ROW_LIMIT:
                    raise ValueError(f"an element is {TOO_LONG}")
                # Reading on as much as there is already keeps a huge element linear.
                if not self.more(max(CHUNK, len(buffer) - position)):
                    raise ValueError("broken")
                buffer, position = self.buffer, self.position
                continue
            if after == len(buffer):
                self.position = after
                yield value
                raise ValueError("broken off")
            mark = buffer[after]
            if mark != "," and mark != "]":
                raise ValueError("broken")
            position = after + 1
            if mark == "]":
                self.position = position
                yield value
                return
            yield value
            position = _blank(buffer, position)
            if position == len(buffer):
                self.position = position
                if not self.peek():
                    raise ValueError("a comma and nothing after it")
                buffer, position = self.buffer, self.position


def _blank(text: str, position: int) -> int:
    """The place of the next character that is not blank."""
    if position < len(text) and text[position] not in " \t\r\n":
        return position
    found = _BLANK.match(text, position)
    return found.end() if found else position
