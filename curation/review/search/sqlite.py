"""The index in SQLite: FTS5 without content and without positions, with our grams as its tokens."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from sqlalchemy import Connection

# Its tokenizer parts words at ASCII that is neither letter nor digit and takes all else as it is, so that such
# characters are moved out of ASCII. Some then look like others; the candidate's text tells them apart.
_WORDS = {code: chr(code + 0x80) for code in range(0x80) if not chr(code).isalnum()}
_FIRST, _MOST = 50, 400
_TAG = "\u00a4\u00a4"  # no gram has three characters


class Index:
    def create(self, connection: Connection) -> None:
        connection.exec_driver_sql(
            "CREATE VIRTUAL TABLE gram USING fts5(grams, content='', detail=none, columnsize=0, tokenize='ascii')"
        )

    def begin_load(self, connection: Connection) -> None:
        """Nothing: FTS5 takes many rows as it takes one."""

    def end_load(self, connection: Connection) -> None:
        """Nothing."""

    def insert(self, connection: Connection, rows: Iterable[tuple[int, str, Collection[str]]]) -> None:
        made = [(number, f"{_tag(ability)} {_words(grams)}") for number, ability, grams in rows]
        if made:
            connection.exec_driver_sql("INSERT INTO gram(rowid, grams) VALUES (?, ?)", made)

    def change(
        self, connection: Connection, number: int, gone: Collection[str], new: Collection[str]
    ) -> None:
        """Without content FTS5 has to be told what to take out; what stays need not be named."""
        values = ("delete", number, _words(gone))
        connection.exec_driver_sql("INSERT INTO gram(gram, rowid, grams) VALUES (?, ?, ?)", values)
        connection.exec_driver_sql("INSERT INTO gram(rowid, grams) VALUES (?, ?)", (number, _words(new)))

    def candidates(
        self, connection: Connection, grams: Iterable[str], ability: str | None, after: int
    ) -> Iterator[list[int]]:
        """All candidates in their order, in pieces that grow."""
        asked = [_words([gram]) for gram in grams]
        if ability is not None:
            asked.append(_tag(ability))
        match = " AND ".join(f'"{word}"' for word in asked)
        size = _FIRST
        while True:
            rows = connection.exec_driver_sql(
                "SELECT rowid FROM gram WHERE gram MATCH ? AND rowid > ? ORDER BY rowid LIMIT ?",
                (match, after, size),
            )
            found = [number for (number,) in rows]
            if found:
                yield found
            if len(found) < size:
                return
            after, size = found[-1], min(2 * size, _MOST)


def _words(grams: Collection[str]) -> str:
    return "\t".join(grams).translate(_WORDS).replace(_WORDS[9], " ")


def _tag(ability: str) -> str:
    return _TAG + ability.translate(_WORDS)
