"""What the rules of `check` cost: each alone, all together, and beside data-juicer's filters on the same rows.

    python benchmarks/check_rules.py                                  # made-up Chinese rows of some 370 characters
    python benchmarks/check_rules.py --file rows/instances.jsonl      # your own
    python benchmarks/check_rules.py --data-juicer-python VENV/bin/python

The peer (`pip install torch==2.13.0 py-data-juicer==1.6.1 aiohttp` in an environment of its own) runs as a process of
its own on the same texts, in turns with ours; only processing is timed, no start, no reading, no writing. Each of its
filters is called on batches the way its own `run` calls it, without the data set's bookkeeping around it, which is to
its favour; a whole run over a data set is timed beside it. The pairing is `PAIRS`.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

# Ours -> the peer's filters that look at the same thing without a model or a download. Its filter by language needs a
# fastText model from the network, so shares of character classes stand in for script and language. Of what the other
# rules look for it has only `pii_redaction_mapper`, which rewrites where ours rejects; it is counted apart.
PAIRS = {
    "length": ("text_length_filter",),
    "script, language": ("alphanumeric_filter",),
    "mojibake": ("special_characters_filter",),
    "looping, repeated_phrases, repeated_lines": ("character_repetition_filter",),
}
PII = ("pii_redaction_mapper",)
BATCH = 1000


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--file", type=Path, help="JSON lines of instances instead of made-up rows")
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data-juicer-python", help="python of an environment that has py-data-juicer")
    parser.add_argument("--as-peer", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.as_peer:
        print(json.dumps(peer(arguments.as_peer)))
        return
    lines = (
        lines_of(arguments.file, arguments.rows)
        if arguments.file
        else made_up(arguments.rows, arguments.seed)
    )
    with tempfile.TemporaryDirectory() as folder:
        compare(lines, arguments.rounds, arguments.data_juicer_python, Path(folder) / "texts.jsonl")


def compare(lines: list[bytes], rounds: int, python: str | None, texts: Path) -> None:
    from curation.rules import RULES, rules_from
    from curation.rules.look import Look
    from schemas.instance import Instance

    instances = [Instance.model_validate_json(line) for line in lines]
    joined = ["\n".join(m.content for m in i.messages) for i in instances]
    texts.write_text(
        "".join(json.dumps({"text": t}, ensure_ascii=False) + "\n" for t in joined), encoding="utf-8"
    )
    count = len(lines)
    print(
        f"{count} rows, {sum(map(len, lines)) / count:.0f} bytes and {sum(map(len, joined)) / count:.0f} characters each"
    )
    usual = list(rules_from().values())
    every = list(rules_from(dict.fromkeys(RULES, True)).values())
    paired = [RULES[name] for names in PAIRS for name in names.split(", ")]
    passed = sum(all(rule(i) is True for rule in usual) for i in instances)
    print(f"{passed} pass all rules that are on by default")

    def through(rules: list[Any]) -> Callable[[], None]:
        def run() -> None:
            for instance in instances:
                for rule in rules:
                    rule(instance)

        return run

    works: dict[str, Callable[[], Any]] = {
        "pydantic's validate_json": lambda: [Instance.model_validate_json(line) and None for line in lines],
        "the look": lambda: [Look(i) and None for i in instances],
        **{f"look and {name}": through([rule]) for name, rule in RULES.items()},
        "the paired rules": through(paired),
        "all rules on by default": through(usual),
        "all rules": through(every),
    }
    ours: dict[str, list[float]] = {name: [] for name in works}
    theirs: dict[str, list[float]] = {}
    gc.collect()
    gc.freeze()
    for _ in range(rounds):
        for name, work in works.items():
            begun = time.perf_counter()
            work()
            ours[name].append((time.perf_counter() - begun) / count)
        if python:
            command = [python, __file__, "--as-peer", str(texts)]
            told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            for name, seconds in json.loads(told.strip().splitlines()[-1]).items():
                theirs.setdefault(name, []).append(seconds / count)
    for name, seconds in (*ours.items(), *((f"data-juicer {n}", s) for n, s in theirs.items())):
        middle = statistics.median(seconds)
        print(f"{name:46} {middle * 1e6:8.2f} us a row {1 / middle:10,.0f} rows/s")
    if theirs:
        for mine, peers in (
            ("the paired rules", "filters"),
            ("all rules on by default", "filters"),
            ("all rules on by default", "filters and pii"),
            ("all rules on by default", "filters, whole run"),
        ):
            ratios = sorted(a / b for a, b in zip(theirs[peers], ours[mine], strict=True))
            print(
                f"data-juicer's {peers} take {statistics.median(ratios):.1f} times as long as {mine}"
                f" (rounds {ratios[0]:.1f} to {ratios[-1]:.1f})"
            )


def peer(texts: Path) -> dict[str, float]:
    """Runs in the peer's environment: seconds of each filter, of all of them, and of a whole run over a data set."""
    import os

    os.environ.setdefault("OMP_NUM_THREADS", "1")
    out, sys.stdout = sys.stdout, sys.stderr  # it logs
    from data_juicer.core.data import NestedDataset
    from data_juicer.ops.base_op import OPERATORS
    from data_juicer.utils.constant import Fields

    rows = [json.loads(line)["text"] for line in texts.read_text(encoding="utf-8").splitlines()]

    def op(name: str, **settings: Any) -> Any:
        import data_juicer.ops.filter
        import data_juicer.ops.mapper  # noqa: F401

        return OPERATORS.modules[name](**settings)

    filters = {name: op(name) for names in PAIRS.values() for name in names}
    redaction = op(PII[0])
    warm = {
        "text": rows[:100],
        Fields.stats: [{} for _ in rows[:100]],
    }  # what loads on first use is no processing
    for filter_ in filters.values():
        list(filter_.process_batched(filter_.compute_stats_batched(warm)))
    gc.collect()
    gc.freeze()  # the collector would walk everything that was imported, again and again, in the first filter's time
    found: dict[str, float] = {}
    for name, filter_ in filters.items():
        begun = time.perf_counter()
        for at in range(0, len(rows), BATCH):
            batch = rows[at : at + BATCH]
            samples = {"text": batch, Fields.stats: [{} for _ in batch]}
            list(filter_.process_batched(filter_.compute_stats_batched(samples)))
        found[name] = time.perf_counter() - begun
    begun = time.perf_counter()
    if getattr(redaction, "_batched_op", False):
        for at in range(0, len(rows), BATCH):
            redaction.process_batched({"text": list(rows[at : at + BATCH])})
    else:
        for text in rows:
            redaction.process_single({"text": text})
    found[PII[0]] = time.perf_counter() - begun
    found["filters"] = sum(found[name] for name in filters)
    found["filters and pii"] = found["filters"] + found[PII[0]]
    data = NestedDataset.from_list([{"text": text} for text in rows])
    begun = time.perf_counter()
    data.process([op(name, num_proc=1) for name in filters], open_monitor=False)
    found["filters, whole run"] = time.perf_counter() - begun
    sys.stdout = out
    return found


