"""The quick look never changes a verdict: each rule against a straightforward one, on texts made of what rules look for."""

from __future__ import annotations

import unicodedata
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from curation.rules import RULES, look, refusals
from curation.rules.language import SCRIPTS, language_of
from tests.curation.curation_rows import open_item
from tests.curation.rules.rule_rows import BAD, GOOD, garbled

PIECES = [
    *(
        "春天来了，万物复苏。",
        "我",
        "作为一个",
        "人工智能",
        "AI",
        "无法回答",
        "抱歉，",
        "您没有提供文章",
        "请提供更多，以便",
        "助手",
    ),
    *(
        "I'm sorry, but I can't help",
        "As an AI",
        "the of and to ",
        "les sont dans ",
        "und die nicht ",
        "Привет",
        "カタ",
        "ё",
        "ā",
    ),
    *(
        "\ufffd",
        "锟斤拷",
        "烫",
        garbled("春天来了，你好世界"),
        "鏄",
        "ÖÐÎÄÖÐÎÄ",
        "â€™",
        "\x85",
        "\x07",
        "\ue001",
        "·",
        "é",
    ),
    *(
        "<|im_end|>",
        "</s>",
        "{{ name }}",
        "【12†source】",
        "[INST]",
        "\n### 输入：",
        "\nUser: ",
        "\n用户：",
        "输出：",
        "以下是描述任务的指令",
    ),
    *("$", "\\frac{1}{2}", "\\left(", "\\right)", "{", "}", "\\begin{a}", "\\end{a}", "\\(", "\\)", "$5 "),
    *("```", "\n```python\n", "\n~~~\n", "`", "\n", "  ", "……"),
    *(
        "13927164538",
        "１３９２７１６４５３８",
        "110105",
        "19491231002X",
        "6222",
        "li@qq.com",
        "li＠qq.com",
        "1",
        "2024年",
        "-",
        " ",
    ),
    *(
        "\nA. 甲",
        " B. 乙",
        "答案是A",
        "选D",
        "哈",
        "哈哈哈哈哈哈",
        "我们走吧，" * 4,
        "=" * 9,
        "，",
        "（",
        "the",
    ),
]
TEXT = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=6)), min_size=1, max_size=25).map("".join)
ROW = st.builds(
    open_item,
    TEXT.filter(lambda t: "\0" not in t and not any("\ud800" <= c <= "\udfff" for c in t)),
    TEXT.filter(lambda t: t.strip() and "\0" not in t and not any("\ud800" <= c <= "\udfff" for c in t)),
)
MANY = settings(max_examples=400, deadline=None)


def suspicious(row):
    """A look that rules nothing out: with everything in it that a quick test asks for."""
    found = look.Look(row)
    found.plain = False
    found.low += "<[{#:`~@\\$\x80AB\nUser\n```\n~~~ task 13927164538 110105194912310021"
    return found


@MANY
@given(ROW)
def test_nothing_is_overlooked(row):
    for name in ("mojibake", "residue", "latex", "fences", "pii", "options"):
        quick = RULES[name](row)
        look._last = suspicious(row)
        assert RULES[name](row) == quick, name
        look._last = None
        assert RULES[name](row) == quick, name


def script_reference(row, allowed, minimum):
    letters = [script for m in row.messages for c in m.content if (script := slow_script(c))]
    return sum(s in allowed for s in letters) >= minimum * len(letters)


def slow_script(char):
    if "\u4e00" <= char <= "\u9fff":
        return "cjk"
    if not char.isalpha():
        return ""
    words = unicodedata.name(char, "").lower().split(" ")
    if words[0] in ("fullwidth", "halfwidth"):
        words = words[1:]
    if char in "µªº":
        return "latin"
    return words[0] if words and words[0] in SCRIPTS else "other"


@MANY
@given(
    ROW,
    st.sampled_from(
        [("cjk", "latin", "greek"), ("cjk",), ("latin", "cyrillic"), ("greek", "latin", "cjk", "thai")]
    ),
    st.sampled_from([0.0, 0.2, 0.5, 0.9, 1.0]),
)
def test_script(row, allowed, minimum):
    assert (RULES["script"](row, allowed=allowed, minimum=minimum) is True) == script_reference(
        row, allowed, minimum
    )


