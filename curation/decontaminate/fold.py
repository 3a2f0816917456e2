"""Texts folded for comparison: what a copy through another PDF, another LaTeX or another script changes is left out.

Folding is ours. It goes further than `curation.canonical`: NFKC, lower case, simplified characters; LaTeX commands as
the signs they draw, or nothing where they only dress; option letters, punctuation, brackets and spaces out. What is
left are letters, digits, Chinese characters and the signs in `KEPT`, without which formulas of the same length say the
same. Two different short texts may fold alike (`1.5` and `15`), which is why equality of short ones also looks at
`figures`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation.canonical import nfkc

KEPT = "+-=<>≤≥≠∈∉⊆∩∪∞√∠△⊥∥%∧∨¬∀∃"
_END = "\0"  # no instance holds one
_SAME = {
    "−": "-",
    "⩽": "≤",
    "≦": "≤",
    "⩾": "≥",
    "≧": "≥",
    "⊂": "⊆",
    "∁": "c",
    "∆": "△",
    "⟂": "⊥",
    "∣": "",
    # A scan reads these Greek letters as the Latin ones that look like them.
    "α": "a",
    "Α": "a",
    "β": "b",
    "Β": "b",
    "ν": "v",
    "ω": "w",
    "ρ": "p",
}
_SIGNS = {
    **dict.fromkeys(("le", "leq", "leqslant", "leqq"), "≤"),
    **dict.fromkeys(("ge", "geq", "geqslant", "geqq"), "≥"),
    **dict.fromkeys(("ne", "neq"), "≠"),
    **dict.fromkeys(("subset", "subseteq", "subseteqq", "subsetneqq"), "⊆"),
    **dict.fromkeys(("lt",), "<"),
    **dict.fromkeys(("gt",), ">"),
    **dict.fromkeys(("triangle", "vartriangle", "bigtriangleup"), "△"),
    "in": "∈",
    "wedge": "∧",
    "land": "∧",
    "vee": "∨",
    "lor": "∨",
    "neg": "¬",
    "lnot": "¬",
    "forall": "∀",
    "exists": "∃",
    "notin": "∉",
    "cap": "∩",
    "cup": "∪",
    "infty": "∞",
    "sqrt": "√",
    "angle": "∠",
    "perp": "⊥",
    "parallel": "∥",
    "times": "×",
    "div": "÷",
    "complement": "c",
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "Gamma": "γ",
    "delta": "δ",
    "Delta": "δ",
    "epsilon": "ε",
    "varepsilon": "ε",
    "theta": "θ",
    "vartheta": "θ",
    "Theta": "θ",
    "lambda": "λ",
    "Lambda": "λ",
    "mu": "μ",
    "pi": "π",
    "Pi": "π",
    "rho": "ρ",
    "varrho": "ρ",
    "sigma": "σ",
    "Sigma": "σ",
    "tau": "τ",
    "phi": "φ",
    "varphi": "φ",
    "Phi": "φ",
    "xi": "ξ",
    "eta": "η",
    "zeta": "ζ",
    "psi": "ψ",
    "omega": "ω",
    "Omega": "ω",
}
# Commands that set type, space or shape, and marks that the other edition writes as another mark or leaves out.
# fmt: off
_DRESS = frozenset((
    "left", "right", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "quad", "qquad", "mathrm",
    "mathbf", "mathbb", "mathcal", "mathit", "mathsf", "boldsymbol", "bm", "rm", "bf", "it", "text",
    "textbf", "textit", "textrm", "mbox", "hbox", "operatorname", "displaystyle", "textstyle",
    "limits", "nolimits", "hline", "underline", "overline", "bar", "vec", "hat", "widehat", "tilde",
    "overrightarrow", "overset", "underset", "stackrel", "frac", "dfrac", "tfrac", "cfrac", "cdot",
    "cdots", "ldots", "dots", "dotsb", "dotsc", "circ", "prime", "mid", "nmid", "vert", "lvert",
    "rvert", "vline", "to", "rightarrow", "longrightarrow", "leftarrow", "Rightarrow",
    "rightleftharpoons", "textcircled", "therefore", "because", "lbrace", "rbrace", "langle",
    "rangle", "bullet", "ast",
))
# fmt: on
_ARRAY = re.compile(r"\\(?:begin|end)\s*\{[A-Za-z]+\*?\}(?:\s*\{[lcr|\s]*\})?")
_COMMAND = re.compile(r"\\([A-Za-z]+)")
_TAG = re.compile(r"</?(?:br|p|div|span|sub|sup|b|i|u|em|strong)\b[^<>\0]*>")
_LETTER = re.compile(r"(?<![A-Za-z0-9])\(?[A-J][).、:]")
_POINTS = re.compile(r"\(\$?\s*\d+\s*\$?\s*分\s*\$?\s*\)")
_FIGURE = re.compile(r"\d+(?:\.\d+)?|[-+*×÷]")


def flatten(text: str) -> str:
    """The text before its marks are left out: NFKC, LaTeX as signs, markup and option letters out."""
    if not text.isascii():
        text = nfkc(text)
    if "&" in text:
        text = html.unescape(text)
    if "<" in text:
        text = _TAG.sub("", text)
    if "\\" in text:
        text = _COMMAND.sub(_command, _ARRAY.sub("", text))
    if "分" in text:
        text = _POINTS.sub("", text)
    return _LETTER.sub("", text)


def _command(found: re.Match[str]) -> str:
    name = found[1]
    if name in _DRESS:
        return ""
    if name in _SIGNS:
        return _SIGNS[name]
    # `\cdotx` of a text that lost its gaps: the longest known command that it begins with.
    for end in range(len(name) - 1, 3, -1):
        if name[:end] in _DRESS or name[:end] in _SIGNS:
            return _SIGNS.get(name[:end], "") + name[end:]
    return name


def figures(text: str) -> list[str]:
    """The numbers and operators of a text in their order, which folding may run together."""
    return _FIGURE.findall(flatten(text))


@dataclass(frozen=True)
class Folded:
    """Folded texts, one after the other.

    Args:
        codes: code points of all of them, uint32.
        bounds: where each begins, and at last where the last one ends; one more than there are texts.
    """

    codes: NDArray[np.uint32]
    bounds: NDArray[np.int64]

    def text(self, start: int, end: int) -> str:
        return self.codes[start:end].tobytes().decode("utf-32-le")


def fold(texts: Sequence[str]) -> Folded:
    """Fold many texts at once: the work is done on one array."""
    if not texts:
        return Folded(np.empty(0, np.uint32), np.zeros(1, np.int64))
    whole = flatten(_END.join([*texts, ""]))
    raw = np.frombuffer(whole.encode("utf-32-le", "surrogatepass"), np.uint32)
    ends = np.flatnonzero(raw == 0)
    codes = folding_table()[raw]
    kept = codes != 0
    count = np.concatenate(([0], np.cumsum(kept)))
    bounds = np.concatenate(([0], count[ends])).astype(np.int64)
    return Folded(codes[kept], bounds)


def folded(text: str) -> str:
    """One text, folded."""
    one = fold([text])
    return one.text(0, len(one.codes))


@lru_cache(maxsize=1)
def folding_table() -> NDArray[np.uint32]:
    """Code point -> what it folds to, 0 for nothing; shape (0x110000,)."""
    table = np.zeros(0x110000, np.uint32)
    simple = _simplified()
    for code in range(0x32400):  # there are no letters above the last extension of the Chinese characters
        char = chr(code)
        if char in KEPT:
            table[code] = code
        elif char.isalnum():
            lower = char.lower()
            table[code] = ord(simple.get(lower, lower)[0])
    for char, same in _SAME.items():
        table[ord(char)] = ord(same) if same else 0
    table.flags.writeable = False
    return table


def _simplified() -> dict[str, str]:
    """Traditional character -> simplified one, character by character, from OpenCC's tables."""
    import opencc  # loads its dictionaries

    chars = [chr(c) for first, last in ((0x3400, 0x9FFF), (0xF900, 0xFAFF)) for c in range(first, last + 1)]
    converter: Any = opencc.OpenCC("t2s")
    # A line each: OpenCC would otherwise read neighbours as words.
    found = converter.convert("\n".join(chars)).split("\n")
    return {a: b for a, b in zip(chars, found, strict=True) if a != b and len(b) == 1}
