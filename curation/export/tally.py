"""What an export holds, counted block by block: the numbers of the dataset card."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from schemas.instance import Instance

# A source is a file. Far more names than files can be are text that landed in the wrong field: they are counted
# together, so that memory does not grow with the rows.
MOST = 2000
OTHERS = "(further sources)"
_SAMPLED = 16

_HAN = re.compile("[\u3400-\u9fff]")
_KANA = re.compile("[\u3040-\u30ff]")
_HANGUL = re.compile("[\uac00-\ud7af]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")


class Kind(NamedTuple):
    """What rows are counted by."""

    part: str
    ability: str
    form: str
    origin: str
    source: str
    licence: str


@dataclass
class Tally:
    """Counts of rows that were written.

    Args:
        rows: kind -> rows.
        characters: part -> characters of prompts and responses together.
        fields: field of an instance -> rows in which it holds something; `turns` for several of the user's, `system`.
        lost: what a layout had no place for in some rows only -> rows.
        scripts: `han`, `latin`, … -> rows of a sample whose letters are mostly of it.
    """

    rows: Counter[Kind] = field(default_factory=Counter)
    characters: Counter[str] = field(default_factory=Counter)
    fields: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    scripts: Counter[str] = field(default_factory=Counter)

    def count(self, part: str, instance: Instance, number: int) -> None:
        """One row; `number` is its place in its block, every sixteenth of which is read for its script."""
        source, messages, fields = instance.source, instance.messages, self.fields
        # A plain tuple, equal to its Kind and quicker to make; `add` gives it its name.
        key = (part, instance.ability, instance.form, instance.origin, source.name, source.licence)
        self.rows[key] += 1  # type: ignore[index]
        if len(messages) == 2:
            self.characters[part] += len(messages[0].content) + len(messages[1].content)
        else:
            self.characters[part] += sum([len(m.content) for m in messages])
            turns = sum([m.role == "user" for m in messages])
            if turns > 1:
                fields["turns"] += 1
            if messages[0].role == "system":
                fields["system"] += 1
        if instance.choices:
            fields["choices"] += 1
        if instance.answer:
            fields["answer"] += 1
        if instance.distractors:
            fields["distractors"] += 1
            if any(d.kind for d in instance.distractors):
                fields["kind"] += 1
        if instance.parents:
            fields["parents"] += 1
        if source.group:
            fields["group"] += 1
        if number % _SAMPLED == 0:
            self.scripts[script_of("".join([m.content for m in messages]))] += 1

    def add(self, other: Tally) -> None:
        """The rows of another block."""
        for key, number in other.rows.items():
            kind = Kind._make(key)
            known = kind in self.rows or len(self.rows) < MOST
            self.rows[kind if known else kind._replace(source=OTHERS, licence=OTHERS)] += number
        self.characters.update(other.characters)
        self.fields.update(other.fields)
        self.lost.update(other.lost)
        self.scripts.update(other.scripts)

    def total(self) -> int:
        return self.rows.total()

    def by(self, *names: str) -> Counter[tuple[str, ...]]:
        """Rows by some of the fields of `Kind`, in the order in which they were first met."""
        found: Counter[tuple[str, ...]] = Counter()
        for kind, number in self.rows.items():
            found[tuple(getattr(kind, name) for name in names)] += number
        return found


def script_of(text: str) -> str:
    """The script that most letters of a text are of: `han`, `kana`, `hangul`, `latin`, or `other`.

    A text with a good share of kana is Japanese, whatever the number of its Han characters.
    """
    counts = {
        "han": len(_HAN.findall(text)),
        "kana": 4 * len(_KANA.findall(text)),
        "hangul": len(_HANGUL.findall(text)),
        # A Latin word has about four letters where Chinese has one or two characters.
        "latin": len(_LATIN.findall(text)) // 3,
    }
    best = max(counts, key=lambda name: counts[name])
    return best if counts[best] else "other"
