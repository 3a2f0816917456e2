"""What a user wrote after `--db`: the path of a file, or the URL of a server. A password is never shown."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import BadSpec
from schemas.nearest import did_you_mean
from schemas.terminal import one_line

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):/(/?)(.*)", re.DOTALL)
_SQLITE = ("sqlite", "sqlite+pysqlite")
_POSTGRES = ("postgresql", "postgresql+psycopg", "postgres")
_EXAMPLE = "write sqlite:///review.db or postgresql+psycopg://USER:PASSWORD@HOST/NAME"


@dataclass(frozen=True)
class FileAddress:
    path: Path

    def __str__(self) -> str:
        return str(self.path)


@dataclass(frozen=True)
class ServerAddress:
    """`url` has the password in it and is for the driver alone; `shown` is for people."""

    url: str
    shown: str

    def __str__(self) -> str:
        return self.shown

    def __repr__(self) -> str:
        return f"ServerAddress({self.shown!r})"


def read_address(url: str) -> FileAddress | ServerAddress:
    """Raises BadSpec: an unknown scheme, a URL that can't be read, a database in memory."""
    found = _URL.match(url)
    if found is None:
        return _file(url, url)
    scheme, second_slash, rest = found.groups()
    scheme = scheme.lower()
    if scheme not in _SQLITE + _POSTGRES:
        near = did_you_mean(scheme, ("sqlite", "postgresql+psycopg"))
        raise BadSpec(f"no database is reached by {one_line(scheme, 40)}://", do=f"{near} {_EXAMPLE}")
    if not second_slash:
        raise BadSpec(f"two slashes belong after {scheme}:", do=_EXAMPLE)
    if scheme in _SQLITE:
        return _sqlite(url, rest)
    return _server(rest)


def _sqlite(url: str, rest: str) -> FileAddress:
    if rest and not rest.startswith("/"):
        raise BadSpec("three slashes belong before the path", where=one_line(url, 80), do=_EXAMPLE)
    path = rest[1:]
    if "?" in path:
        raise BadSpec("options after ? are not taken", where=one_line(url, 80), do="name the file alone")
    return _file(path, url)


def _file(path: str, url: str) -> FileAddress:
    if path in ("", ":memory:"):
        raise BadSpec(
            "a database in memory would lose every verdict", where=one_line(url, 80), do="name a file"
        )
    if "\0" in path:
        raise BadSpec("a path has no NUL in it", where=one_line(path, 80), do="check the path")
    if path.startswith("file:"):
        raise BadSpec("SQLite's own file: addresses are not taken", where=one_line(url, 80), do=_EXAMPLE)
    return FileAddress(Path(path))


def _server(rest: str) -> ServerAddress:
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    authority = re.split("[/?#]", rest)[0]
    try:
        if (
            "@" in rest[len(authority) :]
        ):  # a password with / or ? in it would be taken for the name of the database
            raise ValueError("@ after the host")
        url = make_url(f"postgresql+psycopg://{rest}")
    except (ArgumentError, ValueError):
        raise unreadable() from None
    if not url.database:
        raise BadSpec("the URL names no database", where="--db", do=_EXAMPLE)
    # Anything in the query may be a secret (password=, sslpassword=), so that none of it is shown.
    shown = url.set(query={}).render_as_string(hide_password=True)
    return ServerAddress(url.render_as_string(hide_password=False), one_line(shown, 200))


def unreadable() -> BadSpec:
    """Not a word of the URL is repeated: what was taken for the port may be half a password."""
    return BadSpec(
        "this URL can't be read",
        where="--db",
        do=f"{_EXAMPLE}; in a password write @ as %40, : as %3A, / as %2F, ? as %3F",
    )
