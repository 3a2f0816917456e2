"""Folders: files of data, with or without a dataset card, and what `save_to_disk` of `datasets` leaves."""

from __future__ import annotations

import fnmatch
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from schemas.errors import BadData, BadSpec
from schemas.terminal import one_line

ENDINGS = frozenset({".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".tab", ".parquet", ".txt"})
PACKED = frozenset({".gz", ".zip"})
# Files without an ending may hold data; these do not.
_TALK = re.compile(
    r"(?:readme|(?:data_)?licen[cs]e|disclaimer|notice|copying|changelog|authors|makefile)", re.I
)
_TALK_TEXT = re.compile(r"(?:readme|licen[cs]e|requirements|notice|citation)\b.*\.txt", re.I)
_NOT_ROWS = frozenset(
    {"dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json", "step.json"}
)


@dataclass(frozen=True, slots=True)
class Saved:
    """One split that `save_to_disk` wrote: its Arrow files in order, and the label of its rows."""

    label: str
    files: tuple[Path, ...]


def holds_data(name: str) -> bool:
    """Whether a file of that name, in a folder or an archive, is taken for data."""
    path = PurePosixPath(name.replace("\\", "/"))
    if any(part.startswith((".", "__MACOSX")) for part in path.parts):
        return False
    last = path.name
    ending = path.suffix.lower()
    if ending in PACKED:
        inner = PurePosixPath(path.stem).suffix.lower()
        return ending == ".zip" or inner in ENDINGS or not inner
    if ending == ".txt":
        return not _TALK_TEXT.fullmatch(last)
    if ending in ENDINGS:
        return last not in _NOT_ROWS
    return not ending and not _TALK.fullmatch(last)


def saved_dataset(folder: Path, options: Mapping[str, str]) -> list[Saved] | None:
    """The splits of a folder that `save_to_disk` wrote, as far as the option `split` names them; None for any other.

    Raises:
        BadSpec: several splits and none named, or one that is not there.
        BadData: the folder's own records are broken, name a file outside it, or hold an index of their own.
    """
    if (folder / "dataset_dict.json").is_file():
        splits = _json(folder / "dataset_dict.json").get("splits")
        if not isinstance(splits, list) or not all(isinstance(s, str) and _is_plain(s) for s in splits):
            raise BadData("names no splits", where=str(folder / "dataset_dict.json"), do="save it again")
        return [
            _saved(folder / name, one_line(name, 60)) for name in chosen_splits(splits, options, str(folder))
        ]
    if (folder / "state.json").is_file() and (folder / "dataset_info.json").is_file():
        return [_saved(folder, "")]
    return None


def chosen_splits(splits: list[str], options: Mapping[str, str], where: str) -> list[str]:
    """The splits to read. Raises BadSpec unless one is named where several are declared."""
    shown, wanted = one_line(", ".join(splits), 120), options.get("split", "")
    if wanted == "all" or (not wanted and len(splits) == 1):
        return splits
    if not wanted:
        raise BadSpec(
            f"it has the splits {shown}",
            where=where,
            do=f"name one: --option split={one_line(splits[0], 40)}, or all",
        )
    if wanted not in splits:
        raise BadSpec(f"there is no split {one_line(wanted, 40)}", where=where, do=f"it has {shown}")
    return [wanted]


def data_files(folder: Path, options: Mapping[str, str]) -> list[tuple[str, Path]]:
    """(path in the folder, file) of its data files, sorted by that path: those of its card, or else all of them.

    Args:
        options: `split` takes the files of one split, `config` those of one configuration of the card. Without a
            card a file belongs to a split if a word of its path is the split's name.

    Raises:
        BadSpec: the card declares several splits or configurations and none is named, or one is not there.
        BadData: there are no data files.
    """
    found = sorted(_walk(folder))
    declared = _declared(folder, options)
    if declared:
        wanted = chosen_splits(list(declared), options, str(folder))
        patterns = [pattern for split in wanted for pattern in declared[split]]
        found = [pair for pair in found if any(_matches(pair[0], pattern) for pattern in patterns)]
    elif options.get("split", "all") != "all":
        found = [pair for pair in found if options["split"] in re.split(r"[^A-Za-z0-9]+", pair[0])]
    if not found:
        raise BadData(
            "there are no data files in this folder",
            where=str(folder),
            do=f"it may hold {', '.join(sorted(ENDINGS))}, or those with .gz, or .zip",
        )
    return found


def _walk(folder: Path) -> Iterator[tuple[str, Path]]:
    # Links to files are followed: the hub's own cache consists of them. Links to folders are not, for they may turn.
    for top, folders, files in os.walk(folder, followlinks=False):
        folders.sort()
        for name in files:
            path = Path(top, name)
            inside = path.relative_to(folder).as_posix()
            if holds_data(inside) and path.is_file():
                yield inside, path


def _declared(folder: Path, options: Mapping[str, str]) -> dict[str, list[str]]:
    """split -> patterns of its files, as the card's `configs` say; empty if there is no card, or it says nothing."""
    card = folder / "README.md"
    if not card.is_file():
        return {}
    configs = _front_matter(card).get("configs")
    if not isinstance(configs, list):
        return {}
    known = {str(c.get("config_name", "default")): c for c in configs if isinstance(c, dict)}
    wanted = options.get("config", "default" if "default" in known else "")
    if not wanted and len(known) == 1:
        wanted = next(iter(known))
    if wanted not in known:
        shown = one_line(", ".join(known), 120)
        raise BadSpec(
            f"there is no configuration {one_line(wanted, 40)}"
            if wanted
            else f"it has the configurations {shown}",
            where=str(folder),
            do=f"name one of {shown} with --option config=NAME",
        )
    files = known[wanted].get("data_files")
    found: dict[str, list[str]] = {}
    for entry in files if isinstance(files, list) else [files]:
        if isinstance(entry, dict):
            split, paths = str(entry.get("split", "train")), entry.get("path")
        else:
            split, paths = "train", entry
        listed = [p for p in (paths if isinstance(paths, list) else [paths]) if isinstance(p, str)]
        if listed:
            found.setdefault(split, []).extend(listed)
    return found


def _front_matter(card: Path) -> dict[str, Any]:
    import yaml  # type: ignore[import-untyped]

    found = re.match(
        r"---\r?\n(.*?)\r?\n---", card.read_text(encoding="utf-8", errors="replace")[:100_000], re.S
    )
    try:
        value = yaml.safe_load(found.group(1)) if found else {}
    except (yaml.YAMLError, ValueError, RecursionError):
        raise BadData("the card's head is not YAML", where=str(card), do="mend the card") from None
    return value if isinstance(value, dict) else {}


def _matches(inside: str, pattern: str) -> bool:
    """A card's pattern against a path in the folder; `*` stays within one part, `**` does not."""
    pattern = pattern.removeprefix("./")
    regex = re.escape(pattern).replace(r"\*\*/", "(?:.*/)?").replace(r"\*\*", ".*").replace(r"\*", "[^/]*")
    regex = regex.replace(r"\?", "[^/]")
    if re.search(r"\[[^\]]+\]", pattern):
        return fnmatch.fnmatchcase(inside, pattern)
    return re.fullmatch(regex, inside) is not None or inside.startswith(f"{pattern.rstrip('/')}/")


def _saved(folder: Path, label: str) -> Saved:
    state = _json(folder / "state.json")
    files = state.get("_data_files")
    names = [str(f.get("filename")) for f in files if isinstance(f, dict)] if isinstance(files, list) else []
    if state.get("_indices_data_files"):
        raise BadData("it holds an index of its own", where=str(folder), do="save it after flatten_indices()")
    if not names or not all(map(_is_plain, names)):
        raise BadData(
            "names no files, or one outside the folder", where=str(folder / "state.json"), do="save it again"
        )
    return Saved(label, tuple(folder / name for name in names))


def _is_plain(name: str) -> bool:
    return bool(name) and name not in (".", "..") and not set(name) & set("/\\\0:")


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise BadData("is missing", where=str(path), do="save the dataset again") from None
    except (ValueError, RecursionError):
        raise BadData("not JSON", where=str(path), do="save the dataset again") from None
    if not isinstance(value, dict):
        raise BadData("not a JSON object", where=str(path), do="save the dataset again")
    return value