@MANY
@given(ROW, st.sampled_from([("zh", "en"), ("en",), ("fr", "de"), ("zh",)]))
def test_language(row, allowed):
    name, _ = language_of(look.Look(row))
    assert (RULES["language"](row, allowed=allowed) is True) == (not name or name in allowed)


@MANY
@given(ROW)
def test_refusal(row):
    quick = RULES["refusal"](row)
    everything = [*refusals._CHINESE, *(refusals._ENGLISH if row.response[:12].isascii() else ())]
    kept, refusals._suspected = refusals._suspected, lambda _: everything
    try:
        assert RULES["refusal"](row) == quick
    finally:
        refusals._suspected = kept


def longest_runs(text, longest):
    """(begin, end, period) of every stretch that repeats itself, found one character at a time."""
    for period in range(1, longest + 1):
        begin = 0
        for i in range(period, len(text) + 1):
            if i == len(text) or text[i] != text[i - period]:
                if i - begin > period:
                    yield begin, i, period
                begin = i - period + 1


def loops(text, times, share, shortest, longest):
    least = max(shortest, int(share * len(text)))
    return any(
        end - begin >= max(least, times * period)
        and any(c.isalpha() or unicodedata.category(c) == "Mn" for c in text[begin : begin + period])
        for begin, end, period in longest_runs(text, longest)
    )


LOOPY = st.builds(
    lambda before, phrase, times, after: open_item("写", f"{before}{phrase * times}{after}。"),
    st.text("春夏秋冬ab，=-", max_size=60),
    st.text("春夏秋冬ab，=-", min_size=1, max_size=12),
    st.integers(1, 30),
    st.text("春夏秋冬ab，=-", max_size=60),
)


@MANY
@given(
    LOOPY,
    st.sampled_from([(5, 0.5, 40, 60), (2, 0.3, 10, 12), (4, 0.2, 20, 8), (3, 0.0, 1, 60), (3, 1.0, 5, 30)]),
)
def test_looping(row, values):
    names = ("times", "share", "shortest", "longest")
    found = RULES["looping"](row, **dict(zip(names, values, strict=True)))
    assert (found is not True) == loops(row.response, *values)


@MANY
@given(
    st.lists(st.sampled_from(["春天来了", "花开", "", " ", "|  |", "夏天"]), min_size=1, max_size=15),
    st.integers(0, 6),
)
def test_repeated_lines(lines, times):
    row = open_item("写", "\n".join([*lines, "完了"]))
    said = [line for line in row.response.split("\n") if line.strip()]
    counted = Counter(line for line in said if len(line) >= 4 and any(c.isalpha() for c in line))
    wrong = any(count > times and count > 0.5 * len(said) for count in counted.values())
    assert (RULES["repeated_lines"](row, times=times) is not True) == wrong


@MANY
@given(LOOPY, st.integers(1, 5), st.sampled_from([0.0, 0.3, 0.7, 1.0]))
def test_repeated_phrases(row, times, share):
    text = row.response
    step = (len(text) - 8) // 6
    pieces = (
        [q[:20] if q[:8].isascii() else q[:8] for q in (text[n * step :] for n in range(6))]
        if len(text) >= 40
        else []
    )
    again = [
        p
        for n, p in enumerate(pieces)
        if p in text[n * step + 1 :] and text.count(p) >= times and not set(p) & set("=-")
    ]
    found = RULES["repeated_phrases"](row, times=times, share=share, shortest=40)
    assert (found is not True) == (len(again) > share * 6)


def test_the_kept_look_is_never_anothers():
    rows = [*GOOD, *(row for _, row, _ in BAD)]
    alone = []
    for row in rows:
        look._last = None
        alone.append([rule(row) for rule in RULES.values()])
    assert [[rule(row) for row in rows] for rule in RULES.values()] == [
        list(v) for v in zip(*alone, strict=True)
    ]
