"""A dataset of the hub by its id, streamed through `datasets`; nothing of it is executed."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from curation.formats.base import Raw, Tally
from curation.formats.containers.folder import ENDINGS, PACKED, chosen_splits
from schemas.errors import BadData, BadSpec
from schemas.terminal import one_line

_WORD = r"[A-Za-z0-9][\w.\-]*"
_ID = re.compile(rf"(?P<name>{_WORD}(?:/{_WORD})?)(?::(?P<config>[^@/\\]+))?(?:@(?P<split>[\w.\-]+))?")


@dataclass(frozen=True, slots=True)
class HubId:
    """A dataset's id with what of it is meant; empty for the only configuration, or the option `split`."""

    name: str
    config: str = ""
    split: str = ""


def hub_id(path: Path) -> HubId | None:
    """What `hf:owner/name[:config][@split]` means, or `owner/name` where no such path exists; None for a path.

    Raises:
        BadSpec: `hf:` and then no id.
    """
    text = str(path)
    if text.startswith("hf:"):
        found = _ID.fullmatch(text.removeprefix("hf:"))
        if not found:
            raise BadSpec(
                "not the id of a dataset",
                where=one_line(text, 100),
                do="write it as hf:owner/name:config@split",
            )
        return HubId(found["name"], found["config"] or "", found["split"] or "")
    found = _ID.fullmatch(text)
    if not found or "/" not in found["name"] or path.exists() or path.parent.is_dir():
        return None
    ending = PurePosixPath(found["name"]).suffix.lower()
    if ending in ENDINGS | PACKED:
        return None  # a path that was mistyped
    return HubId(found["name"], found["config"] or "", found["split"] or "")


def hub_rows(hub: HubId, options: Mapping[str, str], tally: Tally) -> Iterator[Raw]:
    """The rows of a dataset as they come over the network, keyed from 1, behind the split's name if there are several.

    Raises:
        BadSpec: several splits and none named.
        BadData: it is not there, not public, or cannot be reached; one line says which.
    """
    where = f"hf:{hub.name}"
    _reached(where, lambda: _look(hub.name))
    split = hub.split or options.get("split", "")
    config = hub.config or options.get("config") or None
    known = _reached(where, lambda: _splits(hub.name, config)) if split in ("", "all") else [split]
    splits = chosen_splits(known, {"split": split}, where)
    for name in splits:
        label = f"{one_line(name, 60)}:" if len(splits) > 1 else ""
        rows = iter(_reached(where, lambda name=name: _stream(hub.name, config, name)))
        number = 0
        while (row := _reached(where, lambda rows=rows: next(rows, None))) is not None:
            number += 1
            tally.rows += 1
            yield Raw(f"{label}{number}", row)


def _look(name: str) -> None:
    """One question to the hub before `datasets` asks many: where nothing answers, it would try again for half a minute."""
    import huggingface_hub

    for library in ("huggingface_hub", "datasets", "httpx"):
        logging.getLogger(library).setLevel(logging.ERROR)
    huggingface_hub.HfApi().dataset_info(name, timeout=20)


def _splits(name: str, config: str | None) -> list[str]:
    import datasets

    return [str(split) for split in datasets.get_dataset_split_names(name, config)]


def _stream(name: str, config: str | None, split: str) -> Any:
    import datasets

    return datasets.load_dataset(name, config, split=split, streaming=True)


def _reached(where: str, work: Any) -> Any:
    """What `work` returns. Whatever the many libraries below raise becomes one line."""
    try:
        return work()
    except (KeyboardInterrupt, MemoryError, BadSpec):
        raise
    except Exception as error:
        offline = os.environ.get("HF_HUB_OFFLINE") == "1" or os.environ.get("HF_DATASETS_OFFLINE") == "1"
        text = one_line(str(error) or type(error).__name__, 160)
        if offline or _names(error) & {
            "OfflineModeIsEnabled",
            "ConnectionError",
            "ConnectError",
            "LocalEntryNotFoundError",
        }:
            raise BadData(
                f"the hub cannot be reached ({text})",
                where=where,
                do="go online, or name a local file or folder; no such path exists here",
            ) from None
        raise BadData(
            f"cannot be read from the hub ({text})",
            where=where,
            do="check the id, its configuration and split",
        ) from None


def _names(error: BaseException | None) -> set[str]:
    """Names of an error's classes, and of those it came from."""
    found = set[str]()
    for _ in range(10):
        if error is None:
            break
        found |= {kind.__name__ for kind in type(error).__mro__}
        error = error.__cause__ or error.__context__
    return found
