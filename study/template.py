"""A study of one's own to begin with: a commented settings file, folders, an abilities file, a few sample rows."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

from schemas.errors import BadData
from schemas.jsonl import write_atomic

STUDY = """\
# A study of your own abilities. Put your rows into data/, say below which file is what, then:
#
#   python -m study run STUDY.toml
#
# Paths are looked for beside this file first, then where the command runs.
# Settings that are not here have defaults; an unknown key is an error that names the nearest known one.

name = "{name}"
data = "data"                   # --set data=DIR names another folder
abilities = "abilities.toml"      # leave out to use the ten abilities of DoIT

# Plain text under data/ to pretrain the tiny base model on. A base with `path` (a folder or hub id) needs none.
pretraining = ["text/*.txt"]

# One table a raw source. `files` are paths or globs under data/; formats: python -m curation standardize --help
[[sources]]
files = ["sayings.jsonl"]
format = "messages"
ability = "sayings"
licence = "your own"
options = {{ form = "cloze" }}

[[sources]]
files = ["letters.jsonl"]
format = "messages"
ability = "letters"
licence = "your own"
options = {{ distractors = "borrow" }}   # wrong responses for open items, taken from other rows

[splits]              # rows per ability; with grid.cap = "available" small pools give what they have
test = 100
validation = 100
train = "available"

[[bases]]             # smallest first; replace by path = "Qwen/Qwen3-0.6B-Base" or a folder of your own
name = "tiny"
hidden_size = 48
layers = 2
heads = 3
intermediate_size = 128

[train.tiny]          # the defaults are the paper's, made for 7b models; a tiny one needs a higher rate
learning_rate = 4e-3
final_learning_rate = 4e-4
batch_size = 32
epochs = 15
checkpoints = 3
select_after = 0.0

[grid]
n = [0, 4, 16, 64]    # instances per ability; 0 is the untuned base
cap = "available"     # n larger than a pool takes what there is; "error" refuses
origins = ["human"]   # add "synthetic" with a [synthetic] table or synthetic sources
seeds = [1, 2]
single_source_n = 16  # one run per ability on that ability alone: the trained Transference

[recommend]
budget = 64           # instances of the recommended mix; 0 for none
"""

ABILITIES = """\
# Your abilities. Forms: choice, several_choice, true_false, cloze, worked_answer, open, code.
# scoring: "exact" compares parsed answers; "distractors" compares perplexities (open and code).

[[ability]]
name = "sayings"
title = "Sayings"
title_zh = "俗语"
forms = ["cloze"]
scoring = "exact"
guidelines = "One filling is right by common usage."

[[ability]]
name = "letters"
title = "Letters"
title_zh = "书信"
forms = ["open"]
scoring = "distractors"
guidelines = "The reply suits the occasion and the reader."
"""

TOPICS = ("春天", "夏夜", "秋收", "冬雪", "老师", "朋友", "父母", "邻居", "读书", "远行", "归家", "生日")
WISHES = ("平安", "顺利", "快乐", "健康", "早归", "进步", "如意", "康宁")
HALVES = ("天长", "地久", "山高", "水长", "日新", "月异", "风和", "日丽", "春暖", "花开", "国泰", "民安")


def write_template(folder: Path) -> list[str]:
    """Write the files into a new or empty folder; returns what to tell the user.

    The rows are placeholders that make the study run as it stands; they measure nothing.

    Raises:
        BadData: the folder holds something already.
    """
    if folder.exists() and any(folder.iterdir()):
        raise BadData("the folder is not empty", where=str(folder), do="name a new one")
    data = folder / "data"
    name = (
        "".join(c if c.isalnum() and c.isascii() else "-" for c in folder.resolve().name).strip("-") or "mine"
    )
    write_atomic(folder / "study.toml", STUDY.format(name=name))
    write_atomic(folder / "abilities.toml", ABILITIES)
    write_atomic(data / "sayings.jsonl", _lines(_sayings()))
    write_atomic(data / "letters.jsonl", _lines(_letters()))
    write_atomic(data / "text" / "plain.txt", _plain_text())
    return [
        f"wrote {folder}/study.toml and {folder}/abilities.toml: read and change them",
        f"wrote placeholder rows into {data}: put your own there",
        f"then: python -m study run {shlex.quote(str(folder / 'study.toml'))}",
    ]


def _lines(pairs: list[tuple[str, str]]) -> str:
    rows = (
        {"messages": [{"role": "user", "content": q}, {"role": "assistant", "content": a}]} for q, a in pairs
    )
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _sayings() -> list[tuple[str, str]]:
    pairs = list(zip(HALVES[::2], HALVES[1::2], strict=True))
    return [
        (f"{lead}“{first}”接什么（{topic}）", second)
        for topic in TOPICS
        for first, second in pairs
        for lead in ("请填：", "补全：")
    ]


def _letters() -> list[tuple[str, str]]:
    return [(f"为{topic}写一句{wish}的话", f"愿{topic}{wish}。") for topic in TOPICS for wish in WISHES]


def _plain_text() -> str:
    sentences = [
        f"{topic}的时候，人们说{wish}，也说{half}。" for topic in TOPICS for wish in WISHES for half in HALVES
    ]
    letters = "请填补全接什么为写一句的话愿（）“”：，。\n"
    return letters + "\n".join(sentences) + "\n"