def lines_of(path: Path, rows: int) -> list[bytes]:
    with path.open("rb") as handle:
        return [line.rstrip(b"\n") for _, line in zip(range(rows), handle, strict=False)]


WHO = [
    "老师",
    "同学们",
    "村里的老人",
    "研究人员",
    "这家公司",
    "设计师",
    "两位医生",
    "她的母亲",
    "年轻的工人",
    "当地居民",
    "厨师",
    "作者",
    "编辑部",
    "火车司机",
    "园丁",
]
WHEN = [
    "去年冬天",
    "2023年5月",
    "清晨六点半",
    "从那以后",
    "在实验开始之前",
    "雨停了",
    "每逢周末",
    "二十世纪八十年代",
    "第3天晚上",
    "不久",
]
HOW = [
    "仔细地",
    "反复地",
    "毫不犹豫地",
    "小心翼翼地",
    "很快就",
    "一步一步地",
    "不声不响地",
    "大约用了40分钟才",
    "按照计划",
    "又一次",
]
DID = [
    "整理了",
    "讨论了",
    "记录下",
    "改进了",
    "发现了",
    "介绍了",
    "修好了",
    "比较了",
    "收集了",
    "重新安排了",
    "解释了",
    "画出了",
    "测量了",
    "放弃了",
]
WHAT = [
    "河边的旧水车",
    "一份关于土壤的报告",
    "新来的学生提出的问题",
    "城市里的公共交通",
    "三种不同的方法",
    "家里的藏书",
    "那台Python写的小程序",
    "大约15%的样本",
    "植物在暗处的生长情况",
    "传统节日的食物",
    "一封没有寄出的信",
    "GDP增长的原因",
    "山上的小路",
    "孩子们的作文",
    "这道几何题",
]
WHY = [
    "因为时间已经不多了",
    "为了让更多的人明白其中的道理",
    "这与以前的看法并不一样",
    "结果却出乎意料",
    "于是大家都安静下来",
    "这样做既省力又可靠",
    "但仍有几个细节没有说清楚",
    "所以后来的人常常提起它",
    "连最有经验的人也觉得新鲜",
    "只是没有人愿意先开口",
]
TASK = [
    "请根据上面的材料回答问题",
    "请写一段短文，说明下面的内容",
    "总结这段话的主要意思",
    "说说你对这件事的看法，并给出理由",
    "请列出几条可行的建议",
    "解释一下这种现象产生的原因",
    "把下面的内容改写得更通顺",
]


