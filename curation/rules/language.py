"""Rules about what a text is written in: scripts, languages, Latin letters among Chinese, kinds of Han characters."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache

from curation.rules.look import Look, Verdict, char_class, looked
from schemas.instance import Instance

SCRIPTS = (
    "cjk",
    "latin",
    "greek",
    "cyrillic",
    "hiragana",
    "katakana",
    "hangul",
    "arabic",
    "hebrew",
    "thai",
    "devanagari",
)
_USUAL_SCRIPTS = ("cjk", "latin", "greek")
# Scripts that one language all but owns, by its ISO 639 code, looked for in this order: Japanese has Han as well.
_OF_SCRIPT = (
    *(("ja", ("hiragana", "katakana"), 0.1), ("ko", ("hangul",), 0.3), ("zh", ("cjk",), 0.3)),
    *(
        ("ru", ("cyrillic",), 0.5),
        ("el", ("greek",), 0.5),
        ("ar", ("arabic",), 0.5),
        ("he", ("hebrew",), 0.5),
    ),
    *(("th", ("thai",), 0.5), ("hi", ("devanagari",), 0.5)),
)
# Small words that fill a language's sentences. What two of the languages share tells nothing and is left out.
_SMALL_WORDS = {
    "en": "the and of to is in that it for you with as are this was be have not from by they which what would how",
    "fr": "le les des du une est et dans pour qui que pas ce sur avec vous je il nous sont mais cette elle aux",
    "de": "der die das und ist nicht ein eine zu den von mit sich auf für dem sie ich auch werden wird oder im",
    "es": "el los las es un una por para su más como pero muy este está son también cuando hay donde",
    "it": "il gli della di che per non sono una nel alla anche più questo dei come delle loro essere degli",
    "pt": "os um uma não para em mais mas ao dos das você seu sua são também foi pelo pela quando isso",
    "nl": "het een van niet dat zijn voor op met aan maar ook wordt naar hij deze bij worden als nog zij om",
}
LANGUAGES = (*_SMALL_WORDS, *(code for code, _, _ in _OF_SCRIPT))
_COUNTED = Counter(word for words in _SMALL_WORDS.values() for word in words.split())
_LANGUAGE_OF = {
    word: code for code, words in _SMALL_WORDS.items() for word in words.split() if _COUNTED[word] == 1
}
_ENGLISH = (" the ", " of ", " and ", " to ", " is ", " you ")
_LATIN = re.compile("[A-Za-zªµºÀ-ÖØ-öø-ÿ]+")
_WORD = re.compile(r"[^\W\d_]+")


def script(instance: Instance, *, allowed: tuple[str, ...] = _USUAL_SCRIPTS, minimum: float = 0.5) -> Verdict:
    """The letters belong to scripts that are wanted; a text without letters passes.

    Args:
        allowed: any of cjk (Han), latin, greek, cyrillic, hiragana, katakana, hangul, arabic, hebrew, thai,
            devanagari.
        minimum: share of the letters that are of these scripts.
    """
    look = looked(instance)
    if look.plain and minimum <= 1 and (allowed == _USUAL_SCRIPTS or set(_USUAL_SCRIPTS) <= set(allowed)):
        return True  # a plain text has no other letters
    found = scripts_of(look.text)
    letters = sum(found.values())
    inside = sum(found[name] for name in set(allowed))
    if inside < minimum * letters:
        others = ", ".join(f"{count} {name}" for name, count in found.most_common() if name not in allowed)
        return False, f"{inside} of {letters} letters are {' or '.join(allowed)}; the others are {others}"
    return True


def language(instance: Instance, *, allowed: tuple[str, ...] = ("zh", "en"), shortest: int = 40) -> Verdict:
    """The text as a whole is in a language that is wanted; one that cannot be told passes.

    Told from the script where that is enough, and from small words such as `the`, `les` or `und` where more Latin
    letters than other characters stand (ours). It knows zh, en, fr, de, es, it, pt, nl, ja, ko, ru, el, ar, he, th
    and hi; text in another language of a known script passes for the one that is known.

    Args:
        allowed: ISO 639 codes.
        shortest: texts with fewer letters pass.
    """
    look = looked(instance)
    low = len(look.low)
    if look.plain:
        if 2 * low <= len(look.text):
            if "zh" in allowed:
                return True  # no script but Han has the upper hand
        elif low < shortest or ("en" in allowed and _english(look)):
            return True
    name, why = language_of(look, shortest)
    if name and name not in allowed:
        return False, f"the text reads as {name}, not as {' or '.join(allowed)}: {why}"
    return True


def latin(instance: Instance, *, maximum: float = 0.3) -> Verdict:
    """A Chinese text has few Latin letters. Off unless switched on.

    Latin letters are those of Latin-1; they are set against themselves and every character beyond Latin-1, which in
    Chinese text means Han and full-width marks (ours).

    Args:
        maximum: share of Latin letters.
    """
    look = looked(instance)
    letters = sum(map(len, _LATIN.findall(look.low)))
    others = len(look.text) - len(look.low)
    if letters > maximum * (letters + others):
        return (
            False,
            f"{letters} Latin letters against {others} characters of other kinds, more than {maximum:g}",
        )
    return True


def hanzi(
    instance: Instance, *, variant: str = "simplified", minimum: float = 0.8, strays: int = 2
) -> Verdict:
    """Of the characters that only simplified or only traditional Chinese uses, most are of the wanted kind.

    Off unless switched on. Simplified only is what GB 2312 has and Big5 has not, traditional only is the frequent
    part of Big5 that GB 2312 has not; what both have (and most text is of that) does not count (ours).

    Args:
        variant: simplified or traditional.
        minimum: share of the wanted kind among the characters that tell.
        strays: so many of the other kind are let through in any case: rare characters of names.
    """
    text = looked(instance).text
    kinds = ("simplified", "traditional") if variant == "simplified" else ("traditional", "simplified")
    wanted, other = _telling(kinds[0]), _telling(kinds[1])
    strangers = other.findall(text)
    if len(strangers) <= strays:
        return True
    same = len(wanted.findall(text))
    if same < minimum * (same + len(strangers)):
        shown = "".join(dict.fromkeys(strangers))[:10]
        return False, f"{len(strangers)} {kinds[1]} characters against {same} {kinds[0]} ones: {shown}"
    return True


def scripts_of(text: str) -> Counter[str]:
    """Script -> letters of it; `other` for scripts without a name here."""
    found = Counter[str]()
    for char, count in Counter(text).items():
        name = _script_of(char)
        if name:
            found[name] += count
    return found


def language_of(look: Look, shortest: int = 40) -> tuple[str, str]:
    """ISO 639 code of what most of the text is written in and what tells so; empty if nothing does."""
    low = len(look.low)
    if not look.plain or 2 * low <= len(look.text):
        found = scripts_of(look.text)
        letters = sum(found.values())
        if letters < shortest:
            return "", ""
        for code, names, least in _OF_SCRIPT:
            have = sum(found[name] for name in names)
            if have >= least * letters and have > found["latin"]:
                return code, f"{have} of {letters} letters are {' or '.join(names)}"
    if 2 * low <= len(look.text) or low < shortest:
        return "", ""
    if _english(look):
        return "en", "its small words are English"
    words = [word for word in _WORD.findall(look.text.lower()) if len(word) > 1]
    votes = Counter([_LANGUAGE_OF[word] for word in words if word in _LANGUAGE_OF])
    if sum(votes.values()) < 5:
        return "", ""
    (code, most), *rest = votes.most_common(2)
    if most < 5 or most < len(words) / 10 or (rest and most < 3 * rest[0][1]):
        return "", ""
    seen = dict.fromkeys(word for word in words if _LANGUAGE_OF.get(word) == code)
    if len(seen) < 3:
        return "", ""
    return code, f"{most} of {len(words)} words are like {', '.join(list(seen)[:5])}"


def _english(look: Look) -> bool:
    """Whether English small words stand there every 50 Latin-1 characters: enough, and quick to see."""
    return 50 * sum(map(look.low.count, _ENGLISH)) >= len(look.low)


@lru_cache(maxsize=65536)
def _script_of(char: str) -> str:
    """`cjk` for 汉, `latin` for é and Ａ; empty for what is no letter; `other` for scripts not in the list."""
    if "\u4e00" <= char <= "\u9fff":
        return "cjk"
    if not char.isalpha():
        return ""
    first, _, rest = unicodedata.name(char, "").partition(" ")
    name = (rest.partition(" ")[0] if first in ("FULLWIDTH", "HALFWIDTH") else first).lower()
    if name in ("micro", "feminine", "masculine"):  # Latin-1's µ, ª and º
        return "latin"
    return name if name in SCRIPTS else "other"


@lru_cache(maxsize=2)
def _telling(kind: str) -> re.Pattern[str]:
    """Matches one character that only `simplified` or only `traditional` Chinese uses."""
    points = []
    for point in range(0x4E00, 0x9FA6):
        big5 = chr(point).encode("big5", "ignore")
        simple = bool(chr(point).encode("gb2312", "ignore"))
        # Big5 keeps its 5,401 frequent characters at A440 to C67E, the rare ones above.
        if (simple and not big5) if kind == "simplified" else (not simple and b"\xa4" <= big5[:1] <= b"\xc6"):
            points.append(point)
    return re.compile(char_class(points))
