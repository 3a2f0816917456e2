"""Raw rows to typed instances: every row becomes an instance, a candidate or a decision that says why not.

Row by row, in memory; whole files are `curation.convert`'s.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from curation.formats import find_format, format_rule
from curation.formats.base import Format, Raw, Rejected, Tally, Target
from curation.formats.reading import is_hub, require_source
from schemas.ability import Ability, doit_abilities, find_ability
from schemas.errors import BadSpec
from schemas.instance import UNLABELLED, Candidate, Decision, Instance, Origin
from schemas.progress import Progress, Tick, silent
from schemas.study import SourceSpec
from schemas.terminal import visible

_VAGUE = {"data", "dev", "eval", "instances", "test", "train", "valid", "validation"}

Outcome = Instance | Candidate | Decision


def standardize(
    files: Sequence[Path],
    format: str,
    *,
    ability: str = UNLABELLED,
    origin: Origin = "human",
    licence: str = "",
    options: Mapping[str, str] | None = None,
    limit: int | None = None,
    abilities: Mapping[str, Ability] | None = None,
    names: Sequence[str] | None = None,
    progress: Progress = silent,
    seen: Counter[str] | None = None,
) -> Iterator[Outcome]:
    """Stream the rows of raw files; each comes out exactly once.

    Args:
        files: raw files, all of one format.
        format: a name of `curation.formats.FORMATS`.
        ability: an ability's name or `unlabelled`.
        origin, licence: as for `schemas.instance.Instance` and `Source`.
        options: settings of the reader and the common ones (`form`, `match`).
        limit: read at most so many rows a file.
        abilities: the known abilities; DoIT's ten if missing.
        names: the sources' names, one a file; the file stems if missing.
        seen: is told, file by file, how many raw rows the reader came by: source name -> rows, `limit` at most. It
            is counted apart from what is yielded, which has to add up to it.

    Raises:
        MissingFile: a file is not there.
        BadSpec: unknown format or option, or a pattern that is no regular expression.
        BadData: unknown ability, or a file that is not of the format at all.
    """
    options = dict(options or {})
    reader, known = find_format(format, options), abilities or doit_abilities()
    if ability != UNLABELLED:
        find_ability(ability, known)
    match = pattern_of(options.get("match"))
    for path, name in zip(files, names or source_names(files), strict=True):
        require_source(path)
        target = Target(name, ability, origin, licence, options, known)
        number, tally = 0, Tally()
        for number, raw in enumerate(reader.read(path, options, tally), 1):
            yield outcome_of(raw, reader, format_rule(format), target, match)
            if number % 1000 == 0:
                progress(Tick(f"standardize {name}", number))
            if number == limit:
                break
        progress(Tick(f"standardize {name}", number, number))
        if seen is not None:
            # A reader may have come by more rows than were asked for.
            seen[name] += tally.rows if limit is None else min(limit, tally.rows)


def standardize_source(
    source: SourceSpec,
    abilities: Mapping[str, Ability] | None = None,
    names: Sequence[str] | None = None,
    progress: Progress = silent,
    seen: Counter[str] | None = None,
) -> Iterator[Outcome]:
    """`standardize` with the settings of a source, whose `files` are paths."""
    return standardize(
        [Path(file) for file in source.files],
        source.format,
        ability=source.ability,
        origin=source.origin,
        licence=source.licence,
        options=source.options,
        limit=source.limit,
        abilities=abilities,
        names=names,
        progress=progress,
        seen=seen,
    )


def source_names(files: Sequence[Path]) -> list[str]:
    """A name for each file, distinct: its stem, behind as many of its folders as it takes.

    The folder is told as well where the stem says nothing (`train`). A file that is named twice gets a number.
    """
    parts = [_parts(file) for file in files]
    depth = [1 + (p[-1] in _VAGUE and len(p) > 1) for p in parts]
    while True:
        names = ["/".join(p[-d:]) for p, d in zip(parts, depth, strict=True)]
        often = Counter(names)
        deeper = [d + (often[n] > 1 and d < len(p)) for p, d, n in zip(parts, depth, names, strict=True)]
        if deeper == depth:
            break
        depth = deeper
    seen: Counter[str] = Counter()
    found = []
    for name in names:
        seen[name] += 1
        # File names may hold anything: this goes into decisions and onto terminals.
        found.append(visible(name if seen[name] == 1 else f"{name}#{seen[name]}"))
    return found


def _parts(path: Path) -> list[str]:
    """The folders of a file and its stem; a dataset of the hub is one part."""
    stem = _stem(path)
    return [stem] if is_hub(path) else [*path.resolve().parent.parts[1:], stem]


def _stem(path: Path) -> str:
    """A packed file is the same source as the plain one; a folder's or a dataset's name has no ending."""
    if is_hub(path):
        return str(path).removeprefix("hf:")
    return path.name if path.is_dir() else Path(path.name.removesuffix(".gz")).stem


def reasons_of(decisions: Iterable[Decision]) -> dict[str, int]:
    """How many rejections each `stage/rule` made, most first."""
    found = Counter(f"{d.stage}/{d.rule}" for d in decisions if not d.kept)
    return dict(found.most_common())


def outcome_of(
    raw: Raw, reader: Format, format: str, target: Target, match: re.Pattern[str] | None
) -> Outcome:
    """What one raw row becomes."""
    try:
        if raw.problem:
            raise Rejected(raw.problem)
        made = reader.convert(raw, target)
        labelled = target.abilities.get(made.ability)
        if labelled and made.form not in labelled.forms:
            raise Rejected(f"{made.ability} takes {', '.join(labelled.forms)}, but this row is {made.form}")
        if match and not match.search(_instruction(made)):
            raise Rejected("the instruction does not match the source's pattern")
    except Rejected as reason:
        subject = f"{target.source}:{raw.key}"
        return Decision(subject=subject, stage="standardize", rule=format, kept=False, reason=str(reason))
    return made


def _instruction(made: Instance | Candidate) -> str:
    return next(m.content for m in reversed(made.prompt) if m.role == "user")


def pattern_of(text: str | None) -> re.Pattern[str] | None:
    """The option `match`. Raises BadSpec for what is no regular expression."""
    try:
        return re.compile(text) if text else None
    except re.error as error:
        raise BadSpec(
            f"not a regular expression ({error})", where="option match", do="mend the pattern"
        ) from None
