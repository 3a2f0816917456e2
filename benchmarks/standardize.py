"""Standardizing and checking against pydantic alone: rows of 1.1 kB of Chinese, one core, everything written to disk.

    python benchmarks/standardize.py                  # 30,000 rows, 7 rounds
    python benchmarks/standardize.py --rows 100000 --rounds 9

The yardstick is `validate_json` of a model with the same fields as an instance and nothing else: no ids, no answer
forms, no files. Beside it stand `validate_json` of the instance itself (ids hashed, forms checked), orjson and msgspec.
Every round measures everything once, one after the other, in processor time; ratios are of the medians.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import orjson
from check_rules import made_up
from pydantic import BaseModel, ConfigDict

from curation.check import check_files
from curation.convert import standardize_to
from schemas.instance import Instance
from schemas.study import SourceSpec

BARE = ConfigDict(frozen=True, extra="forbid")


class BareMessage(BaseModel):
    model_config = BARE
    role: Literal["system", "user", "assistant"]
    content: str


class BareDistractor(BaseModel):
    model_config = BARE
    text: str
    kind: Literal["fine", "coarse"] | None = None


class BareSource(BaseModel):
    model_config = BARE
    name: str
    row: str
    licence: str = ""
    group: str = ""


class BareInstance(BaseModel):
    model_config = BARE
    id: str = ""
    ability: str
    form: Literal["choice", "several_choice", "true_false", "cloze", "worked_answer", "open", "code"]
    messages: tuple[BareMessage, ...]
    choices: tuple[str, ...] = ()
    answer: str = ""
    distractors: tuple[BareDistractor, ...] = ()
    origin: Literal["human", "synthetic"] = "human"
    source: BareSource
    parents: tuple[str, ...] = ()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=30_000)
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), arguments.rows, arguments.rounds)


def measure(folder: Path, rows: int, rounds: int) -> None:
    raw = folder / "raw.jsonl"
    raw.write_bytes(b"".join(raw_lines(rows)))
    source = SourceSpec(files=(str(raw),), format="messages", ability="creative_writing", licence="MIT")
    standardize_to(folder / "rows", source, workers=1)
    instances = folder / "rows" / "instances.jsonl"
    lines = instances.read_bytes().splitlines()
    assert len(lines) == rows
    size = sum(map(len, lines)) / rows

    def each(function: Callable[[bytes], object]) -> Callable[[], None]:
        def work() -> None:
            for line in lines:
                function(line)

        return work

    tasks: dict[str, Callable[[], Any]] = {
        "orjson.loads": each(orjson.loads),
        "bare pydantic validate_json": each(BareInstance.model_validate_json),
        "Instance.model_validate_json": each(Instance.model_validate_json),
        "standardize, types only": lambda: standardize_to(folder / "a", source, workers=1),
        "standardize, default rules": lambda: standardize_to(folder / "b", source, check={}, workers=1),
        "check, default rules": lambda: check_files([instances], folder / "c", workers=1),
    }
    decoder = msgspec_decoder()
    if decoder:
        tasks["msgspec decode"] = each(decoder)
    seconds: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(rounds):
        for name, task in tasks.items():
            gc.collect()
            begun = time.process_time()
            task()
            seconds[name].append(time.process_time() - begun)
    median = {name: statistics.median(found) for name, found in seconds.items()}
    bare, typed = median["bare pydantic validate_json"], median["Instance.model_validate_json"]
    print(f"{rows} rows of {size:.0f} bytes as instances, one core, median of {rounds} rounds")
    print(f"{'':30} {'rows/s':>9} {'us/row':>7} {'of bare':>8} {'of Instance':>12}")
    for name, found in sorted(median.items(), key=lambda pair: pair[1]):
        print(
            f"{name:30} {rows / found:9.0f} {found / rows * 1e6:7.2f} {bare / found:8.0%} {typed / found:12.0%}"
        )


def raw_lines(rows: int) -> list[bytes]:
    """Rows of the `messages` format: the made-up free responses of `check_rules.py` of 0.9 to 1.3 kB, repeated as needed."""
    made = [orjson.loads(line) for line in made_up(6_000, 1)]
    talks = [row["messages"] for row in made if row["form"] == "open" and len(row["messages"]) == 2]
    lines = [orjson.dumps({"messages": talk}) + b"\n" for talk in talks]
    fitting = [line for line in lines if 750 <= len(line) <= 1150]
    return [fitting[place % len(fitting)] for place in range(rows)]


def msgspec_decoder() -> Callable[[bytes], object] | None:
    """A msgspec decoder of the same fields; None where msgspec is not installed, which nothing here needs."""
    try:
        import msgspec
    except ImportError:
        print("msgspec is not installed: left out", file=sys.stderr)
        return None
    text = {"name": str, "row": str}
    message = msgspec.defstruct(
        "Message", [("role", Literal["system", "user", "assistant"]), ("content", str)]
    )
    source = msgspec.defstruct("Source", [*text.items(), ("licence", str, ""), ("group", str, "")])
    instance = msgspec.defstruct(
        "Instance",
        [
            ("ability", str),
            ("form", str),
            ("messages", tuple[message, ...]),  # type: ignore[valid-type]
            ("source", source),
            ("id", str, ""),
            ("choices", tuple[str, ...], ()),
            ("answer", str, ""),
        ],
    )
    return msgspec.json.Decoder(instance).decode


if __name__ == "__main__":
    main()
