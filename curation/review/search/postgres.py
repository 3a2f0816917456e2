"""The index in PostgreSQL: our grams as numbers in an array, under GIN."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from zlib import crc32

from sqlalchemy import Connection

# The first half of numbers that stand for abilities: no character of the basic plane has that code.
_ABILITIES = 0xFFFF
_GIN = "CREATE INDEX IF NOT EXISTS gram_grams ON gram USING gin (grams)"
# GIN reads every place of a gram before it gives the first one. What is common is found among the next rows by looking
# at them; only what is not is asked of the index. Each query is in a form that leaves no other plan: the planner's
# guesses about grams are poor.
_WINDOW, _COMMON, _SORTED = 4_000, 50, 20_000
_NEXT = (
    "SELECT item FROM (SELECT item, grams FROM gram WHERE item > %(after)s AND item <= %(until)s ORDER BY item OFFSET 0)"
    " AS near WHERE grams @> %(codes)s::integer[] LIMIT %(limit)s"
)
_ALL = (
    "WITH hit AS MATERIALIZED (SELECT item FROM gram WHERE grams @> %(codes)s::integer[] AND item + 0 > %(after)s)"
    " SELECT item FROM hit ORDER BY item LIMIT %(limit)s"
)


class Index:
    def create(self, connection: Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE gram (item bigint PRIMARY KEY, grams integer[] NOT NULL)")
        connection.exec_driver_sql(_GIN)

    def begin_load(self, connection: Connection) -> None:
        """The first rows wait with their index, which is made of all at once in half the time and smaller."""
        if connection.exec_driver_sql("SELECT item FROM gram LIMIT 1").first() is None:
            connection.exec_driver_sql("DROP INDEX IF EXISTS gram_grams")

    def end_load(self, connection: Connection) -> None:
        connection.exec_driver_sql("SET LOCAL maintenance_work_mem = '256MB'")
        connection.exec_driver_sql(_GIN)

    def insert(self, connection: Connection, rows: Iterable[tuple[int, str, Collection[str]]]) -> None:
        driver = connection.connection.driver_connection
        assert driver is not None
        with driver.cursor() as cursor, cursor.copy("COPY gram (item, grams) FROM STDIN") as copy:
            for number, ability, grams in rows:
                codes = {_tag(ability), *map(_code, grams)}
                copy.write_row((number, f"{{{','.join(map(str, codes))}}}"))

    def change(
        self, connection: Connection, number: int, gone: Collection[str], new: Collection[str]
    ) -> None:
        values = {
            "item": number,
            "gone": list(map(_code, gone)),
            "new": list(map(_code, new)),
        }
        connection.exec_driver_sql(
            "UPDATE gram SET grams = %(new)s::integer[] || ARRAY(SELECT one FROM unnest(grams) AS one"
            " WHERE one <> ALL(%(gone)s::integer[])) WHERE item = %(item)s",
            values,
        )

    def candidates(
        self, connection: Connection, grams: Iterable[str], ability: str | None, after: int
    ) -> Iterator[list[int]]:
        """All candidates in their order, in pieces."""
        values: dict[str, object] = {
            "codes": [*map(_code, grams), *([] if ability is None else [_tag(ability)])]
        }

        def asked(query: str, size: int) -> list[int]:
            values.update(after=after, until=after + _WINDOW, limit=size)
            return [number for (number,) in connection.exec_driver_sql(query, values)]

        while True:
            while len(found := asked(_NEXT, _COMMON)) == _COMMON:
                yield found
                after = found[-1]
            found = asked(_ALL, _SORTED)
            for at in range(0, len(found), 2 * _COMMON):
                yield found[at : at + 2 * _COMMON]
            if len(found) < _SORTED:
                return
            after = found[-1]


def _code(gram: str) -> int:
    """A signed number of 32 bits. Pairs of the basic plane have each their own; others may share one with a pair."""
    second = ord(gram[1]) if len(gram) > 1 else 0
    return _signed((ord(gram[0]) << 16 ^ second) & 0xFFFFFFFF)


def _tag(ability: str) -> int:
    return _signed(_ABILITIES << 16 | crc32(ability.encode()) & 0xFFFF)


def _signed(number: int) -> int:
    return number - (1 << 32) if number >= 1 << 31 else number
