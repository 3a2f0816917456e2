"""The index in SQLite: FTS5 without content and without positions, which our grams as tokens need not."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection


class Index:
    def create(self, connection: Connection) -> None:
        connection.exec_driver_sql(
            "CREATE VIRTUAL TABLE gram USING fts5(grams, content='', detail=none, columnsize=0,"
            " tokenize='unicode61 remove_diacritics 0')"
        )

    def insert(self, connection: Connection, rows: Sequence[tuple[int, list[str]]]) -> None:
        if rows:
            made = [(number, " ".join(grams)) for number, grams in rows]
            connection.exec_driver_sql("INSERT INTO gram(rowid, grams) VALUES (?, ?)", made)

    def delete(self, connection: Connection, number: int, grams: list[str]) -> None:
        """Without content FTS5 has to be told what to take out."""
        values = ("delete", number, " ".join(grams))
        connection.exec_driver_sql("INSERT INTO gram(gram, rowid, grams) VALUES (?, ?, ?)", values)

    def candidates(
        self, connection: Connection, pairs: list[str], beginnings: list[str], limit: int, ability: str | None
    ) -> list[int]:
        match = " AND ".join([*(f'"{pair}"' for pair in pairs), *(f'"{one}" *' for one in beginnings)])
        if ability is None:
            rows = connection.exec_driver_sql(
                "SELECT rowid FROM gram WHERE gram MATCH ? ORDER BY rowid LIMIT ?", (match, limit)
            )
        else:
            rows = connection.exec_driver_sql(
                "SELECT gram.rowid FROM gram CROSS JOIN item ON item.number = gram.rowid"
                " WHERE gram MATCH ? AND item.ability = ? ORDER BY gram.rowid LIMIT ?",
                (match, ability, limit),
            )
        return [number for (number,) in rows]
