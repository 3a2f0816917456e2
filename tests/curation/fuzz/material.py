"""Real-looking rows of every raw format, and valid instances of every form: what the mutations begin with."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from random import Random
from typing import Any

from schemas.instance import Instance

WORDS = [
    "细胞",
    "病毒",
    "呼吸作用",
    "线粒体",
    "光合作用",
    "唐朝",
    "科举",
    "丝绸之路",
    "鸦片战争",
    "辛亥革命",
    "三角函数",
    "数列",
    "概率",
    "如果为真",
    "以下哪项",
    "护士",
    "律师",
    "你是一名",
    "请写一首关于",
    "的诗",
    "春天",
    "大海",
    "从前",
    "有一天",
    "今天天气",
    "我们",
    "他们",
    "为什么",
    "答案",
    "错误",
    "正确",
    "apple",
    "Python",
    "function",
    "\\frac{1}{2}",
    "```python\nprint(1)\n```",
    "。",
    "，",
    "？",
    "“你好”",
    "《红楼梦》",
    "3.14",
    "42",
    "1949年",
    "繁體字",
    "ｆｕｌｌ\u3000ｗｉｄｔｈ",
    "13812345678",
    "a@b.cn",
]
ABILITIES = (
    "biology",
    "history",
    "code",
    "creative_writing",
    "role_play",
    "math",
    "ethics",
    "chinese",
    "unlabelled",
)


def text(rng: Random, most: int = 12) -> str:
    return "".join(rng.choices(WORDS, k=rng.randint(1, most)))


def _options(rng: Random, count: int | None = None) -> list[str]:
    return [f"{text(rng, 3)}{n}" for n in range(count or rng.randint(2, 5))]


def _lettered(options: list[str], mark: str = "{}.{}") -> list[str]:
    return [mark.format(letter, option) for letter, option in zip("ABCDEFGHIJ", options, strict=False)]


def _messages(rng: Random) -> Any:
    turns = [{"role": "system", "content": text(rng)}] if rng.random() < 0.3 else []
    for _ in range(rng.randint(1, 3)):
        turns += [{"role": "user", "content": text(rng)}, {"role": "assistant", "content": text(rng)}]
    return {"messages": turns if rng.random() < 0.85 else turns[:-1]}


def _doit(rng: Random) -> Any:
    row = _messages(rng) | {"type": rng.choice(ABILITIES)}
    kind = rng.randrange(3)
    if kind == 1:
        row |= {"question_format": 1, "choices": [row["messages"][-1]["content"], text(rng), text(rng)]}
    elif kind == 2:
        options = _options(rng, 4)
        prompt = "\n".join([text(rng), *_lettered(options)])
        row = {"messages": [{"role": "user", "content": prompt}, {"role": "assistant", "content": rng.choice("ABCD")}],
               "type": "biology", "question_format": 0}  # fmt: skip
    return row


def _alpaca(rng: Random) -> Any:
    return {
        "instruction": text(rng),
        "input": rng.choice(["", text(rng), "输入：" + text(rng), "<noinput>"]),
        "output": text(rng),
    }


def _sharegpt(rng: Random) -> Any:
    turns = []
    for _ in range(rng.randint(1, 3)):
        turns += [{"from": "human", "value": text(rng)}, {"from": "gpt", "value": text(rng)}]
    return {"id": str(rng.randrange(999)), "system": rng.choice(["", text(rng)]), "conversations": turns}


def _agieval(rng: Random) -> Any:
    options = _lettered(_options(rng, 4), "({}){}")
    label: Any = rng.choice(["A", "D", ["A", "C"], None])
    return {
        "passage": rng.choice([None, text(rng)]),
        "question": text(rng),
        "options": options if label else None,
        "label": label,
        "answer": None if label else "42",
        "other": {"solution": "所以答案是 42"} if rng.random() < 0.3 else None,
    }


def _belle(rng: Random) -> Any:
    return {
        "question": text(rng),
        "std_answer": rng.choice(["", text(rng)]),
        "class": rng.choice(["code", "open qa", "math", "closed\xa0qa"]),
    }


def _c3(rng: Random) -> Any:
    questions = []
    for _ in range(rng.randint(1, 3)):
        options = _options(rng, 3)
        questions.append({"question": text(rng), "choice": options, "answer": rng.choice(options)})
    return [[f"男：{text(rng)}\r\n", f"女：{text(rng)}"], questions, str(rng.randrange(9999))]


def _cmoraleval(rng: Random) -> Any:
    right = rng.choice(["A", "B", "AC"])
    return {
        "index": rng.randrange(999),
        "category": ["a"],
        "question": text(rng) + rng.choice(["", "哪些"]),
        "choices": _lettered(_options(rng, 3)),
        "correct_answer": right,
        "wrong_answer": "".join(c for c in "ABC" if c not in right),
    }


def _gaokao(rng: Random) -> Any:
    question = f"{rng.randrange(40)}. {text(rng)}（ ）\nA. 一\nB. 二 \nC． 三\nD、四"
    return {
        "year": "2021",
        "category": "（新课标）",
        "question": question,
        "answer": rng.choice([["B"], ["A", "C"], text(rng)]),
        "analysis": text(rng),
        "index": rng.randrange(99),
        "score": 4,
    }


def _gsm8k(rng: Random) -> Any:
    return {
        "question": text(rng),
        "answer": f"一共 48/2=<<48/2=24>>24\n#### {rng.choice(['24', '1,024', '-3.5'])}",
    }


def _logiqa2(rng: Random) -> Any:
    return {
        "id": rng.randrange(999),
        "example_id": rng.randrange(999),
        "answer": rng.randrange(4),
        "text": text(rng),
        "question": text(rng),
        "options": _options(rng, 4),
    }


def _cvalues(rng: Random) -> Any:
    return {"id_": rng.randrange(99), "prompt": text(rng), "domain_en": "law", "domain_zh": "法律"}


def _mcq(rng: Random) -> Any:
    return {"": str(rng.randrange(9)), "Question": text(rng), **dict(zip("ABCD", _options(rng, 4), strict=True)),
            "Answer": rng.choice("ABCD")}  # fmt: skip


def _block(rng: Random) -> Any:
    return {"题": text(rng, 5).replace("\n", ""), "答": text(rng, 5).replace("\n", "")}


ROWS: Mapping[str, Callable[[Random], Any]] = {
    "messages": _messages,
    "doit": _doit,
    "alpaca": _alpaca,
    "sharegpt": _sharegpt,
    "agieval": _agieval,
    "belle": _belle,
    "c3": _c3,
    "cmoraleval": _cmoraleval,
    "gaokao": _gaokao,
    "gsm8k": _gsm8k,
    "logiqa2": _logiqa2,
    "cvalues": _cvalues,
    "mcq-csv": _mcq,
    "blocks": _block,
    "logiqa": _logiqa2,
}
# How the files of a format are laid out; JSON lines or one array where nothing is said.
LAYOUT = {"c3": "array", "gaokao": "example", "mcq-csv": "csv", "blocks": "blocks", "logiqa": "eight lines"}


def raw_rows(format: str, rng: Random) -> list[Any]:
    """One to six rows as a file of that format has them; of an unknown format, rows of some other one."""
    make = ROWS.get(format) or ROWS[rng.choice(sorted(ROWS))]
    return [make(rng) for _ in range(rng.randint(1, 6))]


def laid_out(rows: list[Any], layout: str, rng: Random) -> str:
    """Rows as the text of a file. Rows that no longer have the shape of the layout are written as far as they go."""
    if layout == "array":
        return json.dumps(rows, ensure_ascii=rng.random() < 0.5, indent=rng.choice([None, 1]))
    if layout == "example":
        return json.dumps({"keywords": "k", "example": rows}, ensure_ascii=False)
    if layout == "csv":
        out = io.StringIO()
        fields = [row if isinstance(row, dict) else {"Question": row} for row in rows]
        names = list(dict.fromkeys(name for row in fields for name in row))
        writer = csv.writer(out, delimiter=rng.choice(",,,\t"))
        writer.writerow(names)
        writer.writerows([row.get(name, "") for name in names] for row in fields)
        return out.getvalue()
    if layout == "blocks":
        return "\n\n".join(
            "\n".join(f"{k}：{v}" for k, v in row.items()) if isinstance(row, dict) else str(row)
            for row in rows
        )
    if layout == "eight lines":
        return "".join(_eight(row) for row in rows)
    return "\n".join(json.dumps(row, ensure_ascii=rng.random() < 0.5) for row in rows) + "\n"


def _eight(row: Any) -> str:
    if not isinstance(row, dict) or not isinstance(row.get("options"), list):
        return f"\n{row}\n"
    answer = row.get("answer")
    letter = "abcd"[answer % 4] if isinstance(answer, int) else str(answer)
    return "\n".join(
        [
            "",
            letter,
            f"1. {row.get('text')}",
            str(row.get("question")),
            *_lettered(list(map(str, row["options"]))),
            "",
        ]
    )


@lru_cache(maxsize=1)
def instances() -> tuple[dict[str, Any], ...]:
    """Some valid instances of every form, as JSON."""
    rng = Random("instances")
    found = []
    for number in range(80):
        row = _instance(rng, number)
        found.append(json.loads(Instance.model_validate(row).line()))
    return tuple(found)


def _instance(rng: Random, number: int) -> dict[str, Any]:
    form = ("choice", "several_choice", "true_false", "cloze", "worked_answer", "open", "code")[number % 7]
    source = {"name": rng.choice(["s", "源"]), "row": str(number), "licence": rng.choice(["", "MIT"])}
    if rng.random() < 0.3:
        source["group"] = f"g{rng.randrange(3)}"
    row: dict[str, Any] = {"ability": rng.choice(ABILITIES), "form": form, "source": source,
                           "origin": rng.choice(["human", "synthetic"])}  # fmt: skip
    prompt, reply = text(rng), text(rng)
    if form in ("choice", "several_choice"):
        options = _options(rng, 4)
        row["choices"] = options
        row["answer"] = reply = "B" if form == "choice" else "BD"
        prompt = "\n".join([prompt, *_lettered(options)])
    elif form == "true_false":
        row["answer"] = reply = rng.choice(["对", "错"])
    elif form == "cloze":
        row["answer"] = reply = "填空"
    elif form == "worked_answer":
        row["answer"], reply = "24", "所以\n#### 24"
    elif form == "open" and rng.random() < 0.4:
        row["distractors"] = [{"text": "干扰一", "kind": "fine"}, {"text": "干扰二"}]
    messages = [{"role": "user", "content": prompt}, {"role": "assistant", "content": reply}]
    if form == "open" and rng.random() < 0.4:
        messages = [{"role": "system", "content": "你是一名护士。"}, *messages[:1], {"role": "assistant", "content": text(rng)},
                    {"role": "user", "content": text(rng)}, messages[1]]  # fmt: skip
    return row | {"messages": messages}
