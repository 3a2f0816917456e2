"""What every command line of the project shares: declaration, help with an example, errors, exit codes.

A package's `__main__.py` declares `Command`s and calls `main`. The function behind a command is named by a
string and imported only when the command runs, so that `--help` of every package answers at once.
"""

from __future__ import annotations

import argparse
import errno
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from schemas.errors import AbilitymixError, DiskFull, ExitCode, MissingFile
from schemas.terminal import one_line

Arguments = Callable[[argparse.ArgumentParser], None]


@dataclass(frozen=True)
class Command:
    """One subcommand.

    Args:
        name: the word on the command line.
        help: one line, shown in the list of commands and at the top of the command's own help.
        example: a command line that works as printed, from the repository's root, after the examples before it
            (see `tests/test_examples.py`).
        run: `module:function`, called with the parsed arguments; its return value is the exit code (None = OK).
        arguments: adds the command's arguments to its parser.
        needs: what must be there first, where it is more than the other examples make; shown with the example.
    """

    name: str
    help: str
    example: str
    run: str
    arguments: Arguments
    needs: str = ""


def build_parser(package: str, description: str, commands: Sequence[Command]) -> argparse.ArgumentParser:
    shown = [command.example for command in commands if not command.needs]
    parser = argparse.ArgumentParser(
        prog=f"python -m {package}",
        description=description,
        epilog="\n  ".join(["Example:", *shown[:3]]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in commands:
        child = subparsers.add_parser(
            command.name,
            help=command.help,
            description=command.help,
            epilog=f"Example{command.needs and f' ({command.needs})'}:\n  {command.example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.arguments(child)
        child.set_defaults(_run=command.run)
    return parser


def main(
    package: str, description: str, commands: Sequence[Command], argv: Sequence[str] | None = None
) -> int:
    """Parse, run, and turn whatever happens into an exit code. Pass the result to `sys.exit`."""

    def work() -> int | None:
        # Inside as well: an argument's type may look at the disk and say what is wrong there.
        arguments = build_parser(package, description, commands).parse_args(argv)
        module, _, function = arguments._run.partition(":")
        code: int | None = getattr(importlib.import_module(module), function)(arguments)
        return code

    return guarded(work)


def guarded(work: Callable[[], int | None]) -> int:
    """Run `work` with the house's manners: one line on stderr and a named exit code for every foreseeable end."""
    try:
        return int(work() or ExitCode.OK)
    except AbilitymixError as error:
        return _report(error)
    except KeyboardInterrupt:
        print(
            "interrupted; steps and runs that were finished are kept, run the same command again",
            file=sys.stderr,
        )
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # The reader of our stdout went away (`| head`): not an error, but Python would complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.OK
    except OSError as error:
        return _report(as_known(error))
    except RuntimeError as error:
        if not str(error).startswith("Symlink loop"):  # pathlib's words before Python 3.13
            raise
        return _report(AbilitymixError("a link leads to itself", where=str(error), do="remove the link"))


def as_known(error: OSError) -> AbilitymixError:
    """What the operating system refused, as an error of the house."""
    place = str(error.filename or "")
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(
            "no space left on the disk", where=place, do="free some room and run the same command again"
        )
    if isinstance(error, FileNotFoundError):
        return MissingFile("no such file or folder", where=place, do="check the path")
    reason = error.strerror or str(error)
    return AbilitymixError(reason.lower(), where=place, do="check the path and its permissions")


def _report(error: AbilitymixError) -> int:
    print(f"error [{error.code.name.lower()}]: {one_line(error.line(), 600)}", file=sys.stderr)
    return error.code
