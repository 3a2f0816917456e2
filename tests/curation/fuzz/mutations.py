"""What is done to rows, texts and bytes. Everything is decided by the generator that is handed in."""

from __future__ import annotations

import gzip
import io
import json
import os
import stat
import zipfile
from collections.abc import Callable, Iterator
from copy import deepcopy
from random import Random
from typing import Any

ESCAPES = (
    "\x1b[2J", "\x1b]0;title\x07", "\x1b[31m", "\x9b31m", "\x07", "\x08\x08", "\r", "\u202e", "\u2066", "\u200f", "\x7f",
    "\x00", "\t", "\x0b", "\x0c", "\u2028", "\u2029", "\x85", "\ufeff", "[red]", "<script>alert(1)</script>", "=1+1", "{x}",
    "%s%n", "${HOME}", "../../etc/passwd", "\U0001f600", "é́", "\ufffe", "\U0010ffff",
)  # fmt: skip
SURROGATES = ("\ud800", "\udfff", "\udc80", "a\ud83d", "\ude00\ud83d")
SCALARS: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, float("nan"), float("inf"), 10**30, "", " ", "\n", "A", "AB", "Z", "对", "user", [], {}, [[]],
    [None], {"": None}, "0", -0.0, 1e308, [1, 2], {"role": "user", "content": "x"},
)  # fmt: skip


