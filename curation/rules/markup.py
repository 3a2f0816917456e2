"""Rules about LaTeX and code fences that do not close."""

from __future__ import annotations

import re

from curation.rules.look import Verdict, looked, place, quote
from schemas.instance import Instance

_FENCED = re.compile(r"^[ \t]*(`{3,}|~{3,}).*?(?:^[ \t]*\1[`~]*[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`[^`\n]+`")
_FENCE = re.compile(r"^[ \t]*(?:[-*>]|\d+\.)?[ \t]*(`{3,}|~{3,})(.*)$", re.MULTILINE)
# Commands that only LaTeX has, so that Windows paths and `\n` in code are not taken for it.
_COMMAND = re.compile(
    r"\\(?:[dt]?frac|sqrt|left|right|begin|end|times|cdot|div|pm|mp|leq?|geq?|neq?|approx|equiv|sim|infty|sum|prod|int"
    r"|lim|sin|cos|tan|cot|log|ln|lg|alpha|beta|gamma|delta|epsilon|varepsilon|theta|lambda|mu|pi|rho|sigma|tau|phi|varphi"
    r"|omega|Delta|Omega|angle|triangle|circ|bar|overline|vec|overrightarrow|hat|text|mathrm|mathbf|mathbb|mathcal|operatorname"
    r"|in|notin|subset|subseteq|cup|cap|emptyset|varnothing|forall|exists|because|therefore|Rightarrow|rightarrow|to|perp"
    r"|parallel|ldots|cdots|dots|boxed|quad|qquad|binom|cases|array|matrix|mid)(?![A-Za-z])"
)
_ESCAPED = re.compile(r"\\(?:\\(?:\[[^\]\n]{0,8}(?:pt|em|ex|cm|mm)\])?|[{}$])")
_MONEY = re.compile(r"\$ ?\d[\d,]*(?:\.\d+)?(?=[\s,.;:!?)\]\"'，。；、）/]|$|[\u3000-\uffff]|-?[A-Za-z]{2})")
_ENVIRONMENT = re.compile(r"\\(begin|end)\s*\{([A-Za-z]+\*?)\}")
_LEFT = re.compile(r"\\(left|right)(?![A-Za-z])")
_DISPLAY = re.compile(r"\\([()\[\]])")


def latex(instance: Instance) -> Verdict:
    """LaTeX closes what it opens: dollar signs, `\\(`, `\\[`, `\\begin`, `\\left` and braces.

    Only messages that hold a LaTeX command are looked at, code in back quotes or fences is passed over, and an amount of
    money is no mathematics.
    """
    low = looked(instance).low
    if "\\" not in low or instance.form == "code":
        return True
    for number, message in enumerate(instance.messages):
        if "\\" in message.content and _COMMAND.search(message.content):
            found = _unclosed(message.content)
            if found:
                what, position = found
                return (
                    False,
                    f"{place(instance, number, position)}: {what}, {quote(message.content, position)}",
                )
    return True


def fences(instance: Instance) -> Verdict:
    """Every code fence, of three or more back quotes or tildes at the beginning of a line, is closed."""
    low = looked(instance).low
    if ("`" not in low or "```" not in low) and ("~" not in low or "~~~" not in low):
        return True
    for number, message in enumerate(instance.messages):
        opened: re.Match[str] | None = None
        for found in _FENCE.finditer(message.content):
            marks, rest = found.groups()
            if opened is None:
                if not (marks[0] == "`" and "`" in rest):  # ```x``` on one line is no fence
                    opened = found
            elif marks[0] == opened[1][0] and len(marks) >= len(opened[1]) and not rest.strip():
                opened = None
        if opened is not None:
            where = place(instance, number, opened.start(1))
            return False, f"{where}: a code fence is not closed, {quote(message.content, opened.start(1))}"
    return True


def _unclosed(text: str) -> tuple[str, int] | None:
    """What LaTeX opens and does not close, or the reverse, and where; None if all is well."""
    blank = lambda found: " " * len(found.group())  # noqa: E731
    flat = _ESCAPED.sub(blank, _INLINE.sub(blank, _FENCED.sub(blank, text)))
    return _environments(flat) or _pairs(flat) or _dollars(flat) or _braces(flat)


def _environments(text: str) -> tuple[str, int] | None:
    open_: list[tuple[str, int]] = []
    for found in _ENVIRONMENT.finditer(text):
        if found[1] == "begin":
            open_.append((found[2], found.start()))
        elif not open_ or open_.pop()[0] != found[2]:
            return f"\\end{{{found[2]}}} without its \\begin", found.start()
    if open_:
        name, position = open_[-1]
        return f"\\begin{{{name}}} is never ended", position
    return None


def _pairs(text: str) -> tuple[str, int] | None:
    for pattern, opening, closing in ((_LEFT, "left", "right"), (_DISPLAY, "(", ")"), (_DISPLAY, "[", "]")):
        open_: list[int] = []
        for found in pattern.finditer(text):
            if found[1] == opening:
                open_.append(found.start())
            elif found[1] == closing:
                if not open_:
                    return f"\\{closing} without its \\{opening}", found.start()
                open_.pop()
        if open_:
            return f"\\{opening} without its \\{closing}", open_[-1]
    return None


def _dollars(text: str) -> tuple[str, int] | None:
    if text.count("$") % 2 == 0:
        return None
    if _MONEY.search(text):
        return None  # which of the signs are money cannot be told
    positions = [found.start() for found in re.finditer(r"\$", text)]
    return "an odd number of $ signs", positions[-1]


def _braces(text: str) -> tuple[str, int] | None:
    open_: list[int] = []
    for found in re.finditer(r"[{}]", text):
        if found.group() == "{":
            open_.append(found.start())
        elif not open_:
            return "} without its {", found.start()
        else:
            open_.pop()
    return ("{ without its }", open_[-1]) if open_ else None
