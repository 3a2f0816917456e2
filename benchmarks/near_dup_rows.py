"""Rows for `near_dup.py`: Chinese text whose words and openers repeat as they do in real data, with planted copies.

Always the same for the same number of rows. Words are drawn by Zipf's law from 60,000, half of the prompts begin with
one of forty openers. Among the rows:

- 12 % are copies of another row with 1, 2, 4 or 8 % of the characters replaced, dropped or added, in groups of 2 to 6;
- 3 % are the same as another row but for width and white space;
- 0.2 % are one advertisement with two words changed;
- 1 % are one word problem with other numbers, which are no duplicates.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from schemas.instance import Instance

OPENERS = [
    "请根据下面的内容写一段话：", "把下面的句子改写得更通顺：", "请解释这个概念：", "给出三条建议，主题是", "请简要说明",
    "写一首关于春天的短诗，要提到", "阅读材料并概括大意：", "请用一句话总结：", "你认为下面的说法对吗？", "请为这个故事续写结尾：",
]  # fmt: skip
RATES = (0.01, 0.02, 0.04, 0.08)
ABILITIES = ("creative_writing", "role_play", "chinese", "ethics")
# The 3,755 characters of GB 2312's first plane, which are the common ones.
COMMON = b"".join(bytes((high, low)) for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF)).decode(
    "gb2312", "ignore"
)
_SPAN = 20_000


def write_rows(folder: Path, rows: int) -> tuple[Path, Path]:
    """(instances, truth): files in `folder`, made unless they are there. The truth has one line a planted copy."""
    files = folder / f"rows-{rows}.jsonl", folder / f"truth-{rows}.jsonl"
    if not all(path.exists() for path in files):
        folder.mkdir(parents=True, exist_ok=True)
        partial = [path.with_suffix(".part") for path in files]
        with partial[0].open("wb") as instances, partial[1].open("w", encoding="utf-8") as truth:
            for number, (ability, prompt, response, planted) in enumerate(_texts(rows)):
                instances.write(_line(number, ability, prompt, response))
                if planted:
                    truth.write(json.dumps({"row": number, **planted}) + "\n")
        for path, part in zip(files, partial, strict=True):
            part.replace(path)
    return files


def _line(number: int, ability: str, prompt: str, response: str) -> bytes:
    row = Instance.model_validate(
        {
            "ability": ability,
            "form": "open",
            "messages": [{"role": "user", "content": prompt}, {"role": "assistant", "content": response}],
            "source": {"name": "planted", "row": str(number)},
        }
    )
    return row.line() + b"\n"


def _texts(rows: int) -> Iterator[tuple[str, str, str, dict[str, Any] | None]]:
    """(ability, prompt, response, what was planted): copies come anywhere after their original, up to `_SPAN` rows later."""
    draw = random.Random(1)
    fresh = _fresh(rows)
    waiting: list[list[tuple[str, str, str, dict[str, Any]]]] = [[] for _ in range(_SPAN)]
    for number in range(rows):
        slot = waiting[number % _SPAN]
        if slot:
            yield slot.pop()
            continue
        kind = draw.random()
        if kind < 0.0024:
            one, other = draw.randrange(1000), draw.randrange(1000)
            yield (
                "creative_writing",
                "帮我写一段产品介绍。",
                _advertisement(one, other),
                {"kind": "advertisement"},
            )
            continue
        if kind < 0.0144:
            yield "math", *_problem(draw), {"kind": "problem"}
            continue
        prompt, response = next(fresh)
        ability = ABILITIES[number % 4]
        yield ability, prompt, response, None
        if kind < 0.06:
            for _ in range(draw.randint(1, 5)):
                rate = draw.choice(RATES)
                note = {"kind": "near", "of": number, "rate": rate}
                copy = (ability, _edited(prompt, rate, draw), _edited(response, rate, draw), note)
                waiting[(number + draw.randrange(1, _SPAN)) % _SPAN].append(copy)
        elif kind < 0.097:
            copy = (ability, _wide(prompt), _wide(response), {"kind": "exact", "of": number})
            waiting[(number + draw.randrange(1, _SPAN)) % _SPAN].append(copy)


def _fresh(rows: int) -> Iterator[tuple[str, str]]:
    numbers = np.random.default_rng(2)
    letters = [c for c in COMMON if c not in "一二三四五六七八九十百千万亿两零半"]
    numbers.shuffle(letters)
    weights = 1 / np.arange(1, len(letters) + 1) ** 0.7
    lengths = numbers.choice([1, 2, 2, 2, 3, 4], 60_000)
    drawn = numbers.choice(letters, int(lengths.sum()), p=weights / weights.sum()).tolist()
    ends = np.cumsum(lengths).tolist()
    words = np.array(
        ["".join(drawn[end - length : end]) for end, length in zip(ends, lengths.tolist(), strict=True)],
        object,
    )
    shares = 1 / (np.arange(len(words)) + 2.7)
    shares /= shares.sum()
    openers = [opener + word for opener in OPENERS for word in ("", "请注意，", "仔细想想，", "用中文回答，")]
    while True:
        count = np.clip(numbers.normal(45, 17, 4096), 12, 110).astype(int)
        chosen = iter(words[numbers.choice(len(words), int(count.sum()), p=shares)].tolist())
        for words_of_row in count.tolist():
            asked = max(3, words_of_row // 3)
            prompt = "".join(next(chosen) for _ in range(asked))
            pieces = [next(chosen) for _ in range(words_of_row - asked)]
            for place in range(6, len(pieces), 7):
                pieces[place] += "，" if place % 3 else "。"
            opener = openers[int(numbers.integers(len(openers)))] if numbers.random() < 0.5 else ""
            yield f"{opener}{prompt}？", "".join(pieces) + "。"


def _edited(text: str, rate: float, draw: random.Random) -> str:
    """About `rate` of the characters replaced, dropped or added."""
    letters = list(text)
    edits = int(len(letters) * rate + draw.random())
    for _ in range(edits):
        place = draw.randrange(len(letters))
        letters[place] = draw.choice(("", draw.choice(COMMON), letters[place] + "的"))
    return "".join(letters) or text


def _wide(text: str) -> str:
    return "　" + text.replace("，", " , ").replace("？", "?") + " "


def _advertisement(one: int, other: int) -> str:
    return (
        f"这款产品采用全新工艺，由资深团队精心打造，编号为{one}的用户都给出了很高的评价。现在下单立即享受优惠，"
        f"还有精美礼品相送，数量有限先到先得，{other}号客服随时在线为您解答疑问，期待您的光临与选购，品质保证，假一赔十。"
    )


def _problem(draw: random.Random) -> tuple[str, str]:
    a, b, c = (draw.randrange(10, 1000) for _ in range(3))
    prompt = (
        f"一个仓库里原来有{a}箱苹果，上午运走了一部分之后又运来{b}箱，下午又按照每车装{c}箱的办法分给几家商店，"
        "请问仓库里现在一共有多少箱苹果，写出每一步的计算过程和最后的答案。"
    )
    return prompt, f"先算总数，再算剩下的，答案是{a + b - c}箱。"
