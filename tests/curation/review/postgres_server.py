"""A PostgreSQL server of one's own: in a temporary folder, on a free port of this machine, gone with who started it."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import psycopg

USER, PASSWORD = "keeper", "s3cret-Pass"
# The server ends when its starter does, however that ends: `read` then finds the pipe closed.
_WATCH = (
    'read -r word || { kill -INT "$1"; while kill -0 "$1"; do sleep 0.1; done; rm -rf "$2"; } 2>/dev/null'
)
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "lc_messages": "C",
    "logging_collector": "off",
}


class NoServer(Exception):
    """Why there can be no server here, for a test's skip."""


def programs() -> Path:
    """The folder of the newest initdb and postgres. Raises NoServer."""
    places = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"),
        key=lambda place: [int(part) if part.isdecimal() else 0 for part in place.parent.name.split(".")],
    )
    found = shutil.which("initdb") or shutil.which("postgres")
    for place in [*reversed(places), *([Path(found).resolve().parent] if found else [])]:
        if all(os.access(place / name, os.X_OK) for name in ("initdb", "postgres")):
            return place
    raise NoServer("no PostgreSQL server is installed (Debian: apt-get install postgresql)")


def account() -> dict[str, Any]:
    """Arguments of `subprocess` that make it run as somebody who is not root, which initdb refuses. Raises NoServer."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            found = pwd.getpwnam(name)
            return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
    raise NoServer("initdb refuses root, and there is no account postgres or nobody")


class PostgresServer:
    """Started at once; a context manager that stops it and takes its folder away.

    Args:
        settings: further lines of postgresql.conf.

    Raises:
        NoServer: none is installed, or none may run here.
    """

    def __init__(self, **settings: str) -> None:
        self._programs, self._account = programs(), account()
        # Not pytest's own folder: only root may look into that one. And a socket's path must be short.
        self.folder = Path(tempfile.mkdtemp(prefix="abilitymix-pg-", dir="/tmp"))
        self._data = self.folder / "data"
        self._server: subprocess.Popen[bytes] | None = None
        self._watch: subprocess.Popen[bytes] | None = None
        self._count = 0
        try:
            if self._account:
                os.chown(self.folder, self._account["user"], self._account["group"])
            self._initialise(settings)
            self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise

    def __enter__(self) -> PostgresServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str = "postgres", *, user: str = USER, password: str = PASSWORD) -> str:
        return f"postgresql+psycopg://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """On the port it had before, if it had one and can get it."""
        for _ in range(40):  # after a crash the old server's children may still be about to notice it
            with (self.folder / "log").open("ab") as log:
                self._server = subprocess.Popen(
                    [self._programs / "postgres", "-D", self._data],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=self.folder,
                    start_new_session=True,  # Ctrl-C is for the tests, which then stop the server
                    **self._account,
                )
            self._watch = subprocess.Popen(
                ["sh", "-c", _WATCH, "sh", str(self._server.pid), self.folder],
                stdin=subprocess.PIPE,
                start_new_session=True,
                **self._account,
            )
            if self._answers():
                return
            self.stop()
            if self._count == 0:
                self._take_port()
        raise RuntimeError(f"PostgreSQL did not start:\n{(self.folder / 'log').read_text()[-2000:]}")

    def stop(self) -> None:
        """An orderly end, without waiting for those who are connected."""
        if self._server is not None:
            self._server.send_signal(signal.SIGINT)
        self._ended()

    def _ended(self) -> None:
        if self._server is not None:
            self._server.wait()
        if self._watch is not None and self._watch.stdin is not None:
            with suppress(OSError):
                self._watch.stdin.write(b"stop\n")
                self._watch.stdin.close()
            self._watch.wait()
        self._server = self._watch = None

    def crash(self, by: signal.Signals = signal.SIGKILL) -> None:
        """The server dies at once: SIGKILL, or SIGQUIT for its own immediate shutdown. Nothing is written any more."""
        assert self._server is not None
        self._server.send_signal(by)
        self._ended()

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        with psycopg.connect(self._conninfo(database), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def database(self) -> Iterator[str]:
        """The URL of a new database."""
        self._count += 1
        name = f"test_{os.getpid()}_{self._count}"
        self.execute(f"create database {name}")
        try:
            yield self.url(name)
        finally:
            self.execute(f"drop database if exists {name} with (force)")

    def _conninfo(self, database: str) -> str:
        return f"host=127.0.0.1 port={self.port} user={USER} password={PASSWORD} dbname={database} connect_timeout=5"

    def _initialise(self, settings: dict[str, str]) -> None:
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        options = ["--encoding=UTF8", "--locale=C", "--auth=scram-sha-256", "--no-sync"]
        done = subprocess.run(
            [self._programs / "initdb", "-D", self._data, "-U", USER, f"--pwfile={secret}", *options],
            capture_output=True,
            text=True,
            cwd=self.folder,
            **self._account,
        )
        if done.returncode:
            raise RuntimeError(f"initdb: {done.stderr}")
        lines = {"unix_socket_directories": str(self.folder), **_SETTINGS, **settings}
        with (self._data / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in lines.items())
        self._take_port()

    def _take_port(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        with (self._data / "postgresql.conf").open("a") as file:
            file.write(f"port = {self.port}\n")  # the last one counts

    def _answers(self) -> bool:
        """False if it ended instead: the port or the old server's memory was still taken."""
        assert self._server is not None
        until = time.monotonic() + 60
        while self._server.poll() is None and time.monotonic() < until:
            with suppress(psycopg.OperationalError):
                self.execute("select 1")
                return True
            time.sleep(0.02)
        return False
