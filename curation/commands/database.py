"""What the commands on a review store share: which store, and opening it."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from schemas.errors import BadSpec

if TYPE_CHECKING:
    from curation.review.store import ReviewStore

VARIABLE = "ABILITYMIX_DB"


def database_argument(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--db",
        metavar="URL",
        help="FILE of SQLite, or postgresql+psycopg://USER@HOST/NAME; default: what ABILITYMIX_DB says",
    )


def database_url(arguments: Namespace) -> str:
    """Raises BadSpec: none is named. An environment variable keeps a password out of the list of processes."""
    url = arguments.db or os.environ.get(VARIABLE, "")
    if not url:
        raise BadSpec("which review?", where="--db", do=f"name a file or a URL, or set {VARIABLE}")
    return str(url)


def opened(arguments: Namespace) -> ReviewStore:
    """The store that the arguments name, which has to be there."""
    from curation.review.store import ReviewStore

    return ReviewStore.open(database_url(arguments))