def nodes(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Paths of everything inside a JSON value, the value itself left out."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from nodes(inner, (*path, key))


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """`value` with `new` at the path, changed in place; `new` itself for an empty path."""
    if not path:
        return new
    at(value, path[:-1])[path[-1]] = new
    return value


def wrong_types(rows: list[Any], rng: Random) -> list[Any]:
    """Values of another type, fields missing, twice or too many, rows that are no objects."""
    rows = deepcopy(rows)
    for _ in range(rng.randint(1, 3)):
        number = rng.randrange(len(rows))
        paths = list(nodes(rows[number]))
        kind = rng.randrange(5)
        if kind == 0 or not paths:
            rows[number] = deepcopy(rng.choice(SCALARS))
            continue
        path = rng.choice(paths)
        holder = at(rows[number], path[:-1])
        if kind == 1:
            del holder[path[-1]]
        elif kind == 2 and isinstance(holder, dict):
            holder[rng.choice(["extra", "id", "type", "group", "", "answer", "choices"])] = deepcopy(
                rng.choice(SCALARS)
            )
        elif kind == 3 and isinstance(holder, list):
            holder.append(deepcopy(rng.choice([*SCALARS, *holder])))
        else:
            holder[path[-1]] = deepcopy(rng.choice(SCALARS))
    return rows


def strings(rows: list[Any], rng: Random, change: Callable[[str], Any], most: int = 3) -> list[Any]:
    """Rows with some of their texts changed."""
    rows = deepcopy(rows)
    places = [(n, p) for n, row in enumerate(rows) for p in nodes(row) if isinstance(at(row, p), str)]
    for number, path in rng.sample(places, min(len(places), rng.randint(1, most))):
        put(rows[number], path, change(at(rows[number], path)))
    return rows


def with_escapes(rows: list[Any], rng: Random) -> list[Any]:
    return strings(rows, rng, lambda text: _insert(text, rng.choice(ESCAPES), rng), 6)


def with_surrogates(rows: list[Any], rng: Random) -> list[Any]:
    return strings(rows, rng, lambda text: _insert(text, rng.choice((*SURROGATES, "\x00")), rng))


def huge(rows: list[Any], rng: Random) -> list[Any]:
    """A field of a hundred thousand characters, five thousand items, a number of six thousand digits, a deep nest."""

    def change(text: str) -> Any:
        kind = rng.randrange(7)
        if kind == 0:
            return (text or "长") * (200_000 // (len(text) + 1))
        if kind == 1:
            return rng.choice(["甲", "\n", " ", "a ", "A", "([{", "1", "```\n", "\\"]) * rng.choice(
                [5_000, 60_000]
            )
        if kind == 2:
            return [text] * 5000
        if kind == 3:
            return {str(n): text for n in range(2000)}
        if kind == 4:
            return Deep(rng.choice([200, 3000, 100_000]))
        return (
            Long(6000)
            if kind == 5
            else text + "\n" + "\n".join(f"{chr(65 + n % 26)}.{n}" for n in range(3000))
        )

    return strings(rows, rng, change, 1)


class Deep(int):
    """Stands for so many nested arrays until the file is written."""


class Long(int):
    """Stands for a number of so many digits until the file is written."""


def dumped(value: Any, *, ascii: bool) -> str:
    """JSON of a value in which `Deep` and `Long` may stand."""
    marks: list[str] = []

    def replaced(inner: Any) -> Any:
        if isinstance(inner, Deep):
            marks.append("[" * inner + "]" * inner)
        elif isinstance(inner, Long):
            marks.append("9" * inner)
        elif isinstance(inner, dict):
            return {k: replaced(v) for k, v in inner.items()}
        elif isinstance(inner, list):
            return [replaced(v) for v in inner]
        else:
            return inner
        return f"@@{len(marks) - 1}@@"

    text = json.dumps(replaced(value), ensure_ascii=ascii)
    for number, mark in enumerate(marks):
        text = text.replace(f'"@@{number}@@"', mark)
    return text


def broken_json(text: str, rng: Random) -> str:
    """JSON with a mistake that people and programs make."""
    for _ in range(rng.randint(1, 3)):
        place = rng.randint(0, len(text))
        kind = rng.randrange(9)
        if kind == 0:
            text = text[:place]
        elif kind == 1:
            text = text[:place] + rng.choice(",:\"{}[]\\'\n") + text[place:]
        elif kind == 2:
            text = text.replace('"', "'", rng.choice([1, 2, -1]))
        elif kind == 3:
            text = text + rng.choice(["}", "]", ",", "\n{", "NaN", "// done", "\n[]", "\n\n{}{}"])
        elif kind == 4:
            text = text.replace(",", rng.choice([",,", "", "，"]), 1)
        elif kind == 5:
            text = text.replace(":", rng.choice(["", "：", "="]), rng.choice([1, -1]))
        elif kind == 6:
            text = text.replace('"', rng.choice(["“", '""']), 1)
        elif kind == 7:
            text = text.replace("\\u", "\\x").replace("\\n", "\n")
        else:
            text = text[: place // 2] + text[place:]
    return text


def random_bytes(data: bytes, rng: Random) -> bytes:
    """Bits turned, stretches cut out, doubled, overwritten; or nothing of it left but noise."""
    if rng.random() < 0.15:
        return rng.randbytes(rng.choice([0, 1, 2, 3, 16, 300, 5000]))
    out = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        if not out:
            break
        place = rng.randrange(len(out))
        kind = rng.randrange(6)
        if kind == 0:
            out[place] ^= 1 << rng.randrange(8)
        elif kind == 1:
            out[place] = rng.choice([0, 10, 13, 34, 92, 123, 0xC3, 0xED, 0xF4, 0xFF])
        elif kind == 2:
            del out[place : place + rng.randint(1, 40)]
        elif kind == 3:
            out[place:place] = out[place : place + rng.randint(1, 80)]
        elif kind == 4:
            out[place:place] = rng.randbytes(rng.randint(1, 20))
        else:
            del out[place:]
    return bytes(out)


def encoded(text: str, rng: Random) -> bytes:
    """The text in an encoding, with line ends or with a beginning that a file should not have, but has."""
    kind = rng.randrange(7)
    safe = text.encode("utf-8", "replace").decode()
    if kind == 0:
        return safe.encode(
            rng.choice(["utf-16", "utf-16-le", "utf-32", "gb18030", "big5hkscs", "shift-jis"]), "replace"
        )
    if kind == 1:
        return b"\xef\xbb\xbf" * rng.randint(1, 2) + safe.encode()
    if kind == 2:
        return safe.replace("\n", rng.choice(["\r\n", "\r", "\n\n", "\n \n", "\x85", "\u2028"])).encode()
    if kind == 3:
        return safe.encode().rstrip(b"\n")
    if kind == 4:
        return b"\n" * rng.randint(1, 2000) + safe.encode() + b"\x00" * rng.randint(0, 3)
    if kind == 5:
        return text.encode("utf-8", "surrogatepass")
    return safe.encode("latin-1", "xmlcharrefreplace")


def packed(name: str, data: bytes, rng: Random) -> tuple[str, bytes]:
    """The file inside a gzip or zip archive, with names, kinds and bytes that an archive should not have."""
    if rng.random() < 0.4:
        body = gzip.compress(data, mtime=0)
        if rng.random() < 0.3:
            body += gzip.compress(data, mtime=0)
        if rng.random() < 0.4:
            body = random_bytes(body, rng)
        return f"{name}.gz", body
    out = io.BytesIO()
    names = ["rows.jsonl", "../escaped.jsonl", "/tmp/escaped.jsonl", "a/../../escaped.jsonl", "..\\escaped.jsonl", "C:\\escaped.jsonl",
             "a\x1b[2Jb.jsonl", "a\nb.jsonl", "\u202egnp.jsonl", "", ".", "dir/", "x" * 300 + ".json", "rows.csv", "rows.jsonl",
             "nested.zip", "nested.gz", "link.jsonl", "instances.jsonl", "._rows.jsonl", "行.json"]  # fmt: skip
    with zipfile.ZipFile(out, "w", rng.choice([zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])) as archive:
        for _ in range(rng.randint(0, 4)):
            inner = rng.choice(names)
            info = zipfile.ZipInfo(inner or "x")
            info.filename = inner
            content = data
            if inner == "link.jsonl":
                info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
                content = b"/etc/passwd"
            elif inner.startswith("nested"):
                content = gzip.compress(data, mtime=0)
            try:
                archive.writestr(info, content, compress_type=zipfile.ZIP_DEFLATED)
            except (ValueError, UnicodeEncodeError):
                continue
    body = out.getvalue()
    if rng.random() < 0.2:
        body = body.replace(b"PK\x01\x02", b"PK\x01\x02", 1)
        flagged = bytearray(body)
        if (place := flagged.find(b"PK\x03\x04")) >= 0:
            flagged[place + 6] |= 1  # says that it is encrypted
        body = bytes(flagged)
    if rng.random() < 0.3:
        body = random_bytes(body, rng)
    return f"{name}.zip", body


def tabular(rows: list[Any], rng: Random) -> bytes:
    """The rows as Parquet: nested as they are, or as text where their shapes disagree; sometimes damaged."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    fields = [row if isinstance(row, dict) else {"value": row} for row in rows]
    try:
        table = pa.Table.from_pylist(fields)
    except (
        pa.ArrowInvalid,
        pa.ArrowTypeError,
        pa.ArrowNotImplementedError,
        UnicodeEncodeError,
        OverflowError,
        TypeError,
    ):
        texts = [{str(k): json.dumps(v) for k, v in row.items()} for row in fields]
        table = pa.Table.from_pylist(texts)
    if rng.random() < 0.2:
        table = table.append_column("blob", pa.array([b"\xff\x00"] * len(table)))
    out = io.BytesIO()
    try:
        pq.write_table(table, out, compression=rng.choice(["none", "snappy", "zstd"]))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        out = io.BytesIO(b"PAR1" + rng.randbytes(40) + b"PAR1")
    body = out.getvalue()
    return random_bytes(body, rng) if rng.random() < 0.4 else body


def hostile_name(rng: Random) -> str:
    """A name of one file as a file system may hold it: control characters, bytes that are no text, a great length."""
    stem = rng.choice(
        ["\x1b[2Jrows", "a\nb", "\u202egpj", "rows\r", "-rows", "--json", " ", "rows ", "~", "*", "[a]", "行", "a'b\"c", "é",
         "x" * 200, os.fsdecode(b"\xff\xferows"), "\x07", "\x9b1m", "con", "instances", "decisions", "rows\u2028", ".hidden",
         "a;b", "a&b", "$(id)", "%2e%2e", "rows\x7f", "\ufeffrows", "=cmd", "{x}", "train", "test"]
    )  # fmt: skip
    return stem + rng.choice([".jsonl", ".json", ".csv", "", ".txt", ".JSONL", ".jsonl.gz"])


def _insert(text: str, piece: str, rng: Random) -> str:
    place = rng.randint(0, len(text))
    return text[:place] + piece + text[place:]
