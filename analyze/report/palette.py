"""Every colour of the report, once: the style sheet, the figures and the dark page all read it here.

Figures are built in light colours; on a dark page the script swaps each for its dark twin, so the light values
must differ from one another.
"""

from __future__ import annotations

LIGHT = {
    "page": "#fdfdfc",
    "panel": "#ffffff",
    "ink": "#1c2024",
    "soft": "#5a636d",
    "rule": "#dfe2e6",
    "grid": "#eceef1",
    "wash": "#f5f6f7",
    "human": "#1f5fa8",
    "human-band": "rgba(31,95,168,0.13)",
    "synthetic": "#bf5312",
    "synthetic-band": "rgba(191,83,18,0.13)",
    "neutral": "#9aa3ad",
    "chance": "#7a838d",
    "mark": "#2b3036",
    "low": "#7b3f98",
    "low-half": "#c6a9d3",
    "zero": "#efefed",
    "high-half": "#a3d0ad",
    "high": "#1b7a3d",
    "responsive": "#1a6b3a",
    "adverse": "#a3262a",
    "resistant": "#3f4852",
    "undetermined": "#7d5a00",
}

DARK = {
    "page": "#15181b",
    "panel": "#1b1f23",
    "ink": "#e6e8ea",
    "soft": "#a3acb5",
    "rule": "#343a40",
    "grid": "#2a2f34",
    "wash": "#20252a",
    "human": "#79b0ee",
    "human-band": "rgba(121,176,238,0.16)",
    "synthetic": "#f09a5f",
    "synthetic-band": "rgba(240,154,95,0.16)",
    "neutral": "#6b747d",
    "chance": "#929ba4",
    "mark": "#d3d7db",
    "low": "#b57fd0",
    "low-half": "#684a78",
    "zero": "#2b3035",
    "high-half": "#38694a",
    "high": "#58bd7d",
    "responsive": "#6fd198",
    "adverse": "#f28b8b",
    "resistant": "#c3cad1",
    "undetermined": "#e0b95a",
}

DIVERGING = [
    [0.0, LIGHT["low"]],
    [0.25, LIGHT["low-half"]],
    [0.5, LIGHT["zero"]],
    [0.75, LIGHT["high-half"]],
    [1.0, LIGHT["high"]],
]


def variables(palette: dict[str, str]) -> str:
    """The palette as CSS custom properties."""
    return " ".join(f"--{name}: {value};" for name, value in palette.items())


def dark_of_light() -> dict[str, str]:
    """Light colour -> its dark twin, for the script."""
    return {LIGHT[name]: DARK[name] for name in LIGHT}
