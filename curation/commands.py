"""What runs behind `python -m curation`: arguments in, files and a printed sum out."""

from __future__ import annotations

import json
import sys
import tomllib
from argparse import Namespace
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, cast

from curation.counts import Counts
from schemas.errors import BadData, BadSpec, MissingFile
from schemas.instance import Decision, Instance
from schemas.jsonl import read_models, write_jsonl
from schemas.progress import rendered
from schemas.terminal import one_line, visible


def standardize_command(arguments: Namespace) -> None:
    from curation.standardize import standardize_to
    from schemas.ability import load_abilities
    from schemas.study import SourceSpec
    from schemas.toml import parse_spec

    values = {
        "files": tuple(map(str, arguments.files)),
        "format": arguments.format,
        "ability": arguments.ability,
        "origin": arguments.origin,
        "licence": arguments.licence,
        "limit": arguments.limit,
        "options": dict(_pair(option, "--option") for option in arguments.option),
    }
    source = parse_spec(values, SourceSpec, "standardize")
    abilities = load_abilities(arguments.abilities) if arguments.abilities else None
    with rendered() as progress:
        counts = standardize_to(arguments.out, source, abilities, progress)
    _say(counts, arguments)


def validate_command(arguments: Namespace) -> None:
    if arguments.schema:
        print(json.dumps(Instance.model_json_schema(), ensure_ascii=False, indent=2))
        return
    if not arguments.files:
        raise BadSpec("no file named", where="validate", do="name a file of instances, or ask for --schema")
    for path in arguments.files:
        print(visible(f"{path}: {sum(1 for _ in read_models(path, Instance))} valid instances"))


def check_command(arguments: Namespace) -> None:
    from curation.check import check
    from curation.rules import rules_from

    rules = rules_from(_check_table(arguments.settings))
    if arguments.rules:
        for name, rule in rules.items():
            about = (getattr(rule, "func", rule).__doc__ or "").strip().partition("\n")[0]
            print(f"{name}: {about}", file=sys.stderr)
    with rendered() as progress:
        kept, decisions = check(read := _Rows(arguments.files), rules, progress)
    _write(arguments, read, kept, decisions)


def dedup_command(arguments: Namespace) -> None:
    from curation.canonical import row_key
    from curation.dedup import dedup

    found = dedup(read := _Rows(arguments.files), arguments.conflicts)
    write_jsonl(
        arguments.out / "clusters.jsonl",
        ({"members": [{"id": m.id, "row": row_key(m)} for m in cluster]} for cluster in found.clusters),
    )
    _write(arguments, read, found.kept, found.decisions)


def decontaminate_command(arguments: Namespace) -> None:
    from curation.decontaminate import decontaminate

    if arguments.n < 1 or not 0 < arguments.threshold <= 1:
        raise BadSpec("a gram has at least one character, the threshold is in (0, 1]", where="decontaminate")
    test = list(_Rows(arguments.against))
    with rendered() as progress:
        kept, decisions = decontaminate(
            read := _Rows(arguments.files),
            test,
            n=arguments.n,
            threshold=arguments.threshold,
            progress=progress,
        )
    _write(arguments, read, kept, decisions)


def split_command(arguments: Namespace) -> None:
    from curation.split import UNUSED, Size, split

    sizes: dict[str, Size] = {}
    for text in arguments.size:
        part, size = _pair(text, "--size")
        if not part.isidentifier() or part == UNUSED:
            raise BadSpec(
                f"a part cannot be called {part!r}", where="--size", do="use letters, e.g. test=300"
            )
        if size != "available" and not (size.isascii() and size.isdigit()):
            raise BadSpec(
                f"{size!r} is no number of rows", where="--size", do="write test=300 or train=available"
            )
        sizes[part] = "available" if size == "available" else int(size)
    parts = split(read := _Rows(arguments.files), sizes, arguments.seed)
    Counts(rows=read.seen, accepted=sum(map(len, parts.values()))).checked(str(arguments.out))
    for part, rows in parts.items():
        write_jsonl(arguments.out / f"{part}.jsonl", rows)
    if arguments.json:
        print(json.dumps({part: len(rows) for part, rows in parts.items()}))
        return
    shown = " + ".join(f"{part} {len(rows)}" for part, rows in parts.items())
    print(f"rows in {read.seen} = {shown}")


def export_command(arguments: Namespace) -> None:
    from curation.export import export

    count = export(_Rows(arguments.files), arguments.layout, arguments.out)
    print(visible(f"{arguments.out}: {count} rows"))


def explain_command(arguments: Namespace) -> None:
    from curation.explain import find_story, tell

    for folder in arguments.folders:
        if not folder.is_dir():
            raise MissingFile("no such folder", where=str(folder), do="name what curation wrote")
    for line in tell(find_story(arguments.subject, arguments.folders)):
        print(line)


def world_command(arguments: Namespace) -> None:
    from curation.world import DEFAULT_ROWS, write_world

    try:
        written = write_world(
            arguments.out, arguments.seed, arguments.rows or DEFAULT_ROWS, arguments.characters
        )
    except ValueError as error:
        raise BadSpec(str(error), where="--rows", do="ask for fewer rows") from None
    for file in written:
        print(
            visible(
                f"{file.path}: {file.rows} rows of {file.ability} as {file.format},"
                f" {file.duplicates} copies and {file.malformed} malformed ones among them"
            )
        )


class _Rows:
    """The instances of files, counted as they are read: what comes of them has to add up to `seen`."""

    def __init__(self, files: Iterable[Path]) -> None:
        self._files, self.seen = files, 0

    def __iter__(self) -> Iterator[Instance]:
        for path in self._files:
            for row in read_models(path, Instance):
                self.seen += 1
                yield row


def _write(arguments: Namespace, rows: _Rows, kept: list[Instance], decisions: list[Decision]) -> None:
    from curation.standardize import reasons_of

    counts = Counts(
        rows=rows.seen,
        accepted=len(kept),
        rejected=len(decisions),
        reasons=reasons_of(decisions),
    ).checked(str(arguments.out))
    write_jsonl(arguments.out / "instances.jsonl", kept)
    write_jsonl(arguments.out / "decisions.jsonl", decisions)
    _say(counts, arguments)


def _say(counts: Counts, arguments: Namespace) -> None:
    if arguments.json:
        print(json.dumps(counts.model_dump(), ensure_ascii=False))
        return
    print(counts.line())
    for reason, number in counts.reasons.items():
        print(f"  {number} by {one_line(reason, 100)}")


def _pair(text: str, where: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise BadSpec(f"cannot read {text!r}", where=where, do="write it as key=value")
    return key, value


def _check_table(path: Path | None) -> dict[str, Any]:
    """The `[check]` table of a settings file; a study file has one too."""
    if path is None:
        return {}
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSpec(f"not TOML ({error})", where=str(path), do="mend the file") from None
    table = values.get("check", {})
    if not isinstance(table, dict):
        raise BadData("check is not a table", where=str(path), do="write [check]")
    return cast(dict[str, Any], table)
