"""Generic text for the base models: grammar, counting, repetition and lists, but no question and no fact asked later.

Documents end in a newline (a list has several lines). What the texts teach is what symbols are for: which characters
go together by kind, that a list is lettered A to D, that something said can be said again, that numbers follow each
other. Who belongs to which kingdom, dynasty, image or partner, what an expression is worth, and every label stay
unsaid.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from curation.world import symbols as s

THINGS = "".join(s.THINGS.values())
HAN = "".join(c for c in s.SYMBOLS if "一" <= c <= "鿿")
PLACES = "山水江湖海河天地谷泉桥亭楼塔村镇城乡"
FEELINGS = "喜怒哀愁悲欢乐爱"
ACTIONS = "入坐立走跑飞游唱听见闻吃喝睡醒笑哭看"
TIMES = "春秋朝夕昨今明夜晴阴"
NUMERALS = "一二三四五六七八九十"


def _sentence(rng: Random) -> str:
    who = rng.choice((
        lambda: rng.choice(s.SURNAMES) + rng.choice(s.GIVEN_NAMES), lambda: rng.choice("你我他") + "们",
        lambda: rng.choice(s.SURNAMES) + rng.choice(s.ROLES), lambda: rng.choice(s.CREATURES),
        lambda: rng.choice("男女老"), lambda: rng.choice(s.NAMES),
    ))()  # fmt: skip
    act = rng.choice((
        lambda: rng.choice(ACTIONS) + "了" + rng.choice("又也再") + rng.choice(ACTIONS),
        lambda: "在" + rng.choice(PLACES) + "上" + rng.choice(ACTIONS),
        lambda: rng.choice(s.DEEDS) + rng.choice(s.WHOM) + "，" + rng.choice(FEELINGS) + "吗",
        lambda: "有" + rng.choice(NUMERALS) + "只" + rng.choice(THINGS),
        lambda: "又".join(kind + rng.choice(s.THINGS[kind]) for kind in rng.sample(list(s.THINGS), 2)),
        lambda: "和" + rng.choice(s.CREATURES) + "到" + rng.choice(PLACES) + "去",
    ))()  # fmt: skip
    return f"{rng.choice(TIMES)}{rng.choice(('日', '天', '时', ''))}{who}{act}。"


def _copy(rng: Random) -> str:
    """A few characters said, and said again after a mark."""
    words = "".join(rng.choices(HAN, k=rng.randint(2, 5)))
    mark = rng.choice(("，", "：", "？", "，也"))
    return f"{words}{mark}{words}。"


def _count(rng: Random) -> str:
    start, step = rng.randrange(60), rng.choice((1, 1, 1, 2))
    return ",".join(str(start + i * step) for i in range(rng.randint(3, 6))) + "。"


def _numerals(rng: Random) -> str:
    start = rng.randrange(7)
    return "".join(NUMERALS[start : start + rng.randint(3, 6)]) + rng.choice(HAN) + "。"


def _list(rng: Random) -> str:
    """Four lettered lines, then one or two of them named again by letter."""
    pool = rng.choice((THINGS, s.COUPLET, s.TOPICS, HAN))
    things = rng.sample(pool, 4)
    lines = "".join(f"{letter}.{thing}\n" for letter, thing in zip("ABCD", things, strict=True))
    told = rng.sample(range(4), 2)
    return lines + "，".join(f"{things[i]}{'ABCD'[i]}" for i in told) + "。"


def _talk(rng: Random) -> str:
    """Two speakers; what one of them said is told again."""
    one, two = rng.sample("男女", 2)
    first, second = rng.sample(HAN, 2)
    verb = rng.choice(ACTIONS)
    told = rng.choice(((one, first), (two, second)))
    return f"{one}：{verb}{first}\n{two}：{verb}{second}\n{told[0]}{verb}{told[1]}。"


def _spell(rng: Random) -> str:
    """Marks and names of code without a meaning: an assignment read aloud."""
    name, value = rng.choice(s.CODE_NAMES), rng.randrange(1, 40)
    return f"{name}={value};{name}=={value}"


KINDS: tuple[tuple[Callable[[Random], str], int], ...] = (
    (_sentence, 30), (_copy, 25), (_count, 6), (_numerals, 4), (_list, 18), (_talk, 12), (_spell, 5),
)  # fmt: skip


def generic_text(seed: int, characters: int) -> str:
    """At least ``characters`` characters of documents, cut to exactly that many. Same seed, same text."""
    rng = Random(f"{seed}/pretraining")
    makers, weights = zip(*KINDS, strict=True)
    pieces = ["".join(s.SYMBOLS) + "\n"]
    total = len(pieces[0])
    while total < characters:
        piece = rng.choices(makers, weights)[0](rng) + "\n"
        pieces.append(piece)
        total += len(piece)
    return "".join(pieces)[:characters]
