"""Every row of the real files is accepted, rejected or pending; counts here were made without the readers.

The rejected rows were read one by one: those bounded here are options that were pictures or read the same, sub-questions
that nothing tells apart, answers that are missing. A bound that is passed is a reader that got worse.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from curation.formats import FORMATS
from curation.formats.base import Tally
from curation.standardize import source_names, standardize
from schemas.instance import Candidate, Decision, Instance

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif("ABILITYMIX_DATA" not in os.environ, reason="ABILITYMIX_DATA names no folder"),
]


def root() -> Path:
    return Path(os.environ["ABILITYMIX_DATA"])


def outcomes(pattern: str, format: str, **settings: Any) -> Counter[str]:
    """How many rows of the files became what; rejected ones also by their reason, as `no: REASON`."""
    files = [f for f in sorted(root().glob(pattern)) if f.is_file()]
    assert files, pattern
    found: Counter[str] = Counter()
    keys = []
    for outcome in standardize(files, format, names=source_names(files), **settings):
        kind = {Instance: "accepted", Candidate: "pending", Decision: "rejected"}[type(outcome)]
        found[kind] += 1
        if isinstance(outcome, Decision):
            assert outcome.reason
            keys.append(outcome.subject)
            found[f"no: {outcome.reason}"] += 1
        else:
            keys.append(f"{outcome.source.name}:{outcome.source.row}")
    assert len(set(keys)) == len(keys)
    return found


def total(found: Counter[str]) -> int:
    return found["accepted"] + found["rejected"] + found["pending"]


def reasons(found: Counter[str]) -> dict[str, int]:
    return {name.removeprefix("no: "): n for name, n in found.items() if name.startswith("no: ")}


def lines(pattern: str) -> int:
    return sum(
        1
        for f in root().glob(pattern)
        if f.is_file()
        for line in f.read_text(encoding="utf-8").split("\n")
        if line.strip()
    )


def loaded(pattern: str) -> list[Any]:
    return [json.loads(f.read_text(encoding="utf-8")) for f in root().glob(pattern)]


@pytest.mark.parametrize(("name", "questions", "rejected"), [("d", 5856, 3), ("m", 6013, 2)])
def test_c3(name: str, questions: int, rejected: int) -> None:
    (array,) = loaded(f"c3/c3-{name}-train.json")
    found = outcomes(f"c3/c3-{name}-train.json", "c3")
    assert total(found) == sum(len(d[1]) for d in array) == questions
    assert found["rejected"] == rejected
    assert all("read the same" in r or r == "the gold answer stands at two options" for r in reasons(found))


@pytest.mark.parametrize(
    ("pattern", "format", "ability", "most"),
    [
        ("logiqa2/dev_zh.txt", "logiqa2", "reasoning", {"is empty": 3, "read the same": 2}),
        ("gsm8k/train.jsonl", "gsm8k", "math", {}),
        ("cmoraleval/*/cmoraleval_*", "cmoraleval", "ethics", {}),
        ("cvalues/*.jsonl", "cvalues", "unlabelled", {}),
        ("belle/eval_set.json", "belle", "unlabelled", {}),
        (
            "agieval/*.jsonl",
            "agieval",
            "unlabelled",
            {
                "is empty": 2,
                "read the same": 2,
                "there is no gold answer": 1,
                "does not end in the final answer": 22,
            },
        ),
    ],
)
def test_json_lines(pattern: str, format: str, ability: str, most: dict[str, int]) -> None:
    found = outcomes(pattern, format, ability=ability)
    assert total(found) == lines(pattern)
    counted = dict.fromkeys(most, 0)
    for reason, number in reasons(found).items():
        (kind,) = [kind for kind in most if reason.endswith(kind)]
        counted[kind] += number
    assert all(number <= most[kind] for kind, number in counted.items()), counted


def test_what_waits_for_an_answer() -> None:
    """BELLE: all of brainstorming and generation and 92 of rewrite. CValues: everything."""
    rows = [
        json.loads(line)
        for line in (root() / "belle/eval_set.json").read_text(encoding="utf-8").split("\n")
        if line
    ]
    assert (
        outcomes("belle/eval_set.json", "belle")["pending"]
        == sum(not row["std_answer"] for row in rows)
        == 369
    )
    assert outcomes("cvalues/*.jsonl", "cvalues") == {"pending": 664}
    closed = outcomes("belle/eval_set.json", "belle", options={"class": "closed qa"})
    assert closed["accepted"] + closed["pending"] == 52


def test_logiqa() -> None:
    text = (root() / "logiqa/zh_eval.txt").read_text(encoding="utf-8")
    rows = sum(1 for block in text.split("\n\n") if block.strip())
    assert (
        outcomes("logiqa/zh_eval.txt", "logiqa", ability="reasoning")
        == {"accepted": rows}
        == {"accepted": 651}
    )


@pytest.mark.parametrize(
    ("name", "ability", "rows", "rejected"),
    [
        ("Biology", "biology", 128, 1),
        ("History", "history", 244, 0),
        ("Math_I", "unlabelled", 183, 1),
        ("Math_II", "unlabelled", 185, 1),
    ],
)
def test_gaokao(name: str, ability: str, rows: int, rejected: int) -> None:
    pattern = f"gaokao/Objective_Questions/*_{name}_MCQs.json"
    (paper,) = loaded(pattern)
    found = outcomes(pattern, "gaokao", ability=ability)
    assert total(found) == len(paper["example"]) == rows
    assert found["rejected"] <= rejected


def test_gaokao_questions_with_several_answers_are_rows_of_their_own() -> None:
    pattern = "gaokao/Objective_Questions/*.json"
    answers = sum(len(e["answer"]) for paper in loaded(pattern) for e in paper["example"])
    found = outcomes(pattern, "gaokao")
    assert total(found) == answers
    # Three questions whose paper numbers or options are misprinted, three answers each; the rest is beyond a reader.
    assert found["no: 3 answers, but the sub-questions cannot be told apart"] == 9
    assert found["rejected"] <= 18


def test_gaokao_free_answers() -> None:
    pattern = "gaokao/Subjective_Questions/*.json"
    rows = sum(len(paper["example"]) for paper in loaded(pattern))
    assert outcomes(pattern, "gaokao") == {"accepted": rows} == {"accepted": 718}


def test_alpaca() -> None:
    found = outcomes("alpaca_zh_demo/alpaca_zh_demo.json", "alpaca", ability="creative_writing")
    assert found == {"accepted": 800}
    found = outcomes("alpaca_zh_translated/*.json", "alpaca", options={"prefix": "zh_"}, origin="synthetic")
    assert found == {"accepted": 9991, "rejected": 9, "no: zh_output is empty": 9}
    options = {"prefix": "zh_", "empty": "pending"}
    found = outcomes("alpaca_zh_translated/*.json", "alpaca", options=options, origin="synthetic")
    assert found == {"accepted": 9991, "pending": 9}


def test_cmmlu() -> None:
    rows = 0
    for file in root().glob("cmmlu/*/*.csv"):
        with file.open(encoding="utf-8", newline="") as handle:
            rows += sum(1 for _ in csv.reader(handle)) - 1
    found = outcomes("cmmlu/*/*.csv", "mcq-csv")
    assert total(found) == rows == 11917
    assert reasons(found) == {"options A and C read the same": 1}


def test_classical_pairs_as_blocks() -> None:
    files = sorted(root().glob("classical_modern/*/*/*/bitext.txt"))
    pairs = sum(f.read_text(encoding="utf-8").count("古文：") for f in files)
    options = {"question": "古文", "answer": "现代文", "form": "open", "ask": "译成现代文："}
    assert outcomes("classical_modern/*/*/*/bitext.txt", "blocks", options=options) == {"accepted": pairs}
    assert pairs == 6166


MAPPED = {
    "prompts_zh/prompts-zh.json": ('question = "prompt"\n', 124, "pending"),
    "medicalgpt_roles/*.jsonl": ('question = "system_prompt"\n', 161, "pending"),
    "belle/zh_seed_tasks.json": (
        'question = "{instruction}\\n{instances.0.input}"\nreply = "instances.0.output"\n',
        175,
        "accepted",
    ),
    "text/chinese-poetry/*/*.json": (
        'question = "默写《{rhythmic}》{title}{chapter}"\nreply = "{author}：{paragraphs.0}"\n',
        None,
        "accepted",
    ),
    "chatharuhi/*/*.jsonl": ('question = "dialogue.0.text"\nreply = "dialogue.1.text"\n', 5973, "accepted"),
}


@pytest.mark.parametrize("pattern", MAPPED)
def test_what_has_no_format_is_read_by_a_mapping(pattern: str, tmp_path: Path) -> None:
    toml, rows, kind = MAPPED[pattern]
    (tmp_path / "mapping.toml").write_text(toml, encoding="utf-8")
    found = outcomes(pattern, str(tmp_path / "mapping.toml"))
    if rows is None:
        rows = sum(len(array) for array in loaded(pattern))
    assert total(found) == rows
    assert found[kind] >= 0.95 * rows, reasons(found)


@pytest.mark.parametrize(
    ("folder", "format", "suffix"),
    [
        ("gaokao/Objective_Questions", "gaokao", ".json"),
        ("cmmlu/dev", "mcq-csv", ".csv"),
        ("c3", "c3", ".json"),
    ],
)
def test_a_folder_and_archives_hold_the_rows_of_the_files(
    folder: str, format: str, suffix: str, tmp_path: Path
) -> None:
    files = sorted((root() / folder).glob(f"*{suffix}"))
    apart = [row for file in files for row in read_rows(file, format)]
    with zipfile.ZipFile(tmp_path / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.write(file, file.name)
    (tmp_path / "one.gz").write_bytes(gzip.compress(files[0].read_bytes()))
    for source in (root() / folder, tmp_path / "all.zip"):
        assert read_rows(source, format) == apart
    # The name inside a gzip file is not known: tables say what they are.
    options = {"container": "table"} if suffix == ".csv" else {}
    assert read_rows(tmp_path / "one.gz", format, options) == read_rows(files[0], format)


def read_rows(path: Path, format: str, options: dict[str, str] | None = None) -> list[Any]:
    """The rows as the reader cuts them out; without the group, which names the file where a source has several."""
    tally = Tally()
    found = [raw.value for raw in FORMATS[format].read(path, options or {}, tally)]
    assert tally.rows == len(found) > 0
    return [{k: v for k, v in row.items() if k != "group"} if isinstance(row, dict) else row for row in found]


def test_known_overlaps_are_found():
    """The README of the data counts shared 14-character runs; containment asks for half of the shorter text."""
    from curation.decontaminate import decontaminate

    root = Path(os.environ["ABILITYMIX_DATA"])

    def read(path: str, format: str) -> list[Instance]:
        return [o for o in standardize([root / path], format) if isinstance(o, Instance)]

    train = read("gaokao/Objective_Questions/2010-2022_Biology_MCQs.json", "gaokao")
    _, biology = decontaminate(train, read("agieval/gaokao-biology.jsonl", "agieval"))
    assert 60 <= len(biology) <= 100
    history = read("gaokao/Objective_Questions/2010-2022_History_MCQs.json", "gaokao")
    _, none = decontaminate(history, read("agieval/gaokao-history.jsonl", "agieval"))
    assert len(none) <= 3
