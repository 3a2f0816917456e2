"""Statements that run at every verdict: compiled once, and handed to the driver past SQLAlchemy's own execution.

SQLite answers most of them in 10 microseconds, of which SQLAlchemy makes 50; PostgreSQL in 100, but each is a walk over
the wire, so that several whose answers don't depend on one another are sent in one (`together`), and what is only
written becomes one statement.
"""

from __future__ import annotations

import re
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

    Its values go to the driver as they are: whole numbers, floats, text, truth values, None.

    Args:
        statement: or, where the databases need different ones, what makes it from the name of the dialect.
        row: makes a row of the columns' values; nothing for a statement that has no rows.
        unordered: of a write: whatever the order of several of it, the outcome is the same, and none changes a row
            that another one changes.
    """

    def __init__(
        self,
        statement: Statement | Callable[[str], Statement],
        row: Callable[[Any], Row] | None = None,
        *,
        unordered: bool = False,
    ) -> None:
        self._statement, self.row, self.unordered = statement, row, unordered
        self._texts: dict[str, _Text] = {}

    def run(self, connection: Connection, values: Values) -> list[Row]:
        """Its rows, none for a statement that has none. Raises what the driver raises."""
        return together(connection, [(self, values)])[0]

    def first(self, connection: Connection, values: Values) -> Row | None:
        rows = self.run(connection, values)
        return rows[0] if rows else None

    def text(self, connection: Connection) -> _Text:
        """As the driver of this connection takes it."""
        name = connection.dialect.name
        if name not in self._texts:
            self._texts[name] = self._compiled(connection)
        return self._texts[name]

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


def later(connection: Connection, statement: Prepared[Any], values: Values) -> None:
    """Have a statement without rows sent before the next of `together`, or by the commit."""
    _unsent(connection).append((statement, values))


def send(connection: Connection) -> None:
    """Send what `later` kept."""
    if _unsent(connection):
        together(connection, ())


def forget(connection: Connection) -> None:
    """Send nothing of what `later` kept; the transaction is rolled back."""
    _unsent(connection).clear()


def commit(connection: Connection) -> None:
    """Send what `later` kept, and on PostgreSQL end the transaction in the same walk; SQLAlchemy is to be told then."""
    writes = _unsent(connection)
    if connection.dialect.name == "sqlite" or not writes:
        return send(connection)
    driver: Any = connection.connection.dbapi_connection
    with driver.pipeline():
        for sql, values in _merged(connection, writes):
            driver.execute(sql, values)
        driver.execute(b"commit", prepare=False)  # passed over if one of them failed
    writes.clear()
    return None


def together(connection: Connection, asked: Sequence[Asked]) -> list[list[Any]]:
    """Several statements in their order, after those of `later`, in one walk over the wire where there is a wire.

    Returns:
        The rows of each.

    Raises:
        sqlite3.Error, psycopg.Error: of the first that failed; on PostgreSQL none after it was run.
    """
    driver: Any = connection.connection.dbapi_connection
    writes = _unsent(connection)
    if connection.dialect.name == "sqlite":
        for one, values in writes:
            _run(driver, one.text(connection), values)
        writes.clear()
        return [_rows_of_sqlite(driver, one, one.text(connection), values) for one, values in asked]
    walk = _merged(connection, writes)
    walk += [_sent(one.text(connection), values) for one, values in asked]
    writes.clear()
    if len(walk) == 1:
        cursors = [driver.execute(*walk[0])]
    else:
        with driver.pipeline():
            cursors = [driver.execute(sql, values) for sql, values in walk]
    answers = zip(asked, cursors[len(walk) - len(asked) :], strict=True)
    return [list(map(one.row, cursor.fetchall())) if one.row else [] for (one, _), cursor in answers]


def _unsent(connection: Connection) -> list[Asked]:
    found: list[Asked] = connection.info.setdefault("unsent", [])
    return found


# SQLite


def _run(driver: Any, text: _Text, values: Values) -> Any:
    assert text.order is not None
    given = {**text.constants, **values} if text.constants else values
    return driver.execute(text.sql, [given[name] for name in text.order])


def _rows_of_sqlite(driver: Any, one: Prepared[Row], text: _Text, values: Values) -> list[Row]:
    found: Sequence[Sequence[Any]] = _run(driver, text, values).fetchall()
    if one.row is None:
        return []
    if text.flags:
        found = [_with_truth_values(row, text.flags) for row in found]
    return [one.row(row) for row in found]


def _with_truth_values(row: Sequence[Any], flags: tuple[int, ...]) -> list[Any]:
    return [bool(v) if place in flags and v is not None else v for place, v in enumerate(row)]


# PostgreSQL

_AT_ONCE = 24  # writes in one statement
_names = re.compile(r"%\((\w+)\)s")
_many: dict[tuple[Prepared[Any], ...], _Text] = {}


def _sent(text: _Text, values: Values) -> tuple[str, Values]:
    return text.sql, {**text.constants, **values} if text.constants else values


def _merged(connection: Connection, writes: Sequence[Asked]) -> list[tuple[str, Values]]:
    """Writes as few statements: each a common table expression of one, as none of them reads what another wrote.

    The order of the parts is PostgreSQL's own. What comes twice and is not `unordered` goes into a further statement.
    """
    found: list[tuple[str, Values]] = []
    part: list[Asked] = []
    there: set[Prepared[Any]] = set()
    for one, values in writes:
        if one in there or len(part) == _AT_ONCE:
            found.append(_one_of(connection, part))
            part, there = [], set()
        part.append((one, values))
        if not one.unordered:
            there.add(one)
    if part:
        found.append(_one_of(connection, part))
    return found


def _one_of(connection: Connection, writes: Sequence[Asked]) -> tuple[str, Values]:
    if len(writes) == 1:
        return _sent(writes[0][0].text(connection), writes[0][1])
    key = tuple(one for one, _ in writes)
    if key not in _many:
        _many[key] = _joined([one.text(connection) for one in key])
    values = {f"{name}_{place}": v for place, (_, given) in enumerate(writes) for name, v in given.items()}
    return _sent(_many[key], values)


def _joined(texts: Sequence[_Text]) -> _Text:
    parts = [_names.sub(rf"%(\1_{place})s", text.sql) for place, text in enumerate(texts)]
    parts = [f"w{place} AS ({part})" for place, part in enumerate(parts)]
    constants = {f"{n}_{place}": v for place, text in enumerate(texts) for n, v in text.constants.items()}
    return _Text(f"WITH {', '.join(parts)} SELECT", None, constants, ())
