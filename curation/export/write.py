"""Instances out into the layout of another tool: streamed, whole or not at all, every row accounted for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from curation.counts import Counts
from curation.export.card import card
from curation.export.convert import Converted, Converter
from curation.export.facts import Facts
from curation.export.files import IDS, SHARD, Files, Written, beside, look_at
from curation.export.history import history_of
from curation.export.layouts import find_layout
from curation.export.layouts.base import Layout
from curation.export.tally import Tally
from curation.step import finish_step
from curation.workers import in_order
from schemas.errors import BadData, BadSpec
from schemas.jsonl import Block, line_blocks
from schemas.progress import Progress, Tick, silent
from schemas.runs import code_revision
from schemas.terminal import visible

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
PART = re.compile(r"[a-z][a-z0-9_]{0,63}")
# Beside a single file: its name and one of these.
SIDECARS = (".ids.jsonl", ".decisions.jsonl", ".card.md")
# `all` means every split to `datasets`; the others are files that an export writes itself.
_TAKEN = ("all", "decisions", "ids", "step")
# The one output of a step that does not divide is called so; other tools expect it as `train`.
_WHOLE = "instances"
# A row group of a Parquet file is made of one block.
_BLOCK = {False: 1 << 20, True: 1 << 22}


@dataclass
class Exported:
    """What an export came to.

    Args:
        out: the file or folder.
        counts: accepted rows were written, rejected ones left out.
        files: what holds the rows.
        lost: field -> rows that had something in it which the layout has no place for.
        tally: of the rows written.
    """

    out: Path
    counts: Counts
    files: list[Written]
    lost: dict[str, int] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)


def parts_of(files: Iterable[Path], named: Iterable[tuple[str, Path]] = ()) -> dict[str, list[Path]]:
    """part -> its files, in the order given: a file's stem is its part, `instances` is called train.

    Args:
        named: (part, file) where the stem would not do.

    Raises:
        BadSpec: a part that is no name: lower-case letters, digits and underscores, and not `all`.
    """
    found: dict[str, list[Path]] = {}
    for path in files:
        part = "train" if path.stem == _WHOLE else path.stem
        found.setdefault(_checked(part, str(path)), []).append(path)
    for part, path in named:
        found.setdefault(_checked(part, "--split"), []).append(path)
    return found


def export(
    parts: Mapping[str, Sequence[Path]],
    layout: str,
    out: Path,
    *,
    options: Mapping[str, str] | None = None,
    with_source: bool = False,
    skip: bool = False,
    ids: bool = True,
    with_card: bool = True,
    title: str = "",
    languages: Sequence[str] = (),
    shard: int | None = None,
    workers: int | None = 1,
    progress: Progress = silent,
) -> Exported:
    """Write the instances of files in another layout. Memory does not grow with the files.

    A file's name that ends in `.json`, `.jsonl` or `.parquet` asks for a single file, all parts one after the other;
    every other `out` is a folder with the layout's own files, `README.md` (the card) and `step.json`. Beside a single
    file lie `OUT.card.md` and `OUT.ids.jsonl`.

    Args:
        parts: part -> files of instances.
        layout: a name of `curation.export.layouts.LAYOUTS`.
        options: of the layout.
        with_source: JSON lines get `curation.export.convert.SOURCE_COLUMNS` as further columns.
        skip: leave out rows that the layout cannot hold, with a decision for each; an error otherwise.
        ids: write (id, file, line) of every row where the rows have no id themselves.
        with_card: write the card.
        title: of the card; `out`'s name if empty.
        languages: codes for the card's front matter.
        shard: bytes at which a layout with shards begins the next file.
        workers: as for `curation.workers.in_order`; the bytes written do not depend on it.
        progress: told the rows after every block.

    Raises:
        BadSpec: unknown layout or option, a single file where only a folder will do, a folder that holds other things.
        MissingFile, BadData: a file that is not there, a line that is no instance, rows that do not fit.
    """
    job = _job(layout, dict(options or {}), out, with_source)
    _check_languages(languages)
    read = [path.resolve() for paths in parts.values() for path in paths]
    if out.resolve() in (*read, *(path.parent for path in read)):
        raise BadSpec(
            "this is read and would be written over", where=visible(str(out)), do="name another --out"
        )
    look_at(out.resolve(), folder=not job.single)
    files = [path for paths in parts.values() for path in paths]
    history = history_of(files)
    with beside(out, folder=not job.single) as (folder, put_in_place):
        limit = SHARD if shard is None else shard
        done = _write_rows(
            parts, job, folder, ids=ids, skip=skip, shard=limit, workers=workers, progress=progress
        )
        counts = done.counts(layout).checked(str(out))
        if with_card:
            facts = Facts(
                title=title or visible(out.stem if job.single else out.resolve().name),
                layout_name=layout,
                layout=job.layout,
                files=done.files,
                tally=done.tally,
                left_out=done.unfit,
                history=history,
                languages=languages,
                with_source=job.convert.with_source,
                revision=code_revision(),
                single=bool(job.single),
            )
            (folder / job.beside("README.md", ".card.md")).write_text(card(facts), encoding="utf-8")
        if job.single:
            _drop_stale(folder, out)
        else:
            for name, content in job.layout.extras({w.part: w.file for w in done.files}).items():
                (folder / name).write_text(content, encoding="utf-8")
            finish_step(folder, "export", job.settings(parts), files, counts)
        put_in_place()
    lost = {name: done.tally.fields[name] for name in job.layout.loses if done.tally.fields[name]}
    return Exported(out, counts, done.files, {**lost, **done.tally.lost}, done.tally)


@dataclass(frozen=True)
class _Job:
    """What is to be written: the layout as its options make it, and the work on one block."""

    layout: Layout
    convert: Converter

    @property
    def single(self) -> str:
        """Name of the one file; empty for a folder."""
        return self.convert.single

    def beside(self, in_folder: str, suffix: str) -> str:
        """Name of a file that goes with the rows."""
        return self.single + suffix if self.single else in_folder

    def settings(self, parts: Mapping[str, Sequence[Path]]) -> dict[str, Any]:
        return {
            "layout": self.convert.layout,
            "options": dict(self.convert.options),
            "with_source": self.convert.with_source,
            "parts": {part: [str(path.resolve()) for path in paths] for part, paths in parts.items()},
        }


def _job(name: str, options: dict[str, str], out: Path, with_source: bool) -> _Job:
    layout = find_layout(name, options)
    single = is_file(out)
    if single and layout.folder:
        raise BadSpec(f"{name} is a folder", where=str(out), do="name a folder, without a file's ending")
    if single and layout.parquet != (out.suffix == ".parquet"):
        raise BadSpec(
            f"{name} does not go into a file called {out.suffix}",
            where=str(out),
            do=f"name it {layout.suffix}",
        )
    # Rows of a table have all of it already.
    return _Job(
        layout, Converter(name, options, out.name if single else "", with_source and not layout.parquet)
    )


def _check_languages(codes: Iterable[str]) -> None:
    for code in codes:
        if not _LANGUAGE.fullmatch(code):
            raise BadSpec(
                f"{visible(code)!r} is no code of a language", where="--language", do="write zh, en, ..."
            )


def is_file(out: Path) -> bool:
    """Whether `out` names a single file rather than a folder."""
    return out.suffix in (".json", ".jsonl", ".parquet")


@dataclass
class _Done:
    rows: int = 0
    written: int = 0
    unfit: int = 0
    first: tuple[str, str] = ("", "")
    tally: Tally = field(default_factory=Tally)
    files: list[Written] = field(default_factory=list)

    def counts(self, layout: str) -> Counts:
        reasons = {f"export/{layout}": self.unfit} if self.unfit else {}
        return Counts(rows=self.rows, accepted=self.written, rejected=self.unfit, reasons=reasons)

    def add(self, made: Converted) -> None:
        self.rows += made.rows
        self.unfit += made.unfit
        self.first = self.first if self.first[0] else made.first
        self.tally.add(made.tally)


def _write_rows(
    parts: Mapping[str, Sequence[Path]],
    job: _Job,
    folder: Path,
    *,
    ids: bool,
    skip: bool,
    shard: int,
    workers: int | None,
    progress: Progress,
) -> _Done:
    """The files with the rows, the ids and the decisions. Raises BadData for rows that do not fit, unless `skip`."""
    layout, done = job.layout, _Done()
    named = ids and not layout.parquet and not layout.folder
    writer = Files(
        folder,
        parquet=layout.parquet,
        shards=layout.shards,
        ids=job.beside(IDS, ".ids.jsonl") if named else "",
        shard=shard,
    )
    decisions = folder / job.beside("decisions.jsonl", ".decisions.jsonl")
    try:
        for part in parts:
            place = job.single or layout.place(part, "")
            if job.single or place == layout.place(
                part, "x"
            ):  # where abilities share a file, it is always there
                writer.touch(place, part)
        for made in in_order(job.convert, _pieces(parts, _BLOCK[layout.parquet]), workers):
            for place, bundle in made.bundles.items():
                writer.add(place, made.part, bundle)
                done.written += len(bundle.ids)
            if made.decisions:
                with decisions.open("ab") as file:
                    file.write(made.decisions)
            done.add(made)
            progress(Tick("export", done.rows))
        progress(Tick("export", done.rows, done.rows))
        if done.unfit and not skip:
            raise BadData(
                f"{job.convert.layout} cannot hold {done.unfit} of {done.rows} rows; the first: {done.first[1]}",
                where=done.first[0],
                do="leave them out with --skip, or export another layout (messages holds any conversation)",
            )
        done.files = writer.finish()
    finally:
        writer.close()
    return done


def _drop_stale(folder: Path, out: Path) -> None:
    """What an earlier export left beside the file, and this one does not write, would speak of other rows."""
    for suffix in SIDECARS:
        if not (folder / (out.name + suffix)).exists():
            out.with_name(out.name + suffix).unlink(missing_ok=True)


def _pieces(parts: Mapping[str, Sequence[Path]], size: int) -> Iterator[tuple[str, Block]]:
    for part, paths in parts.items():
        for path in paths:
            for block in line_blocks(path, size):
                yield part, block


def _checked(part: str, where: str) -> str:
    if part in _TAKEN or not PART.fullmatch(part):
        raise BadSpec(
            f"a part cannot be called {visible(part)!r}",
            where=visible(where),
            do="name it: --split NAME=FILE, of lower-case letters, digits and underscores",
        )
    return part
