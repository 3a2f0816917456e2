"""The index in PostgreSQL: a tsvector of our grams under GIN, with no dictionary between."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection


class Index:
    def create(self, connection: Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE gram (item bigint PRIMARY KEY, grams tsvector NOT NULL)")
        connection.exec_driver_sql("CREATE INDEX gram_grams ON gram USING gin (grams)")

    def insert(self, connection: Connection, rows: Sequence[tuple[int, list[str]]]) -> None:
        if rows:
            made = [{"item": number, "grams": grams} for number, grams in rows]
            connection.exec_driver_sql(
                "INSERT INTO gram (item, grams) VALUES (%(item)s, array_to_tsvector(%(grams)s::text[]))", made
            )

    def delete(self, connection: Connection, number: int, grams: list[str]) -> None:
        connection.exec_driver_sql("DELETE FROM gram WHERE item = %(item)s", {"item": number})

    def candidates(
        self, connection: Connection, pairs: list[str], beginnings: list[str], limit: int, ability: str | None
    ) -> list[int]:
        # Grams are letters and numerals only, so that quotes hold them.
        query = " & ".join([*(f"'{pair}'" for pair in pairs), *(f"'{one}':*" for one in beginnings)])
        values = {"query": query, "limit": limit, "ability": ability}
        among = (
            "" if ability is None else " AND item IN (SELECT number FROM item WHERE ability = %(ability)s)"
        )
        rows = connection.exec_driver_sql(
            f"SELECT item FROM gram WHERE grams @@ %(query)s::tsquery{among} ORDER BY item LIMIT %(limit)s",
            values,
        )
        return [number for (number,) in rows]
