"""Statements that run at every verdict: compiled once, and handed to the driver past SQLAlchemy's own execution.

SQLite answers most of them in 10 microseconds, of which SQLAlchemy makes 50; PostgreSQL in 100, but each is a walk over
the wire, so that several whose answers don't depend on one another are sent in one (`together`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import Boolean, Connection, Delete, Insert, Select, Update

Row = TypeVar("Row")
Statement = Select[Any] | Insert | Update | Delete
Values = Mapping[str, Any]


class _Text(NamedTuple):
    sql: str
    order: tuple[str, ...] | None  # names of the positional parameters; None where they go by name
    constants: dict[str, Any]
    flags: tuple[int, ...]  # columns that the driver gives as 0 and 1


class Prepared(Generic[Row]):
    """One statement of SQLAlchemy Core.

    Its values go to the driver as they are: whole numbers, floats, text, truth values, None, and on PostgreSQL lists.

    Args:
        statement: or, where the databases need different ones, what makes it from the name of the dialect.
        row: makes a row of the columns' values; nothing for a statement that has no rows.
    """

    def __init__(
        self, statement: Statement | Callable[[str], Statement], row: Callable[[Any], Row] | None = None
    ) -> None:
        self._statement, self.row = statement, row
        self._texts: dict[str, _Text] = {}

    def run(self, connection: Connection, values: Values) -> list[Row]:
        """Its rows, none for a statement that has none. Raises what the driver raises."""
        return together(connection, [(self, values)])[0]

    def first(self, connection: Connection, values: Values) -> Row | None:
        rows = self.run(connection, values)
        return rows[0] if rows else None

    def sent(self, connection: Connection, values: Values) -> tuple[str, Any, tuple[int, ...]]:
        """(SQL, parameters, columns to be made truth values) for the driver of this connection."""
        text = self._texts.get(connection.dialect.name)
        if text is None:
            text = self._texts[connection.dialect.name] = self._compiled(connection)
        if text.constants:
            values = {**text.constants, **values}
        if text.order is None:
            return text.sql, values, text.flags
        return text.sql, [values[name] for name in text.order], text.flags

    def _compiled(self, connection: Connection) -> _Text:
        dialect = connection.dialect
        statement = self._statement if not callable(self._statement) else self._statement(dialect.name)
        if isinstance(statement, Insert):
            statement = statement.inline()  # else the number that it got is asked for as well
        made: Any = statement.compile(dialect=dialect)
        constants = {name: value for name, value in made.params.items() if value is not None}
        order = tuple(made.positiontup) if made.positiontup is not None else None
        columns = list(statement.selected_columns) if isinstance(statement, Select) else []
        flags = tuple(place for place, column in enumerate(columns) if isinstance(column.type, Boolean))
        return _Text(str(made), order, constants, flags if dialect.name == "sqlite" else ())


Asked = tuple[Prepared[Any], Values]


def together(connection: Connection, asked: Sequence[Asked]) -> list[list[Any]]:
    """Several statements in their order, in one walk over the wire where there is a wire; the rows of each.

    Raises:
        sqlite3.Error, psycopg.Error: of the first that failed; on PostgreSQL none after it was run.
    """
    driver: Any = connection.connection.dbapi_connection
    if connection.dialect.name == "sqlite" or len(asked) == 1:
        return [_answer(driver, one, *one.sent(connection, values)) for one, values in asked]
    with driver.pipeline():
        walks = [(one, *one.sent(connection, values)) for one, values in asked]
        cursors = [(one, driver.execute(sql, parameters)) for one, sql, parameters, _ in walks]
    return [_rows(one, cursor.fetchall(), ()) if one.row is not None else [] for one, cursor in cursors]


def _answer(driver: Any, one: Prepared[Any], sql: str, parameters: Any, flags: tuple[int, ...]) -> list[Any]:
    cursor = driver.execute(sql, parameters)
    return _rows(one, cursor.fetchall(), flags) if one.row is not None else []


def _rows(one: Prepared[Row], found: Sequence[Sequence[Any]], flags: tuple[int, ...]) -> list[Row]:
    assert one.row is not None
    if flags:
        found = [
            [None if v is None else bool(v) if place in flags else v for place, v in enumerate(row)]
            for row in found
        ]
    return [one.row(row) for row in found]
