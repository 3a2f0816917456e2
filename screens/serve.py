"""The terminal in a browser of this machine: a page on loopback, and a process of its own for each visitor."""

from __future__ import annotations

import contextlib
import logging
import os
import shlex
import socket
import sys
from argparse import Namespace
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from curation.commands.database import VARIABLE
from schemas.errors import AbilitymixError, BadSpec, ExitCode
from schemas.terminal import one_line

if TYPE_CHECKING:
    from aiohttp.web import StreamResponse
    from textual_serve.server import Server

Handler = Callable[..., Awaitable["StreamResponse"]]
LOOPBACK = ("127.0.0.1", "localhost", "::1")
HOST = "127.0.0.1"  # nowhere else: whoever reaches the page judges in the annotator's name
# The page of textual-serve asks Google for a font; ours, and what it may ask for, ends at this server.
PAGE = Path(__file__).with_name("page")
POLICY = "default-src 'self' data:; connect-src 'self' ws:; style-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def serve(arguments: Namespace) -> int:
    """Serve until ctrl+c. Visitors' processes get the database by the environment: it may hold a password.

    Raises:
        BadSpec: a port that is taken or none.
    """
    port = arguments.port
    if not 0 <= port <= 65_535:
        raise BadSpec(f"{port} is no port", where="--port", do="use 1024 to 65535")
    port = _free(port)
    words = [sys.executable, "-m", "tui"]
    for flag, value in (
        ("--as", arguments.name),
        ("--keys", arguments.keys),
        ("--abilities", arguments.abilities),
    ):
        words += [flag, str(value)] if value else []
    if arguments.db:
        os.environ[VARIABLE] = arguments.db
    print(f"http://{HOST}:{port} until ctrl+c", file=sys.stderr, flush=True)

    logging.getLogger("asyncio").setLevel(
        logging.CRITICAL
    )  # visitors' processes that outlive the loop by a moment
    with contextlib.suppress(KeyboardInterrupt):
        server(shlex.join(words), port).serve()
    return ExitCode.OK


def server(command: str, port: int) -> Server:
    """The page, for requests of this machine's own browser: no other site's page may drive the terminal."""
    from aiohttp import web
    from textual_serve.server import Server

    @web.middleware
    async def own_only(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not _own(request.headers.get("Host", ""), request.headers.get("Origin")):
            raise web.HTTPForbidden(text="this page is for the browser of its own machine")
        answer = await handler(request)
        if not answer.prepared:
            answer.headers["Content-Security-Policy"] = POLICY
        return answer

    class Quiet(Server):
        """Without the logo on stdout and the log."""

        async def on_startup(self, app: web.Application) -> None:
            return None

        def initialize_logging(self) -> None:
            return None

        async def _make_app(self) -> web.Application:
            made = await super()._make_app()
            made.middlewares.append(own_only)
            return made

    return Quiet(command, host=HOST, port=port, title="abilitymix", templates_path=PAGE)


def _own(host: str, origin: str | None) -> bool:
    """Whether a request came to loopback, and if from a page, then from one of this server."""
    try:
        here = urlsplit(f"http://{host}")
        if here.hostname not in LOOPBACK:
            return False
        if origin is None:
            return True
        there = urlsplit(origin)
        return there.scheme == "http" and there.hostname in LOOPBACK and there.port == here.port
    except ValueError:  # `[::1`, or a port that is none
        return False


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
    if not (os.environ.get("TEXTUAL_DRIVER") or (sys.stdin.isatty() and sys.stdout.isatty())):
        raise AbilitymixError("this needs a terminal", do="run it in one (over ssh: ssh -t), or use --serve")
