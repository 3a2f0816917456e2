"""One fuzzed command line with its files, decided by its seed alone."""

from __future__ import annotations

import argparse
import os
import warnings
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from tests.curation.fuzz import material, mutations
from tests.curation.fuzz.mutations import dumped

MUTATIONS = (
    "as it should be", "bytes", "broken JSON", "wrong types", "huge fields", "surrogates", "escape sequences", "encodings",
    "archives", "tables", "names", "links", "arguments", "settings", "folders", "damaged steps",
)  # fmt: skip
# Needs a model, a network or an account, or is not about rows.
_LEFT_OUT = {"encoder", "push", "private", "model", "device", "embed", "semantic", "help", "workers", "schema", "out", "files", "rules", "folders", "subject", "format", "layout", "size", "against", "thin", "sample", "backend"}  # fmt: skip
READERS = ("validate", "check", "dedup", "decontaminate", "split", "diversity", "export", "explain")


@dataclass
class Case:
    """A command line, run in a folder that holds `files` and `links`.

    Args:
        seed: makes the case again.
        argv: without `python -m curation`.
        files: path in the folder -> bytes.
        links: path in the folder -> what it points to.
        pipes: named pipes.
        rows: rows in, where that is known without the program's help.
        out: what `--out` names; empty if the command writes nothing.
        before: command lines that run first and must do well; of the files in `first`, which they write, one is then
            damaged, unless `damage` is 0.
    """

    seed: str
    command: str
    mutation: str
    argv: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)
    rows: int | None = None
    out: str = ""
    before: list[list[str]] = field(default_factory=list)
    damage: int = 0

    def lay_out(self, folder: Path) -> None:
        """Make the files. What the file system refuses is not there, which is a case too."""
        for name in self.folders:
            (folder / name).mkdir(parents=True, exist_ok=True)
        for name, data in self.files.items():
            try:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(data)
            except (OSError, ValueError):
                continue
        for name, target in self.links.items():
            try:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).symlink_to(target)
            except (OSError, ValueError):
                continue


