"""Licences as sources state them: which the hub knows, and which forbid what most readers want to do."""

from __future__ import annotations

import re
from collections.abc import Iterable

_CC = re.compile(r"cc-by((?:-nc)?(?:-sa|-nd)?)-(\d\.\d)")
_NAMED = {
    "mit": "mit",
    "mit-license": "mit",
    "apache-2.0": "apache-2.0",
    "apache-license-2.0": "apache-2.0",
    "cc0": "cc0-1.0",
    "cc0-1.0": "cc0-1.0",
    "odc-by": "odc-by",
    "odbl": "odbl",
    "gpl-3.0": "gpl-3.0",
    "bsd-3-clause": "bsd-3-clause",
    "bsd-2-clause": "bsd-2-clause",
    "unlicense": "unlicense",
}
_NON_COMMERCIAL = re.compile(
    r"\bnc\b|non-?\s?commercial|no commercial|commercial use (?:is )?(?:strictly )?(?:prohibited|forbidden)"
    r"|非商业|非商用|不得商用|禁止商用|不可商用",
    re.IGNORECASE,
)
_RESEARCH = re.compile(
    r"research[- ](?:purposes?[- ])?only|only (?:for )?[a-z ]{0,30}research|for [a-z -]{0,30}research purposes? only"
    r"|academic research|研究目的|仅限研究|仅供研究|科研用途|学术研究",
    re.IGNORECASE,
)
_SHARE_ALIKE = re.compile(r"\bsa\b|share-?\s?alike|相同方式共享", re.IGNORECASE)
_NO_CHANGES = re.compile(r"\bnd\b|no-?\s?deriv|禁止演绎", re.IGNORECASE)


def hub_id(licence: str) -> str:
    """The hub's identifier of a licence that is stated by name and nothing else; empty for any other text."""
    flat = "-".join(re.findall(r"[^\s-]+", licence.casefold()))
    found = _CC.fullmatch(flat)
    return f"cc-by{found[1]}-{found[2]}" if found else _NAMED.get(flat, "")


def restrictions(licence: str) -> list[str]:
    """What a licence's own words restrict: read by keywords, which is no legal advice."""
    found = []
    if _NON_COMMERCIAL.search(licence):
        found.append("non-commercial")
    if _RESEARCH.search(licence):
        found.append("research only")
    if _NO_CHANGES.search(licence):
        found.append("no derivatives")
    if _SHARE_ALIKE.search(licence):
        found.append("share alike")
    return found


def front_matter(licences: Iterable[str]) -> dict[str, str]:
    """`license` for a card's front matter; `other` with a name where no single identifier would be true."""
    stated = set(licences)
    if stated in (set(), {""}):
        return {"license": "unknown"}
    ids = {hub_id(licence) for licence in stated}
    if len(ids) == 1 and "" not in ids:
        return {"license": ids.pop()}
    if len(stated) == 1:
        return {"license": "other", "license_name": "as-stated-in-the-card", "license_link": "README.md"}
    return {"license": "other", "license_name": "mixed-see-the-card", "license_link": "README.md"}