def made_up(rows: int, seed: int) -> list[bytes]:
    """Lines of instances: reading questions with options, free answers in paragraphs and lists, a few longer talks."""
    from schemas.instance import Instance

    draw = random.Random(seed)

    def sentence() -> str:
        parts = [
            draw.choice(WHEN),
            draw.choice(WHO) + draw.choice(HOW) + draw.choice(DID) + draw.choice(WHAT),
        ]
        parts += draw.sample(WHY, draw.randint(0, 2))
        return "，".join(parts) + draw.choice("。。。。！；")

    def passage(characters: int) -> str:
        text = ""
        while len(text) < characters:
            text += sentence() + ("\n" if draw.random() < 0.15 else "")
        return text.rstrip("\n。！；") + "。"

    made = []
    for number in range(rows):
        kind = draw.random()
        size = draw.randint(230, 330)
        fields: dict[str, Any] = {"ability": "unlabelled", "source": {"name": "made_up", "row": str(number)}}
        if kind < 0.45:
            options = [draw.choice(WHO) + draw.choice(DID) + w for w in draw.sample(WHAT, 4)]
            letter = draw.choice("ABCD")
            asked = f"{passage(size)}\n根据这段话，可以知道什么？"
            prompt = "\n".join([asked, *(f"{a}.{o}" for a, o in zip("ABCD", options, strict=True))])
            fields |= {"form": "choice", "choices": options, "answer": letter}
            talk = [("user", prompt), ("assistant", letter)]
        elif kind < 0.9:
            if draw.random() < 0.4:
                points = draw.randint(3, 7)
                reply = "\n".join(f"{n}. {passage(1)}" for n in range(1, points + 1))
            else:
                reply = passage(size)
            fields["form"] = "open"
            talk = [("user", f"{draw.choice(TASK)}。\n{passage(60)}"), ("assistant", reply)]
        else:
            fields["form"] = "open"
            talk = [
                ("system", "你是一位耐心的语文老师。"),
                ("user", f"{draw.choice(TASK)}。"),
                ("assistant", passage(90)),
            ]
            talk += [("user", f"再说说{draw.choice(WHAT)}。"), ("assistant", passage(size - 80))]
        fields["messages"] = [{"role": r, "content": c} for r, c in talk]
        made.append(Instance.model_validate(fields).line())
    return made


if __name__ == "__main__":
    main()
