"""Named exit codes and the one exception that every command turns into one line.

An error says what went wrong, where (file and line, row id, key) and what to do about it. `schemas.cli`
prints it and leaves with its code; nothing a user can cause ends in a traceback.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a shell script can tell apart."""

    OK = 0
    FAILED = 1
    USAGE = 2
    MISSING_FILE = 3
    BAD_SPEC = 4
    BAD_DATA = 5
    POOL_TOO_SMALL = 6
    EMPTY_SPLIT = 7
    BAD_MODEL = 8
    DISK_FULL = 9
    BUSY = 10
    MISSING_EXTRA = 11
    INTERRUPTED = 130


class AbilitymixError(Exception):
    """Something the user can understand and mend.

    Args:
        what: what went wrong, a clause without a full stop.
        where: file and line, row id or key; empty if there is no better place than `what`.
        do: what to do next.
    """

    code = ExitCode.FAILED

    def __init__(self, what: str, *, where: str = "", do: str = "") -> None:
        self.what, self.where, self.do = what, where, do
        super().__init__(self.line())

    def line(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.what}" + (f"; {self.do}" if self.do else "")

    def __reduce__(self) -> tuple[object, ...]:
        # Errors travel from worker processes, and exceptions with keyword arguments do not pickle by default.
        return _rebuild, (type(self), self.what, self.where, self.do)


def _rebuild(kind: type[AbilitymixError], what: str, where: str, do: str) -> AbilitymixError:
    return kind(what, where=where, do=do)


class MissingFile(AbilitymixError):
    code = ExitCode.MISSING_FILE


class BadSpec(AbilitymixError):
    """A settings file that says something impossible: unknown key, wrong type, contradiction."""

    code = ExitCode.BAD_SPEC


class BadData(AbilitymixError):
    code = ExitCode.BAD_DATA


class PoolTooSmall(AbilitymixError):
    """More instances asked for than an ability's pool holds."""

    code = ExitCode.POOL_TOO_SMALL


class EmptySplit(AbilitymixError):
    code = ExitCode.EMPTY_SPLIT


class BadModel(AbilitymixError):
    """A folder or hub id that cannot be loaded as a model with its tokenizer."""

    code = ExitCode.BAD_MODEL


class DiskFull(AbilitymixError):
    code = ExitCode.DISK_FULL


class Busy(AbilitymixError):
    """Another process works on the same folder."""

    code = ExitCode.BUSY


class MissingExtra(AbilitymixError):
    """An optional package is not installed."""

    code = ExitCode.MISSING_EXTRA


class Failed(AbilitymixError):
    """Work that could not be finished, for instance cells of a grid that failed."""
