"""Plain text files."""

from __future__ import annotations

from pathlib import Path

from schemas.errors import BadData, MissingFile


def read_text(path: Path) -> str:
    """The whole file.

    Raises:
        MissingFile: there is no such file.
        BadData: a folder, or not UTF-8; names the file.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise MissingFile("no such file", where=str(path), do="check the path") from None
    except IsADirectoryError:
        raise BadData("this is a folder, not a text file", where=str(path), do="name a file in it") from None
    except UnicodeDecodeError as error:
        raise BadData(
            f"not UTF-8 ({error.reason})", where=str(path), do="convert the file to UTF-8"
        ) from None
