"""The same rows come out of every container, whatever it is, and a container that is broken is one clear line."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curation.formats import find_format
from curation.formats.base import Raw, Tally
from curation.formats.containers import lines as lines_module
from curation.formats.containers import part as part_module
from curation.formats.containers.lines import block_lines, has_long_number, json_lines
from curation.formats.reading import is_plain_lines, records, require_source
from curation.standardize import standardize
from schemas.errors import AbilitymixError, BadData, BadSpec, MissingFile
from schemas.instance import Instance

Rows = list[dict[str, str]]


def dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def as_lines(rows: Rows) -> bytes:
    return "".join(dumped(row) + "\n" for row in rows).encode()


def as_table(rows: Rows, delimiter: str) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(rows[0])
    writer.writerows([row[name] for name in rows[0]] for row in rows)
    return text.getvalue().encode()


def write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def saved(folder: Path, rows: Rows) -> Path:
    datasets.Dataset.from_list(rows).save_to_disk(folder)
    return folder


def saved_splits(folder: Path, rows: Rows) -> Path:
    datasets.DatasetDict({"train": datasets.Dataset.from_list(rows)}).save_to_disk(folder)
    return folder


def parquet_file(path: Path, rows: Rows) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=7)
    return path


def with_card(folder: Path, rows: Rows) -> Path:
    parquet_file(folder / "data" / "train-00000-of-00001.parquet", rows)
    write(folder / "data" / "other-00000.jsonl", b'{"not": "this"}\n')
    write(
        folder / "README.md",
        b"---\nconfigs:\n- config_name: default\n  data_files:\n  - split: train\n    path: data/train-*\n---\n# Card\n",
    )
    return folder


CONTAINERS: dict[str, Callable[[Path, Rows], tuple[Path, dict[str, str]]]] = {
    "array": lambda p, r: (write(p / "raw.json", dumped(r).encode()), {}),
    "array over lines, CRLF": lambda p, r: (
        write(p / "raw", json.dumps(r, ensure_ascii=False, indent=1).replace("\n", "\r\n").encode()),
        {},
    ),
    "lines in a txt": lambda p, r: (write(p / "raw.txt", as_lines(r)), {}),
    "lines, CRLF, mark": lambda p, r: (
        write(p / "raw.json", b"\xef\xbb\xbf" + as_lines(r).replace(b"\n", b"\r\n")),
        {},
    ),
    "object": lambda p, r: (
        write(
            p / "raw.json", dumped({"n": [{"a": "]}"}], "data": {"x": '\\"', "items": r, "y": 1}}).encode()
        ),
        {"rows": "data.items"},
    ),
    "csv": lambda p, r: (write(p / "raw.csv", as_table(r, ",")), {}),
    "tsv": lambda p, r: (write(p / "raw.tsv", as_table(r, "\t")), {}),
    "semicolons": lambda p, r: (
        write(p / "raw", as_table(r, ";")),
        {"container": "table", "delimiter": "semicolon"},
    ),
    "parquet": lambda p, r: (parquet_file(p / "raw.bin", r), {}),
    "saved dataset": lambda p, r: (saved(p / "saved", r), {}),
    "saved splits": lambda p, r: (saved_splits(p / "splits", r), {}),
    "folder of files": lambda p, r: (write(p / "folder" / "a" / "raw.jsonl", as_lines(r)).parent.parent, {}),
    "folder with a card": lambda p, r: (with_card(p / "card", r), {}),
    "gzip": lambda p, r: (write(p / "raw.jsonl.gz", gzip.compress(as_lines(r))), {}),
    "gzip of a table": lambda p, r: (write(p / "raw.csv.gz", gzip.compress(as_table(r, ","))), {}),
    "zip": lambda p, r: (
        zipped(p / "raw.zip", {"inner/raw.json": dumped(r).encode(), "README.md": b"x"}),
        {},
    ),
}
# A row of one empty cell is a blank line to CSV, and white space around a line end is not the container's.
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), min_size=1, max_size=30).filter(
    str.strip
)
ROWS = st.lists(st.fixed_dictionaries({"question": TEXT, "answer": TEXT}), min_size=1, max_size=20)
QUICK = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("name", CONTAINERS)
@QUICK
@given(rows=ROWS)
def test_every_container_gives_the_same_rows(
    name: str, rows: Rows, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path, options = CONTAINERS[name](tmp_path_factory.mktemp("rows"), rows)
    require_source(path)
    tally = Tally()
    found = list(records(path, tally, options))
    assert [raw.problem for raw in found] == [""] * len(rows)
    assert [raw.value for raw in found] == rows
    assert tally.rows == len(rows)
    assert len({raw.key for raw in found}) == len(rows)
    assert [raw.key.rpartition(":")[2] for raw in found] == [str(n) for n in range(1, len(rows) + 1)]


@pytest.mark.parametrize("name", CONTAINERS)
def test_every_format_reads_every_container(name: str, tmp_path: Path) -> None:
    rows = [{"instruction": f"写第{n}句", "input": "", "output": "春" * n} for n in range(1, 9)]
    path, options = CONTAINERS[name](tmp_path, rows)
    got = list(standardize([path], "alpaca", options=options))
    assert [o.response for o in got if isinstance(o, Instance)] == [row["output"] for row in rows]


# JSON lines


NUMBER = st.one_of(
    st.integers(),
    st.integers(min_value=-(10**40), max_value=10**40),
    st.floats(),
    st.sampled_from([2**63 - 1, 2**63, 2**64 - 1, 2**64, -(2**63), -(2**63) - 1, 10**18, 10**19]),
)
VALUE = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBER, st.text(max_size=20), st.just("\ud800"), st.just("1" * 25)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=10,
)


@settings(max_examples=300, deadline=None)
@given(values=st.lists(VALUE, max_size=6), ascii_only=st.booleans(), first=st.integers(1, 5))
def test_lines_are_read_as_python_reads_them(values: list[Any], ascii_only: bool, first: int) -> None:
    """orjson is only there for speed: not one number, NaN or surrogate comes out otherwise."""
    texts = [json.dumps(value, ensure_ascii=ascii_only or "\\ud800" in json.dumps(value)) for value in values]
    tally = Tally()
    found = list(block_lines("\n".join(texts).encode(), first, tally))
    assert [repr(raw.value) for raw in found] == [repr(json.loads(text)) for text in texts]
    assert [raw.key for raw in found] == [str(n) for n in range(first, first + len(values))]
    assert tally.rows == len(values)


@given(
    digits=st.integers(1, 30), before=st.integers(0, 40), filler=st.sampled_from([b"x", b"7 ", "春".encode()])
)
def test_no_run_of_19_digits_is_overlooked(digits: int, before: int, filler: bytes) -> None:
    data = filler * before + b"x" + b"5" * digits + b"x" + filler * 20
    assert has_long_number(data) == (digits >= 19)


def test_lines_of_every_kind() -> None:
    text = (
        b'\xef\xbb\xbf{"a": 1}\r\n\n \t\n\xe3\x80\x80\n{"a": NaN}\n{\n\xff\n[1]\n12345678901234567890123\n'
        + b"[" * 5000
    )
    tally = Tally()
    found = list(json_lines([text[:7], text[7:9], text[9:]], tally))
    assert [(raw.key, raw.problem.partition(" (")[0]) for raw in found] == [
        ("1", ""), ("5", ""), ("6", "not JSON"), ("7", "not UTF-8"), ("8", ""), ("9", ""), ("10", "nested too deeply"),
    ]  # fmt: skip
    assert found[5].value == 12345678901234567890123
    assert tally.rows == len(found)


@given(st.binary(max_size=60), st.lists(st.integers(0, 60), max_size=6))
def test_where_a_text_is_cut_does_not_matter(data: bytes, cuts: list[int]) -> None:
    places = sorted({0, len(data), *(c for c in cuts if c < len(data))})
    chunks = [data[a:b] for a, b in pairwise(places)]
    whole, pieces = (list(json_lines(c, Tally())) for c in ([data], chunks))
    assert whole == pieces


def test_a_row_without_end_is_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines_module, "ROW_LIMIT", 1000)
    tally = Tally()
    chunks = [b'{"a": 1}\n"', *[b"x" * 400] * 10, b'"\n{"b": 2}\n', b'{"c"', b": 3}"]
    found = list(json_lines(chunks, tally))
    assert [(raw.key, raw.value, raw.problem) for raw in found] == [
        ("1", {"a": 1}, ""),
        ("2", None, "longer than 64 MiB"),
        ("3", {"b": 2}, ""),
        ("4", {"c": 3}, ""),
    ]
    assert tally.rows == 4


def test_lines_of_arrays_are_told_from_one_array(tmp_path: Path) -> None:
    dialogue = [["男：好。"], [{"question": "几块？", "choice": ["五块", "六块"], "answer": "五块"}], "8"]
    path = write(tmp_path / "c3.jsonl", as_lines([dialogue] * 3))  # type: ignore[list-item]
    assert [o.source.row for o in standardize([path], "c3") if isinstance(o, Instance)] == [
        "1.1",
        "2.1",
        "3.1",
    ]
    path = write(tmp_path / "one.json", b"[[1],\n[2]]")
    assert [raw.value for raw in records(path, Tally())] == [[1], [2]]


# Arrays and objects


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"data": {"items": [1, 2', "broken"),
        ('{"data": {"items": [1, 2]', "broken off"),
        ('{"data": {"items": [1, 2]}} x', "something follows"),
        ('{"data": {"other": []}}', "no list named data.items"),
        ('{"data": {"items": 7}}', "data.items is not a list"),
        ('{"data": [1]}', "no list named data.items"),
        ('{"x": "never closed', "broken"),
        ("{", "broken"),
        ("[1, 2]", "no JSON object"),
        ('"text"', "no JSON object"),
    ],
)
def test_an_object_without_the_rows_is_one_clear_line(text: str, message: str, tmp_path: Path) -> None:
    path = write(tmp_path / "raw.json", text.encode())
    with pytest.raises(BadData, match=message):
        list(records(path, Tally(), {"rows": "data.items"}))


def test_an_object_over_many_lines_says_what_to_do(tmp_path: Path) -> None:
    path = write(tmp_path / "raw.json", json.dumps({"data": [{"a": 1}]}, indent=2).encode())
    with pytest.raises(BadData, match="--option rows=KEY"):
        list(records(path, Tally()))
    assert [raw.value for raw in records(path, Tally(), {"rows": "data"})] == [{"a": 1}]


@given(
    before=st.dictionaries(st.text(max_size=4).filter(lambda k: k != "items"), VALUE, max_size=4),
    after=st.dictionaries(st.text(max_size=4).filter(lambda k: k != "items"), VALUE, max_size=2),
    rows=st.lists(VALUE, max_size=4),
    size=st.integers(1, 9),
    indent=st.sampled_from([None, 1]),
)
@settings(max_examples=150, deadline=None)
def test_what_stands_beside_the_rows_is_passed_over(
    before: dict[str, Any], after: dict[str, Any], rows: list[Any], size: int, indent: int | None
) -> None:
    from curation.formats.containers.json_text import array

    data = json.dumps({**before, "items": rows, **after}, indent=indent).encode()
    chunks = [data[i : i + size] for i in range(0, len(data), size)]
    found = [raw.value for raw in array(chunks, Tally(), "here", ["items"])]
    assert repr(found) == repr(json.loads(data)["items"])


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """Ten times the rows, the same peak: in an array, at a key, in lines, tables, gzip, zip, Parquet."""

    def peak(path: Path, options: dict[str, str]) -> int:
        sum(1 for _ in records(path, Tally(), options))  # what is imported and cached is no growth
        tracemalloc.start()
        rows = sum(1 for _ in records(path, Tally(), options))
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert rows
        return top

    for name in ("array", "object", "lines in a txt", "csv", "gzip", "zip", "parquet", "saved dataset"):
        tops = []
        for count in (4000, 40_000):
            rows = [{"question": f"{n}" + "问" * 60, "answer": f"{n}" + "答" * 60} for n in range(count)]
            folder = tmp_path / f"{name}-{count}"
            folder.mkdir()
            tops.append(peak(*CONTAINERS[name](folder, rows)))
        assert tops[1] < 1.5 * tops[0] + 2_000_000, (name, tops)
        assert tops[1] < 12_000_000, (name, tops)


@pytest.mark.parametrize("name", ["parquet", "saved dataset"])
def test_memory_outside_python_does_not_grow_either(name: str, tmp_path: Path) -> None:
    """Arrow allocates for itself, in one row group as large as the file: the kernel is asked for the process's peak."""
    code = (
        "import sys; from pathlib import Path; from curation.formats.base import Tally;"
        "from curation.formats.reading import records; sum(1 for _ in records(Path(sys.argv[1]), Tally()));"
        "print(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])"
    )
    tops = []
    for count in (5000, 50_000):
        rows = [{"question": f"{n}" + "问" * 200, "answer": f"{n}" + "答" * 200} for n in range(count)]
        path = tmp_path / f"{count}"
        if name == "parquet":
            pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=count, compression="none")
        else:
            saved(path, rows)
        done = subprocess.run(
            [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
        )
        tops.append(int(done.stdout) // 1024)
    assert tops[1] < tops[0] + 20, tops  # MB; ten times the rows are 54 MB more


# Tables


def test_a_cell_may_be_longer_than_128_kilobytes(tmp_path: Path) -> None:
    long = "长" * 200_000
    path = write(tmp_path / "raw.csv", as_table([{"instruction": "写", "output": long}], ","))
    (got,) = standardize([path], "alpaca")
    assert isinstance(got, Instance)
    assert got.response == long


def test_a_table_says_which_rows_are_broken(tmp_path: Path) -> None:
    text = b'a,b\n1,2\n1\n\n\xff,2\n1,2,3\n"x\ny",2\n"open,\n3,4\n'
    found = list(records(write(tmp_path / "raw.csv", text), tally := Tally()))
    assert [(raw.key, raw.problem) for raw in found] == [
        ("1", ""),
        ("2", "1 cells under 2 columns"),
        ("3", "not UTF-8"),
        ("4", "3 cells under 2 columns"),
        ("5", ""),
        ("6", "1 cells under 2 columns, over lines 9 to 10"),
    ]
    assert found[4].value == {"a": "x\ny", "b": "2"}
    assert tally.rows == 6


def test_old_line_ends_and_missing_columns(tmp_path: Path) -> None:
    path = write(tmp_path / "raw.csv", b"a,b\r1,2\r3,4\r")
    assert [raw.value for raw in records(path, Tally())] == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]
    with pytest.raises(BadData, match="there is no column Question; it has a, b"):
        list(standardize([path], "mcq-csv"))
    with pytest.raises(BadData, match="two columns are named a"):
        list(records(write(tmp_path / "twice.csv", b"a,a\n1,2\n"), Tally()))
    with pytest.raises(BadSpec, match="no delimiter"):
        list(records(path, Tally(), {"delimiter": "ab"}))
    with pytest.raises(BadSpec, match="known: lines, array"):
        list(records(path, Tally(), {"container": "excel"}))


def test_cells_that_hold_json(tmp_path: Path) -> None:
    turns = [{"role": "user", "content": "问"}, {"role": "assistant", "content": "答"}]
    rows = [{"messages": dumped(turns)}, {"messages": "["}, {"messages": ""}]
    path = write(tmp_path / "raw.csv", as_table([{**r, "n": "x"} for r in rows], ","))
    found = list(records(path, Tally(), {"json": "messages"}))
    assert found[0].value["messages"] == turns
    assert [raw.problem for raw in found] == ["", "messages is not JSON", ""]


# Parquet and saved datasets


def test_nested_parquet_is_read_as_json_would_be(tmp_path: Path) -> None:
    row = {"question": "问", "options": ["甲", "乙"], "answer": 1, "text": None, "other": {"x": [1.5]}}
    path = parquet_file(tmp_path / "raw.parquet", [row] * 300)  # type: ignore[list-item]
    assert [raw.value for raw in records(path, Tally())] == [row] * 300
    assert sum(isinstance(o, Instance) for o in standardize([path], "logiqa2")) == 300


@pytest.mark.parametrize("cut", [8, 60, 200, -20])
def test_broken_parquet_is_one_clear_line(cut: int, tmp_path: Path) -> None:
    whole = parquet_file(tmp_path / "raw.parquet", [{"a": f"{n}"} for n in range(500)]).read_bytes()
    with pytest.raises(BadData, match="not Parquet, or broken"):
        list(records(write(tmp_path / "cut.parquet", whole[:cut]), Tally()))


def test_a_parquet_cell_that_is_not_utf8_is_one_rejected_row(tmp_path: Path) -> None:
    cells = pa.array([b"a", b"\xff", b"c"]).view(pa.string())
    pq.write_table(pa.table({"q": cells}), tmp_path / "raw.parquet")
    found = list(records(tmp_path / "raw.parquet", tally := Tally()))
    assert [bool(raw.problem) for raw in found] == [False, True, False]
    assert found[2].value == {"q": "c"}
    assert tally.rows == 3


def test_splits_are_named_where_there_are_several(tmp_path: Path) -> None:
    one, two = (
        datasets.Dataset.from_list([{"q": "一"}]),
        datasets.Dataset.from_list([{"q": "二"}, {"q": "三"}]),
    )
    folder = tmp_path / "d"
    datasets.DatasetDict({"train": one, "test": two}).save_to_disk(folder)
    with pytest.raises(
        BadSpec, match="it has the splits train, test; name one: --option split=train, or all"
    ):
        list(records(folder, Tally()))
    with pytest.raises(BadSpec, match="there is no split dev"):
        list(records(folder, Tally(), {"split": "dev"}))
    assert [r.value["q"] for r in records(folder, Tally(), {"split": "test"})] == ["二", "三"]
    assert [r.key for r in records(folder, Tally(), {"split": "all"})] == ["train:1", "test:1", "test:2"]


@pytest.mark.parametrize("name", ["../outside.arrow", "/etc/passwd", "a/b", "..", ""])
def test_a_saved_dataset_names_no_file_outside_itself(name: str, tmp_path: Path) -> None:
    folder = saved(tmp_path / "d", [{"q": "一"}])
    state = json.loads((folder / "state.json").read_text())
    state["_data_files"] = [{"filename": name}]
    (folder / "state.json").write_text(json.dumps(state))
    with pytest.raises(BadData, match="one outside the folder"):
        list(records(folder, Tally()))


def test_a_broken_saved_dataset_is_one_clear_line(tmp_path: Path) -> None:
    folder = saved(tmp_path / "d", [{"q": f"{n}"} for n in range(50)])
    (file,) = folder.glob("*.arrow")
    whole = file.read_bytes()
    for content in (b"", whole[: len(whole) // 2], b"\0" * 100):
        file.write_bytes(content)
        with pytest.raises(BadData, match="Arrow"):
            list(records(folder, Tally()))
    file.unlink()
    with pytest.raises(BadData, match="a file is missing"):
        list(records(folder, Tally()))


# Folders


def test_a_folder_is_read_file_by_file(tmp_path: Path) -> None:
    write(tmp_path / "b" / "two.csv", b"instruction,output\n\xe5\x86\x99,\xe6\x98\xa5\n")
    write(tmp_path / "a.jsonl", as_lines([{"instruction": "写", "output": "秋"}]))
    write(tmp_path / "plain", as_lines([{"instruction": "写", "output": "冬"}]))
    for name in ("README.md", "LICENSE", ".hidden.json", "picture.png", "license.txt", "__MACOSX/x.json"):
        write(tmp_path / name, b"nothing")
    got = list(standardize([tmp_path], "alpaca"))
    assert [o.source.row for o in got if isinstance(o, Instance)] == ["a.jsonl:1", "b/two.csv:1", "plain:1"]
    assert len(got) == 3


def test_splits_of_a_folder_without_a_card_go_by_the_files_names(tmp_path: Path) -> None:
    for name in ("train-00000-of-00001.jsonl", "test.jsonl", "dev/x.jsonl"):
        write(tmp_path / name, as_lines([{"q": name}]))
    assert len(list(records(tmp_path, Tally()))) == 3
    assert [r.value["q"] for r in records(tmp_path, Tally(), {"split": "train"})] == [
        "train-00000-of-00001.jsonl"
    ]
    assert [r.value["q"] for r in records(tmp_path, Tally(), {"split": "dev"})] == ["dev/x.jsonl"]
    with pytest.raises(BadData, match="no data files"):
        list(records(tmp_path, Tally(), {"split": "holdout"}))


def test_a_card_declares_configurations_and_splits(tmp_path: Path) -> None:
    for name in ("zh/train.jsonl", "zh/test.jsonl", "en/all.jsonl"):
        write(tmp_path / name, as_lines([{"q": name}]))
    card = (
        "---\nconfigs:\n- config_name: zh\n  data_files:\n  - split: train\n    path: zh/train.jsonl\n"
        "  - split: test\n    path: [zh/test.jsonl]\n- config_name: en\n  data_files: en/*.jsonl\n---\n"
    )
    write(tmp_path / "README.md", card.encode())
    with pytest.raises(BadSpec, match="configurations zh, en"):
        list(records(tmp_path, Tally()))
    with pytest.raises(BadSpec, match="splits train, test"):
        list(records(tmp_path, Tally(), {"config": "zh"}))
    found = list(records(tmp_path, Tally(), {"config": "zh", "split": "test"}))
    assert [r.value["q"] for r in found] == ["zh/test.jsonl"]
    assert [r.value["q"] for r in records(tmp_path, Tally(), {"config": "en"})] == ["en/all.jsonl"]
    write(tmp_path / "README.md", b"---\n: [\n---\n")
    with pytest.raises(BadData, match="not YAML"):
        list(records(tmp_path, Tally()))


def test_a_folder_without_data_and_a_path_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadData, match="no data files"):
        list(standardize([tmp_path], "alpaca"))
    for name in ("missing.jsonl", "no/such/file.json", "missing"):
        with pytest.raises(MissingFile):
            require_source(tmp_path / name)
    assert [f.name for f in tmp_path.iterdir()] == []


# Archives


def test_broken_gzip_and_utf16_are_one_clear_line(tmp_path: Path) -> None:
    whole = gzip.compress(as_lines([{"a": os.urandom(20).hex()} for _ in range(200)]))
    for content in (whole[:-400], whole[:60], whole[:100] + b"\0" * 50 + whole[150:]):
        with pytest.raises(BadData, match="gzip file is broken"):
            list(records(write(tmp_path / "raw.gz", content), Tally()))
    with pytest.raises(BadData, match="UTF-16"):
        list(records(write(tmp_path / "raw.json", '[{"a": 1}]'.encode("utf-16")), Tally()))
    with pytest.raises(BadData, match="archive in an archive"):
        list(records(write(tmp_path / "two.gz", gzip.compress(whole)), Tally()))


def hostile(folder: Path) -> Path:
    path = folder / "hostile.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("good.jsonl", b'{"instruction": "x", "output": "y"}\n')
        for name in (
            "../up.jsonl",
            "/etc/passwd",
            "a/../../b.json",
            "C:\\x.json",
            "..\\up.json",
            "//host/x.json",
        ):
            archive.writestr(name, b"{}")
        link = zipfile.ZipInfo("link.jsonl")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, b"/etc/passwd")
        archive.writestr("esc\x1b[31m\u202e.jsonl", b'{"instruction": "x", "output": "z"}\n')
    data = path.read_bytes()
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("locked.jsonl", b"{}")
    data = path.read_bytes()
    place = data.rindex(b"locked.jsonl") - 46
    assert data[place : place + 4] == b"PK\x01\x02"
    path.write_bytes(data[: place + 8] + b"\x01" + data[place + 9 :])  # the flag that says encrypted
    return path


def test_members_that_would_lead_astray_are_refused_with_a_reason(tmp_path: Path) -> None:
    path = hostile(tmp_path)
    before = sorted(p.name for p in tmp_path.rglob("*"))
    found = list(records(path, tally := Tally()))
    problems = {raw.key: raw.problem for raw in found if raw.problem}
    out, absolute = "the member's name leads out of the archive (..)", "the member's name is an absolute path"
    assert problems == {
        "../up.jsonl:0": out,
        "/etc/passwd:0": absolute,
        "a/../../b.json:0": out,
        "C:\\x.json:0": absolute,
        "..\\up.json:0": out,
        "//host/x.json:0": absolute,
        "link.jsonl:0": "the member is a link or a device, not a file",
        "locked.jsonl:0": "the member is encrypted",
    }
    assert [raw.key for raw in found if not raw.problem] == ["good.jsonl:1", "esc\\x1b[31m\\u202e.jsonl:1"]
    assert tally.rows == len(found) == 10
    assert sorted(p.name for p in tmp_path.rglob("*")) == before


def test_plain_text_formats_read_archives_and_folders_too(tmp_path: Path) -> None:
    block = "题：对春风\n答：秋雨\n".encode()
    path = zipped(tmp_path / "raw.zip", {"a.txt": block, "b/c.txt": block + b"\n" + block, "../x.txt": block})
    got = list(standardize([path], "blocks"))
    assert [o.source.row for o in got if isinstance(o, Instance)] == ["a.txt:1", "b/c.txt:1", "b/c.txt:4"]
    assert [o.reason for o in got if not isinstance(o, Instance)] == [
        "the member's name leads out of the archive (..)"
    ]
    write(tmp_path / "f" / "a.txt.gz", gzip.compress(block))
    assert len(list(standardize([tmp_path / "f"], "blocks"))) == 1


def test_a_broken_zip_is_one_clear_line(tmp_path: Path) -> None:
    whole = zipped(tmp_path / "raw.zip", {"a.jsonl": as_lines([{"a": "b" * 50}] * 50)}).read_bytes()
    for content in (whole[:100], whole[:40] + b"\xff" * 20 + whole[60:], b"PK\x03\x04"):
        with pytest.raises(BadData):
            list(records(write(tmp_path / "cut.zip", content), Tally()))


def test_a_bomb_is_a_row_that_is_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """50 MB of nothing in 50 kB: never held, and what comes after it is read."""
    monkeypatch.setattr(lines_module, "ROW_LIMIT", 1 << 20)
    path = write(tmp_path / "bomb.gz", gzip.compress(b" " * 5 + b"0" * 50_000_000 + b'\n{"a": 1}\n'))
    assert path.stat().st_size < 100_000
    tracemalloc.start()
    found = list(records(path, Tally()))
    top = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [(raw.value, raw.problem) for raw in found] == [(None, part_module.TOO_LONG), ({"a": 1}, "")]
    assert top < 10_000_000


# A pipe, the hub, blocks


def test_a_pipe_is_read_once(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from curation.formats.reading import records;"
        "from curation.formats.base import Tally; print(len(list(records(Path('/dev/stdin'), Tally()))))"
    )
    for text in (b'{"a": 1}\n' * 30_000, b"[1, 2, 3]", b""):
        done = subprocess.run([sys.executable, "-c", code], input=text, capture_output=True, check=True)
        assert int(done.stdout) == {270_000: 30_000, 9: 3, 0: 0}[len(text)]


@pytest.mark.parametrize(
    "name", ["hf:owner/name", "hf:owner/name:zh@train", "owner-that-is/not-here", "hf:name@test"]
)
def test_the_hub_offline_is_one_clear_line(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    require_source(Path(name))
    with pytest.raises(BadData, match="the hub cannot be reached") as caught:
        list(standardize([Path(name)], "alpaca"))
    assert "\n" not in caught.value.line()
    assert "go online, or name a local file or folder" in caught.value.line()


def test_a_hub_that_does_not_answer_is_one_clear_line(tmp_path: Path) -> None:
    """A real connection, to a port where nobody listens: no retries, no log lines of the libraries below."""
    command = [sys.executable, "-m", "curation", "standardize", "hf:owner/name", "--format", "alpaca"]
    nobody = {
        **os.environ,
        "HF_HUB_OFFLINE": "0",
        "HF_DATASETS_OFFLINE": "0",
        "HF_ENDPOINT": "http://127.0.0.1:9",
    }
    done = subprocess.run([*command, "--out", str(tmp_path)], env=nobody, capture_output=True, text=True)
    assert done.returncode == 5
    assert len(done.stderr.splitlines()) == 1
    assert "hf:owner/name: the hub cannot be reached" in done.stderr


def test_a_mistyped_path_is_no_dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    for name in ("data/trian", "elsewhere/train.jsonl", "a/b/c", "/owner/name", "name"):
        with pytest.raises(MissingFile):
            require_source(Path(name))
    with pytest.raises(BadSpec, match="hf:owner/name:config@split"):
        require_source(Path("hf:a/b/c"))


def test_a_dataset_of_the_hub_is_streamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `datasets` streams, here from a file, comes out as rows with the split in front where there are several."""
    write(tmp_path / "rows.jsonl", as_lines([{"instruction": f"写{n}", "output": "春"} for n in range(5)]))
    real = datasets.load_dataset

    def load(name: str, config: str | None, *, split: str, streaming: bool) -> Any:
        assert (name, config, streaming) == ("owner/name", "zh", True)
        return real("json", data_files={split: str(tmp_path / "rows.jsonl")}, split=split, streaming=True)

    monkeypatch.setattr("curation.formats.containers.hub._look", lambda name: None)
    monkeypatch.setattr(datasets, "load_dataset", load)
    monkeypatch.setattr(datasets, "get_dataset_split_names", lambda name, config: ["train", "test"])
    got = list(standardize([Path("hf:owner/name:zh@train")], "alpaca"))
    assert [o.source.row for o in got if isinstance(o, Instance)] == ["1", "2", "3", "4", "5"]
    with pytest.raises(BadSpec, match="it has the splits train, test"):
        list(standardize([Path("hf:owner/name:zh")], "alpaca"))
    keys = [raw.key for raw in records(Path("hf:owner/name:zh@all"), Tally())]
    assert keys == [f"{split}:{n}" for split in ("train", "test") for n in range(1, 6)]


@pytest.mark.parametrize("format", ["alpaca", "c3", "gaokao"])
def test_blocks_of_lines_hold_the_rows_of_the_file(format: str, tmp_path: Path) -> None:
    """What a worker makes of a block is what one process makes of the file."""
    question = {"question": "几块？A．一 B．二 C．三 D．四", "answer": ["A"], "choice": ["五块", "六块"]}
    values: list[Any] = {
        "alpaca": [{"instruction": "写", "output": "春"}, 7],
        "c3": [[["好。"], [question, question], "8"], [["好。"], [], "9"]],
        "gaokao": [
            question,
            {"question": "（1）A．一B．二C．三D．四（2）A．一B．二C．三D．四", "answer": ["A", "B"]},
        ],
    }[format]
    lines = [dumped(value).encode() + b"\n" for value in values * 5]
    path = write(tmp_path / "raw.jsonl", b"".join(lines))
    reader = find_format(format)
    assert reader.in_blocks(path, {})
    whole, cut, tallies = [], [], (Tally(), Tally())
    whole = list(reader.read(path, {}, tallies[0]))
    for start in range(0, len(lines), 3):
        cut += list(reader.block(b"".join(lines[start : start + 3]), start + 1, tallies[1]))
    assert whole == cut
    assert tallies[0] == tallies[1]


def test_only_plain_json_lines_may_be_cut(tmp_path: Path) -> None:
    lines = as_lines([{"a": "b"}] * 3)
    assert is_plain_lines(write(tmp_path / "x.txt", lines), {})
    for name, content in {
        "a.json": b"[1]",
        "b.gz": gzip.compress(lines),
        "c.csv": b"a,b\n1,2\n",
        "d.json": b'{\n"data": []}',
        "e.jsonl": "{}".encode("utf-16"),
    }.items():
        assert not is_plain_lines(write(tmp_path / name, content), {})
    assert not is_plain_lines(tmp_path, {})
    assert not is_plain_lines(tmp_path / "x.txt", {"rows": "data"})


@pytest.mark.parametrize(
    "make", [hostile, lambda p: saved(p / "d", [{"q": "x"}]), lambda p: with_card(p / "c", [{"q": "x"}])]
)
def test_every_container_survives_what_random_bytes_do_to_it(
    make: Callable[[Path], Path], tmp_path: Path
) -> None:
    import random

    draw, path = random.Random(7), make(tmp_path)
    files = [f for f in (path.rglob("*") if path.is_dir() else [path]) if f.is_file()]
    for _ in range(150):
        file = draw.choice(files)
        whole = file.read_bytes()
        broken = bytearray(whole)
        for _ in range(draw.randint(1, 4)):
            broken[draw.randrange(len(broken))] = draw.randrange(256)
        file.write_bytes(bytes(broken[: draw.choice([len(broken), draw.randrange(1, len(broken) + 1)])]))
        tally = Tally()
        found, said = outcome(path, tally)
        assert "\n" not in said
        assert said or tally.rows == len(found)
        file.write_bytes(whole)


def outcome(path: Path, tally: Tally) -> tuple[list[Raw], str]:
    """(rows, "") or ([], the line that says why there are none)."""
    try:
        return list(records(path, tally)), ""
    except AbilitymixError as error:
        return [], error.line()
