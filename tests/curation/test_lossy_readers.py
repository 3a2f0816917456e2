"""The sum can fail: a reader that loses a row, or makes two of one, is found out and no counts are written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from curation.convert import standardize_to
from curation.formats import FORMATS
from curation.formats.base import Format, Raw, Tally, Target
from curation.formats.reading import Records
from curation.pool import curate
from curation.world import write_world
from schemas.errors import Failed
from schemas.instance import Candidate, Instance
from schemas.specs import BaseSpec
from schemas.study import GridSpec, SourceSpec, SplitSpec, StudySpec

FILES = {
    "mcq-csv": "biology.csv",
    "alpaca": "history_claims.json",
    "doit": "code.jsonl",
    "blocks": "chinese.txt",
    "c3": "understanding.json",
    "gsm8k": "math.jsonl",
}


class Careless:
    """A real reader between whose file and whose rows one row goes missing, or comes twice."""

    about = "a defect"

    def __init__(self, format: str, times: int) -> None:
        self._real: Format = FORMATS[format]
        self._times, self.options = times, self._real.options

    def read(self, path: Path, options: Mapping[str, str], tally: Tally) -> Iterator[Raw]:
        for number, raw in enumerate(self._real.read(path, options, tally)):
            yield from [raw] * (self._times if number == 3 else 1)

    def convert(self, raw: Raw, target: Target) -> Instance | Candidate:
        return self._real.convert(raw, target)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    write_world(folder, 3, 60, 100)
    return folder


class CarelessInBlocks(Records):
    """The same where a file is cut into blocks of lines: the third row of every block goes missing, or comes twice."""

    about = "a defect"

    def __init__(self, format: str, times: int) -> None:
        real = FORMATS[format]
        assert isinstance(real, Records)
        self._real, self._times, self.options = real, times, real.options

    def block(self, data: bytes, first: int, tally: Tally) -> Iterator[Raw]:
        for number, raw in enumerate(self._real.block(data, first, tally)):
            yield from [raw] * (self._times if number == 3 else 1)

    def convert(self, raw: Raw, target: Target) -> Instance | Candidate:
        return self._real.convert(raw, target)


@pytest.mark.parametrize("times", [0, 2])
@pytest.mark.parametrize("format", ["doit", "gsm8k", "messages"])
def test_a_careless_reader_of_blocks_is_found_out(
    format: str, times: int, world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = SourceSpec(files=(str(world / FILES.get(format, "code.jsonl")),), format=format)
    honest = standardize_to(tmp_path / "honest", source)
    assert honest.rows > 10
    careless = CarelessInBlocks(format, times)
    assert careless.in_blocks(Path(source.files[0]), {})
    monkeypatch.setattr("curation.convert._reader", lambda name: careless)
    with pytest.raises(Failed, match=f"rows got lost: rows in {honest.rows} = "):
        standardize_to(tmp_path / "out", source)
    assert not (tmp_path / "out" / "step.json").exists()


@pytest.mark.parametrize("times", [0, 2])
@pytest.mark.parametrize("format", FILES)
def test_a_careless_reader_is_found_out(
    format: str, times: int, world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = SourceSpec(files=(str(world / FILES[format]),), format=format)
    honest = standardize_to(tmp_path / "honest", source)
    assert honest.rows == honest.accepted + honest.rejected + honest.pending > 10
    careless = Careless(format, times)
    monkeypatch.setattr("curation.convert._reader", lambda name: careless)
    with pytest.raises(Failed, match=f"rows got lost: rows in {honest.rows} = "):
        standardize_to(tmp_path / "out", source)
    assert not (tmp_path / "out" / "step.json").exists()


def test_a_pool_is_not_made_of_a_source_that_lost_rows(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = SourceSpec(files=(str(world / "math.jsonl"),), format="gsm8k", ability="math")
    spec = StudySpec(
        name="t",
        bases=(BaseSpec(name="A"),),
        sources=(source,),
        splits=SplitSpec(test=6, validation=4, train=20),
        grid=GridSpec(n=(0, 1, 20), origins=("human",)),
    )
    assert curate(spec, [source], tmp_path / "honest").report.total.rows > 60
    monkeypatch.setattr("curation.standardize.find_format", lambda name, options: Careless("gsm8k", 0))
    with pytest.raises(Failed, match="rows got lost"):
        curate(spec, [source], tmp_path / "out")
    assert not (tmp_path / "out" / "step.json").exists()


@pytest.mark.parametrize(("limit", "rows"), [(1, 1), (2, 2), (3, 3), (9, 4)])
def test_a_limit_loses_nothing(limit: int, rows: int, tmp_path: Path) -> None:
    """C3's reader has counted a whole dialogue when the limit cuts it; the rows in are those asked for."""
    questions = [{"question": f"第{i}问", "choice": ["甲", "乙"], "answer": "甲"} for i in range(3)]
    dialogues = [[["女：好。"], questions, "1"], [["男：好。"], questions[:1], "2"]]
    path = tmp_path / "c3.json"
    path.write_text(json.dumps(dialogues, ensure_ascii=False), encoding="utf-8")
    source = SourceSpec(files=(str(path),), format="c3", ability="understanding", limit=limit)
    counts = standardize_to(tmp_path, source)
    assert counts.rows == counts.accepted == rows
