"""What happened can't be changed: the database itself refuses, until whoever owns it takes these guards away."""

from __future__ import annotations

from sqlalchemy import Connection

from schemas.errors import BadData
from schemas.terminal import one_line

KEPT = ("event", "revision")
_SQLITE = (
    "CREATE TRIGGER {0}_stays_{1} BEFORE {1} ON {0} BEGIN SELECT RAISE(ABORT, '{0} is append-only'); END"
)
# INSERT OR REPLACE deletes what is in its way without the trigger on deletion being asked.
_NO_REPLACE = (
    "CREATE TRIGGER {0}_stays_REPLACE BEFORE INSERT ON {0} WHEN EXISTS (SELECT 1 FROM {0} WHERE {1})"
    " OR EXISTS (SELECT 1 FROM {0} WHERE {2}) BEGIN SELECT RAISE(ABORT, '{0} is append-only'); END"
)
_KEYS = {
    "event": ("seq = NEW.seq", "actor = NEW.actor AND number = NEW.number"),
    "revision": ("number = NEW.number", "item = NEW.item AND digest = NEW.digest"),
}
_BODY = "BEGIN RAISE EXCEPTION '%% is append-only', TG_TABLE_NAME; END"
_FUNCTION = f"CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$ {_BODY} $$"
_POSTGRES = "CREATE TRIGGER {0}_stays_{1} BEFORE {1} ON {0} FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
# pg_trigger.tgtype: before the statement (2), and what it is.
_FIRES = {"UPDATE": 2 + 16, "DELETE": 2 + 8, "TRUNCATE": 2 + 32}
_THERE = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname, concat_ws(' ', tgenabled, tgtype, btrim(prosrc)) FROM pg_trigger"
    " JOIN pg_class c ON c.oid = tgrelid JOIN pg_proc p ON p.oid = tgfoid WHERE NOT tgisinternal"
    " AND relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'event'::regclass)",
}


def guard(connection: Connection) -> None:
    """Put the guards on the tables of a new store."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_FUNCTION)
    for statement in _guards(connection.dialect.name).values():
        connection.exec_driver_sql(statement)


def _guards(dialect: str) -> dict[str, str]:
    """Name of a trigger -> what makes it."""
    found = {}
    for table in KEPT:
        made = _SQLITE if dialect == "sqlite" else _POSTGRES
        for what in ("UPDATE", "DELETE", "TRUNCATE")[: 2 if dialect == "sqlite" else 3]:
            found[f"{table}_stays_{what}"] = made.format(table, what)
        if dialect == "sqlite":
            found[f"{table}_stays_REPLACE"] = _NO_REPLACE.format(table, *_KEYS[table])
    return found


def require_guards(connection: Connection) -> None:
    """Raises BadData: a guard was taken away or changed, or there is a trigger that no store has."""
    wanted = _guards(connection.dialect.name)
    if (
        connection.dialect.name == "postgresql"
    ):  # tells a trigger in its own words: on, when it fires, what it does
        body = _BODY.replace("%%", "%")
        wanted = {name.lower(): f"O {_FIRES[name.rpartition('_')[2]]} {body}" for name in wanted}
    there = {name: str(made) for name, made in connection.exec_driver_sql(_THERE[connection.dialect.name])}
    odd = sorted(name for name in {*wanted, *there} if wanted.get(name) != there.get(name))
    if odd:
        raise BadData(
            "not the trigger that a store has",
            where=one_line(odd[0], 80),
            do="find out who changed the database",
        )
