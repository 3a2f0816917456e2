"""The file of an SQLite store, looked at before SQLite opens it: errors that SQLite would tell as "unable to open"."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from curation.review.database.places import network_file_system
from schemas.errors import AbilitymixError, BadData, BadSpec, DiskFull, Failed, MissingFile
from schemas.terminal import one_line


def look_at_file(path: Path, create: bool, where: str) -> None:
    """Sees that there is a file to open; with `create` an empty one is put there.

    Args:
        path: of the file itself, behind links.
        where: how errors name it.

    Raises:
        BadSpec: it is, or would be, on a network file system.
        MissingFile: no such file, or no folder to make it in.
        BadData: a folder, or something else that is no file.
        DiskFull, Failed: it can't be made, or may not be read and written.
    """
    kind = network_file_system(path)
    if kind is not None:
        raise BadSpec(
            f"SQLite loses data on a network file system, and this is one ({one_line(kind, 40)})",
            where=where,
            do="put the file on a local disk, or use PostgreSQL: --db postgresql+psycopg://USER@HOST/NAME",
        )
    try:
        if create:
            _make(path)
        mode = path.stat().st_mode
    except OSError as error:
        raise _refused(error, where, create) from None
    if stat.S_ISDIR(mode):
        raise BadData("this is a folder, not a database", where=where, do="name a file in it")
    if not stat.S_ISREG(mode):
        raise BadData("this is no file", where=where, do="name a file")
    for place in (path, path.parent):  # beside the file SQLite keeps its log
        if not os.access(place, os.R_OK | os.W_OK, effective_ids=os.access in os.supports_effective_ids):
            raise Failed(
                "no permission to read and write here", where=one_line(str(place), 200), do="check its owner"
            )


def _make(path: Path) -> None:
    # A file that is there must not be opened here: closing it would end SQLite's locks on it in this process.
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666))
    except FileExistsError:
        return


def _refused(error: OSError, where: str, create: bool) -> AbilitymixError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull("no space left on the disk", where=where, do="free some")
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        if create:
            return MissingFile("the folder of this file is not there", where=where, do="make it first")
        return MissingFile("no such review store", where=where, do="check the path, or load a pool first")
    reason = one_line(error.strerror or "unknown", 80)
    return Failed(f"the file can't be reached ({reason})", where=where, do="check the path and its owners")
