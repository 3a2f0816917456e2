"""The rule about what looks like a person's own data."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from curation.rules.look import Verdict, looked, place
from schemas.instance import Instance

_PHONE = re.compile(
    r"(?<![\d.\-*/=^])(?<![+\-*/=^×÷<>] )(?:(?:\+|00)?86[- ]?)?(1[3-9]\d)([- ]?)(\d{4})\2(\d{4})(?!\d|[- ]\d|\.\d| ?[*/=^×÷+<>])"
)
# Segments that operators of the mainland have in use, by the numbering plan; 140 to 144 and 154 belong to things.
_SEGMENTS = frozenset(
    str(n)
    for n in (
        *range(130, 140),
        *(
            145,
            147,
            149,
            *range(150, 154),
            *range(155, 160),
            162,
            *range(165, 168),
            *range(170, 174),
            *range(175, 179),
        ),
        *range(180, 190),
        *(190, 191, 192, 193, 195, 196, 197, 198, 199),
    )
)
_ID = re.compile(
    r"(?<![\dA-Za-z.])([1-8]\d{5})((?:18|19|20)\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(\d{3})([\dXx])(?![\dA-Za-z])"
)
_PROVINCES = frozenset(
    (
        *range(11, 16),
        *range(21, 24),
        *range(31, 38),
        *range(41, 47),
        *range(50, 55),
        *range(61, 66),
        71,
        81,
        82,
        83,
    )
)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CARD = re.compile(r"(?<![\d.])(?:\d{4}([ -]?)\d{4}\1\d{4}\1\d{4}(?:\1\d{1,3})?)(?![\d.])")
_EMAIL = re.compile(
    r"(?<![\w.+-])([A-Za-z0-9][\w.+-]{0,63})@((?:[A-Za-z0-9-]{1,63}\.){1,4}[A-Za-z]{2,18})(?![\w@])", re.ASCII
)
_NOBODYS = re.compile(
    r"(?:^|\.)(?:example|test|invalid|localhost|domain|yourdomain|mydomain|company|yourcompany|email|mail|website|xyz|abc)"
    r"(?:\.(?:com|org|net|cn|edu|co))*$|\.(?:example|test|invalid|py|js|java)$",
    re.IGNORECASE,
)
_ANYBODY = re.compile(
    r"(?:example|test|user\d*|username|name|your|my|someone|xxx+|abc|123456)(?![a-z])|your", re.IGNORECASE
)
_WIDE = re.compile("[\uff01-\uff5e]+")
# Eleven digits are a telephone number, and nothing else that is looked for is shorter.
_LONG_NUMBER = re.compile(r"[0-9](?:[ -]?[0-9]){10}")


def pii(
    instance: Instance,
    *,
    phone: bool = True,
    id_card: bool = True,
    email: bool = True,
    bank_card: bool = True,
) -> Verdict:
    """Nothing looks like the data of a person: Chinese mobile numbers, ID cards, bank cards, e-mail addresses.

    Numbers made up for an example (13812345678, 6222000000000000) and addresses at example.com are nobody's.

    Args:
        phone: 11 digits that begin with a segment in use.
        id_card: 18 digits with a province, a birth date that can be one, and the right check digit.
        email: addresses of a plausible form.
        bank_card: 16 to 19 digits of a card network, with the right check digit (Luhn).
    """
    look = looked(instance)
    low = look.low
    if look.plain:
        numbers = _LONG_NUMBER.search(low) and _LONG_NUMBER.search(look.text)
        if not numbers and "@" not in low:
            return True
    for number, message in enumerate(instance.messages):
        text = message.content
        if not look.plain:
            text = _WIDE.sub(_narrow, text)
            if "@" not in text and not _LONG_NUMBER.search(text):
                continue
        found = _found(text, phone, id_card, email, bank_card)
        if found:
            kind, match = found
            where = place(instance, number, match.start())
            return False, f"{where}: looks like {kind}, {_masked(match.group())}"
    return True


def _found(
    text: str, phone: bool, id_card: bool, email: bool, bank_card: bool
) -> tuple[str, re.Match[str]] | None:
    for wanted, kind, pattern, valid in (
        (id_card, "the number of an ID card", _ID, _is_id),
        (bank_card, "the number of a bank card", _CARD, _is_card),
        (phone, "a mobile number", _PHONE, _is_phone),
        (email, "an e-mail address", _EMAIL, _is_address),
    ):
        if wanted:
            for match in pattern.finditer(text):
                if valid(match):
                    return kind, match
    return None


def _is_phone(match: re.Match[str]) -> bool:
    return match[1] in _SEGMENTS and not _made_up(match[3] + match[4])


def _is_id(match: re.Match[str]) -> bool:
    region, year, month, day, _, check = match.groups()
    try:
        born = date(int(year), int(month), int(day))
    except ValueError:
        return False
    if int(region[:2]) not in _PROVINCES or not date(1880, 1, 1) <= born <= date.today():
        return False
    total = sum(int(d) * w for d, w in zip(match.group()[:17], _WEIGHTS, strict=True))
    return "10X98765432"[total % 11] == check.upper()


def _is_card(match: re.Match[str]) -> bool:
    digits = re.sub(r"\D", "", match.group())
    network = digits.startswith(("62", "4", "51", "52", "53", "54", "55", "2221"))
    if not network or (digits[0] != "6" and len(digits) != 16) or _made_up(digits[6:]):
        return False
    total = 0
    for place_, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + place_ % 2)
        total += doubled - 9 * (doubled > 9)
    return total % 10 == 0


def _is_address(match: re.Match[str]) -> bool:
    return not (_ANYBODY.match(match[1]) or _NOBODYS.search(match[2]))


def _made_up(digits: str) -> bool:
    """Whether digits run on by one or are nearly all the same: 12345678, 00000000, 88880000."""
    return (
        len(set(digits)) <= 2 or digits[:8] in "012345678901234567890" or digits[:8] in "98765432109876543210"
    )


def _masked(text: str) -> str:
    """The first characters, so that a reader can find it and the decision file does not spread it."""
    shown = text[:3] if text[0].isdigit() or text[0] == "+" else text[:2]
    return repr(shown + "*" * min(12, len(text) - len(shown)))


def _narrow(wide: re.Match[str]) -> str:
    """Full-width digits, letters and marks in half width, one character for each."""
    return unicodedata.normalize("NFKC", wide.group())
