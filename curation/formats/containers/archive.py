"""gzip files and zip archives, read in place: nothing is extracted, and no name in them ever reaches the disk."""

from __future__ import annotations

import gzip
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PureWindowsPath

from curation.formats.containers.folder import holds_data
from curation.formats.containers.part import Labels, Part, chunks_of, nothing
from schemas.errors import BadData
from schemas.terminal import one_line

GZIP, ZIP = b"\x1f\x8b", (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)


def gunzipped(path: Path) -> Iterator[bytes]:
    """The bytes of a gzip file. Raises BadData where it breaks off."""
    try:
        with gzip.open(path, "rb") as file:
            yield from chunks_of(file)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BadData(
            f"the gzip file is broken ({one_line(str(error), 100)})", where=str(path), do="get it again"
        ) from None


def members(path: Path) -> Iterator[Part]:
    """The members of a zip archive that hold data, in the archive's order.

    One that is a link, encrypted, or named so that it would land outside a folder is a part with its problem.

    Raises:
        BadData: it is no zip archive; a member breaks off (while it is read).
    """
    labels = Labels()
    try:
        archive = zipfile.ZipFile(path)
    except _BROKEN as error:
        raise BadData(
            f"the zip archive is broken ({one_line(str(error), 100)})", where=str(path), do="get it again"
        ) from None
    with archive:
        for info in archive.infolist():
            if info.filename.endswith("/"):  # is_dir() trips over a member without a name
                continue
            problem = refusal(info)
            if not problem and not holds_data(info.filename):
                continue
            label = labels.of(info.filename)
            where = f"{path}, member {label}"
            if problem:
                yield Part("", where, label, nothing, problem=problem)
            else:
                yield Part(info.filename, where, label, lambda i=info, w=where: _member(archive, i, w))  # type: ignore[misc]


def refusal(info: zipfile.ZipInfo) -> str:
    """Why a member is not read; empty if it is."""
    # What the archive says, not what zipfile made of it: it cuts names at a NUL.
    name = info.orig_filename
    windows = PureWindowsPath(name)
    if "\0" in name:
        return "the member's name holds a NUL character"
    if name.startswith("/") or windows.drive or windows.root:
        return "the member's name is an absolute path"
    if ".." in windows.parts:
        return "the member's name leads out of the archive (..)"
    if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
        return "the member is a link or a device, not a file"
    if info.flag_bits & 0x1:
        return "the member is encrypted"
    return ""


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, where: str) -> Iterator[bytes]:
    try:
        with archive.open(info) as file:
            yield from chunks_of(file)
    except _BROKEN as error:
        raise BadData(
            f"cannot be read ({one_line(str(error) or type(error).__name__, 100)})",
            where=where,
            do="mend the archive, or take the member out",
        ) from None