def make_case(seed: str) -> Case:
    """The case of a seed, the same on every machine."""
    rng = Random(seed)
    mutation = rng.choice(MUTATIONS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile warns of names that stand twice, which is the point
        if mutation == "damaged steps":
            return _chained(seed, mutation, rng)
        if rng.random() < 0.5:
            return _standardize(seed, mutation, rng)
        return _reader(seed, rng.choice(READERS), mutation, rng)


def _standardize(seed: str, mutation: str, rng: Random) -> Case:
    case = Case(seed, "standardize", mutation, out="out")
    format = rng.choice(_formats())
    layout = material.LAYOUT.get(format) or rng.choice(["lines", "lines", "array"])
    if rng.random() < 0.05:
        layout = rng.choice(["lines", "array", "example", "csv", "blocks", "eight lines"])
    count = 2 if rng.random() < 0.1 else 1
    names = []
    known = 0
    for number in range(count):
        name = f"raw{number}" + {"lines": ".jsonl", "csv": ".csv", "blocks": ".txt"}.get(layout, ".json")
        rows = material.raw_rows(format, rng)
        name, data, lines = _mutated(case, name, rows, layout, mutation, rng)
        known = known + lines if lines is not None and known is not None else None  # type: ignore[assignment]
        case.files.setdefault(name, data)
        names.append(name)
    case.argv = ["standardize", *_given(case, names, rng), "--format", format, "--out", case.out]
    # Of these formats every line is one row, whatever is written in it.
    if known is not None and _countable(names) and layout == "lines" and format in (
        "messages", "doit", "alpaca", "belle", "agieval", "gsm8k", "logiqa2", "cmoraleval", "sharegpt", "cvalues"
    ):  # fmt: skip
        case.rows = known
    _more(case, mutation, rng)
    return case


def _reader(seed: str, command: str, mutation: str, rng: Random) -> Case:
    case = Case(seed, command, mutation, out="" if command in ("validate", "explain") else "out")
    names: list[str] = []
    known: int | None = 0
    for number in range(2 if rng.random() < 0.2 else 1):
        rows: list[Any] = [deepcopy(r) for r in rng.sample(material.instances(), rng.randint(1, 8))]
        if rng.random() < 0.15:
            rows += deepcopy(rows[: rng.randint(1, 3)])
        name, data, lines = _mutated(case, rng.choice(["rows", "train", "instances"]) + f"{number}.jsonl".replace("0", ""),
                                     rows, "lines", mutation, rng)  # fmt: skip
        known = None if lines is None or known is None else known + lines
        case.files.setdefault(name, data)
        names.append(name)
    case.rows = known if _countable(names) else None
    given = _given(case, names, rng)
    if command == "explain":
        subject = rng.choice([material.instances()[rng.randrange(80)]["id"][: rng.choice([6, 12, 64])], "s:1", "源:2", "a" * 6,
                              "", "\x1b[2J:1", "abcdef\n", ":", "s:" + "9" * 5000])  # fmt: skip
        case.files["decided/decisions.jsonl"] = _lines(
            [
                {
                    "subject": "s:1",
                    "stage": "check",
                    "rule": "length",
                    "kept": False,
                    "reason": "x\x1b[2J",
                    "evidence": "",
                }
            ]
        )
        case.argv = [
            "explain",
            "--",
            subject,
            *dict.fromkeys(str(Path(n).parent) for n in given),
            "decided",
        ]
        case.rows = None
        return case
    case.argv = [command, *given]
    if command == "split":
        parts = rng.choice(
            [
                ["train=available"],
                ["test=1", "train=available"],
                ["test=0"],
                ["a=1", "b=1", "c=available"],
                ["test=900"],
            ]
        )
        case.argv += [w for part in parts for w in ("--size", part)]
    elif command == "export":
        layout = rng.choice(_layouts())
        case.out = rng.choice(["out", "out.json", "out.jsonl", "out.parquet", "out/deep/x.jsonl"])
        case.argv += ["--layout", layout]
    elif command == "decontaminate":
        rows = [deepcopy(r) for r in rng.sample(material.instances(), rng.randint(1, 8))]
        name, data, _ = _mutated(
            case, "against.jsonl", rows, "lines", mutation if rng.random() < 0.5 else "", rng
        )
        case.files.setdefault(name, data)
        case.argv += ["--against", name]
    elif command == "diversity" and rng.random() < 0.4:
        rows = [
            {"subject": f"{r['source']['name']}:{r['source']['row']}", "stage": "diversity", "rule": "opener",
             "kept": False, "evidence": r["id"]}
            for r in rng.sample(material.instances(), 5)
        ]  # fmt: skip
        name, data, _ = _mutated(
            case, "thin.jsonl", rows, "lines", mutation if rng.random() < 0.5 else "", rng
        )
        case.files.setdefault(name, data)
        case.argv += ["--thin", name]
    if case.out:
        case.argv += ["--out", case.out]
    _more(case, mutation, rng)
    return case


# A step of which another one reads more than the rows: what makes it, and what reads it.
_CHAINS = (
    (["check", "rows.jsonl", "--out", "first"], ["explain", "ID", "first"], ""),
    (["dedup", "rows.jsonl", "--out", "first"], ["explain", "ID", "first"], ""),
    (["dedup", "rows.jsonl", "--out", "first"], ["clusters", "first"], ""),
    (["dedup", "rows.jsonl", "--out", "first"], ["clusters", "first", "--json"], ""),
    (["dedup", "rows.jsonl", "--out", "first"], ["dedup", "--again", "first", "--threshold", "0.9", "--out", "out"], "out"),
    (["dedup", "rows.jsonl", "--out", "first"], ["split", "rows.jsonl", "--size", "train=available", "--clusters",
                                                 "first/clusters.jsonl", "--out", "out"], "out"),
    (["split", "rows.jsonl", "--size", "test=1", "--size", "train=available", "--out", "first"],
     ["split", "rows.jsonl", "--size", "test=1", "--size", "train=available", "--previous", "first", "--out", "out"], "out"),
    (["split", "rows.jsonl", "--size", "train=available", "--out", "first"],
     ["export", "first/train.jsonl", "--layout", "hf", "--out", "out"], "out"),
    (["check", "rows.jsonl", "--out", "first"], ["export", "first/instances.jsonl", "--layout", "messages", "--out", "out"], "out"),
    (["diversity", "rows.jsonl", "--out", "first"], ["diversity", "rows.jsonl", "--thin", "first/thin.jsonl", "--out", "out"], "out"),
    (["decontaminate", "rows.jsonl", "--against", "rows.jsonl", "--out", "first"], ["explain", "ID", "first"], ""),
    (["export", "rows.jsonl", "--layout", "parquet", "--out", "first"], ["explain", "ID", "first"], ""),
    (["export", "rows.jsonl", "--layout", "hf", "--out", "first"], ["explain", "ID", "first"], ""),
)  # fmt: skip


def _chained(seed: str, mutation: str, rng: Random) -> Case:
    """A step over good rows, one of whose files is then damaged, and a command that reads what is left."""
    first, then, out = rng.choice(_CHAINS)
    rows = [deepcopy(r) for r in rng.sample(material.instances(), 30)]
    rows += [r | {"id": "", "source": r["source"] | {"row": f"twin{n}"}} for n, r in enumerate(rows[:5])]
    rows = mutations.with_escapes(rows, rng) if rng.random() < 0.2 else rows
    for row in rows:
        row["id"] = ""
    known = material.instances()[rng.randrange(80)]["id"]
    case = Case(seed, then[0], mutation, out=out, files={"rows.jsonl": _lines(rows)}, before=[first])
    case.argv = [known[: rng.choice([6, 64])] if word == "ID" else word for word in then]
    case.damage = rng.choice([0, *range(1, 12)])
    return case


def _mutated(
    case: Case, name: str, rows: list[Any], layout: str, mutation: str, rng: Random
) -> tuple[str, bytes, int | None]:
    """Name and bytes of one input file, and how many lines that are not blank it has, where lines are rows."""
    if mutation == "wrong types":
        rows = mutations.wrong_types(rows, rng)
    elif mutation == "huge fields":
        rows = mutations.huge(rows, rng)
    elif mutation == "surrogates":
        rows = mutations.with_surrogates(rows, rng)
    elif mutation == "escape sequences":
        rows = mutations.with_escapes(rows, rng)
    if mutation in ("wrong types", "huge fields", "surrogates", "escape sequences") and rng.random() < 0.8:
        for row in rows:  # the id would give every change away
            if isinstance(row, dict) and len(str(row.get("id", ""))) == 64:
                row["id"] = ""
    if mutation == "tables":
        return f"{name.split('.')[0]}.parquet", mutations.tabular(rows, rng), None
    if layout == "lines":
        content = "\n".join(dumped(row, ascii=rng.random() < 0.5) for row in rows) + "\n"
    elif layout == "array":
        content = dumped(rows, ascii=rng.random() < 0.5)
    elif layout == "example":
        content = dumped({"example": rows}, ascii=rng.random() < 0.5)
    else:
        content = material.laid_out(rows, layout, rng)
    if mutation == "broken JSON":
        content = mutations.broken_json(content, rng)
    data = content.encode("utf-8", "surrogatepass")
    if mutation == "bytes":
        data = mutations.random_bytes(data, rng)
    elif mutation == "encodings":
        return name, mutations.encoded(content, rng), None
    elif mutation == "archives":
        return *mutations.packed(name, data, rng), None
    elif mutation == "names":
        name = mutations.hostile_name(rng)
    elif mutation == "folders":
        inner = rng.choice(["", "sub/", ".hidden/", "\x1b[2J/", "a/b/c/"])
        case.folders.append(f"dir/{inner}")
        case.files[f"dir/{inner}{name}"] = data
        if rng.random() < 0.3:
            case.links["dir/loop"] = "."
        if rng.random() < 0.3:
            case.links["dir/link.jsonl"] = rng.choice(
                ["/etc/passwd", "nowhere", "../outside.jsonl", "link.jsonl"]
            )
        if rng.random() < 0.2:
            case.files["dir/dataset_info.json"] = b"{"
            case.files["dir/state.json"] = rng.choice(
                [b"{}", b'{"_data_files": [{"filename": "../x.arrow"}]}', b"["]
            )
        return "dir", data, None
    elif mutation == "links":
        link = rng.choice(["link.jsonl", "loop.jsonl", "link\x1b[2J.jsonl"])
        case.files[name] = data
        case.links[link] = rng.choice(
            [name, link, "nowhere", ".", "/dev/null", "../" * 20 + "etc/hostname", f"./{name}"]
        )
        return link, data, None
    return name, data, _count(data, name)


def _count(data: bytes, name: str) -> int | None:
    """Rows of JSON lines; None where the first byte says that it may be something else, or a line's end is in doubt."""
    head = data.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    if not head.startswith(b"{") or name.endswith((".gz", ".zip", ".csv", ".txt", ".json")):
        return None
    return sum(1 for line in data.split(b"\n") if line.strip())


def _countable(names: list[str]) -> bool:
    """Whether every file is read once, and none of their names is taken for an option."""
    return len(set(names)) == len(names) and not any(name.startswith("-") for name in names)


def _given(case: Case, names: list[str], rng: Random) -> list[str]:
    """Names as they are given on the command line."""
    return [f"./{name}" if name.startswith("-") and rng.random() < 0.7 else name for name in names]


def _more(case: Case, mutation: str, rng: Random) -> None:
    """Options: a few of any kind, many where arguments or settings are the matter."""
    chosen = {"arguments": rng.randint(1, 4), "settings": 1}.get(mutation, 1 if rng.random() < 0.3 else 0)
    options = _options(case.command)
    for action in rng.sample(options, min(chosen, len(options))):
        flag = action.option_strings[0]
        if action.nargs == 0:
            case.argv.append(flag)
        else:
            case.argv += [flag, _value(case, action, mutation, rng)]
    if mutation == "settings" and (files := [a for a in options if a.type is Path]):
        action = rng.choice(files)
        case.files["set.toml"] = _toml(rng)
        case.argv += [action.option_strings[0], "set.toml"]
    if any(a.dest == "json" for a in _actions(case.command)) and rng.random() < 0.2:
        case.argv.append("--json")
    if any(a.dest == "workers" for a in _actions(case.command)):
        case.argv += ["--workers", "1"]
    if mutation == "names" and case.out == "out" and rng.random() < 0.4:
        case.argv[case.argv.index("--out") + 1] = case.out = mutations.hostile_name(rng).lstrip("-")
    if mutation == "links" and case.out == "out" and rng.random() < 0.3:
        case.links["out"] = rng.choice(["elsewhere", "nowhere/at/all", "out", next(iter(case.files))])
        case.folders.append("elsewhere")


def _value(case: Case, action: argparse.Action, mutation: str, rng: Random) -> str:
    if action.choices and rng.random() < 0.9:
        return str(rng.choice(sorted(map(str, action.choices))))
    if action.type is int:
        return rng.choice(["0", "1", "2", "7", "-1", "1000000000", "x", "1e3", "９"])
    if action.type is float:
        return rng.choice(["0", "0.5", "1", "-1", "2", "nan", "inf", "1e-300", "x"])
    if action.type is Path:
        case.files["set.toml"] = _toml(rng) if mutation == "settings" else b""
        return rng.choice(["set.toml", "nowhere.toml", ".", "set\x1b[2J.toml"])
    return rng.choice(
        ["", "x", "a=b", "=", "form=open", "form=nonsense", "match=(", "match=^", "match=(a+)+$", "prefix=zh_", "distractors=borrow",
         "template=0.5", "opener=nan", "persona=-1", "files=jsonl", "files=parquet", "\x1b[2J=\x07", os.fsdecode(b"a=\xff"), "长" * 3000,
         "biology", "unlabelled", "Biology", "../x", "test=rows.jsonl", "column=../../x", "delimiter=ab", "encoding=utf-16", "empty=pending",
         "length", "none", "0.5", "off", "0.8", "nan", "numbers,gold", "human,first", "source:s", "10%", "1,2,4", "zh", "conversations=messages", "split=train"]
    )  # fmt: skip


def _toml(rng: Random) -> bytes:
    text = rng.choice(
        ["[check]\nlength = false\n", "[check]\nlength = { maximum = 3 }\n", "[check]\nlenght = true\n", "[check]\nlength = 3\n",
         "[check]\nlength = { maximum = 'x' }\n", "check = 1\n", "[check]\n\"\\u001b[2J\" = true\n", "[[ability]]\nname = 'x'\n",
         "[[ability]]\nname = 'x'\ntitle = 'X'\nforms = ['open']\nscoring='exact'\n", "[mapping]\nform = 'open'\nprompt = 'a'\n",
         "[[against]]\nfiles = ['*.jsonl']\nformat = 'gsm8k'\n", "[[against]]\nfiles = ['../../*']\nformat = 'x'\n", "", "a", "=", "[",
         "[check", "\x00", "[check]\nscript = { share = 1e400 }\n", "a = " + "[" * 5000 + "]" * 5000, "x = 99999999999999999999999999\n",
         "form = \"open\"\n[fields]\nquestion = \"a.b[0]\"\nanswer = \"c\"\n"]
    )  # fmt: skip
    data = text.encode()
    return mutations.random_bytes(data, rng) if rng.random() < 0.3 else data


def _lines(rows: list[Any]) -> bytes:
    return "".join(dumped(row, ascii=False) + "\n" for row in rows).encode()


@cache
def _formats() -> tuple[str, ...]:
    from curation.formats import FORMATS

    return tuple(sorted(FORMATS))


@cache
def _layouts() -> tuple[str, ...]:
    from curation.export.layouts import LAYOUTS

    return tuple(sorted(LAYOUTS))


@cache
def _actions(command: str) -> tuple[argparse.Action, ...]:
    from curation.__main__ import COMMANDS

    parser = argparse.ArgumentParser()
    next(c for c in COMMANDS if c.name == command).arguments(parser)
    return tuple(parser._actions)


def _options(command: str) -> list[argparse.Action]:
    """Options of a command that a case may add, in the order in which they are declared."""
    return [a for a in _actions(command) if a.option_strings and a.dest not in _LEFT_OUT]
