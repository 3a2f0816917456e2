"""The terminal in a browser of this machine: a page on loopback, and a process of its own for each visitor."""

from __future__ import annotations

import contextlib
import shlex
import socket
import sys
from argparse import Namespace

from schemas.errors import AbilitymixError, BadSpec, ExitCode
from schemas.terminal import one_line

HOST = "127.0.0.1"  # nowhere else: whoever reaches the page judges in the annotator's name


def serve(arguments: Namespace) -> int:
    """Serve until ctrl+c. Raises BadSpec for a port that is taken or none."""
    from textual_serve.server import Server

    port = arguments.port
    if not 0 <= port <= 65_535:
        raise BadSpec(f"{port} is no port", where="--port", do="use 1024 to 65535")
    port = _free(port)
    words = [sys.executable, "-m", "tui"]
    for flag, value in (
        ("--db", arguments.db),
        ("--as", arguments.name),
        ("--keys", arguments.keys),
        ("--abilities", arguments.abilities),
    ):
        words += [flag, str(value)] if value else []
    print(f"http://{HOST}:{port} until ctrl+c", file=sys.stderr, flush=True)

    class Quiet(Server):
        """Without the logo on stdout."""

        async def on_startup(self, app: object) -> None:
            return None

        def initialize_logging(self) -> None:
            return None

    with contextlib.suppress(KeyboardInterrupt):
        Quiet(shlex.join(words), host=HOST, port=port, title="abilitymix").serve()
    return ExitCode.OK


def _free(port: int) -> int:
    """The port, or with 0 one that the system chooses. Raises BadSpec: taken or forbidden."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            why = one_line(error.strerror or "can't be had", 80).lower()
            raise BadSpec(f"port {port}: {why}", where="--port", do="take another one") from None
        return int(probe.getsockname()[1])


def require_terminal() -> None:
    """Raises AbilitymixError unless somebody sits at a terminal or a browser."""
    import os

    if not (os.environ.get("TEXTUAL_DRIVER") or (sys.stdin.isatty() and sys.stdout.isatty())):
        raise AbilitymixError("this needs a terminal", do="run it in one (over ssh: ssh -t), or use --serve")
