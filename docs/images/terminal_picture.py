"""A screen of the terminal as a PNG: python docs/images/terminal_picture.py SNAPSHOT.svg OUT.png

Textual's SVG gives every run of text the width of as many half-width characters as it has; here each character is put
where a terminal puts it, so that Chinese keeps its two cells. Needs chromium and Noto's CJK fonts.
"""

from __future__ import annotations

import html
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.cells import cell_len

FONTS = "'DejaVu Sans Mono', 'Noto Sans Mono CJK SC', monospace"
_TEXT = re.compile(r'(<text [^>]*?)x="([\d.]+)"([^>]*)>([^<]*)</text>')
_CELL = re.compile(r'<rect [^>]*width="([\d.]+)"')


def in_cells(svg: str) -> str:
    """The SVG with a place for every character."""

    def placed(match: re.Match[str]) -> str:
        before, x, after, text = match.groups()
        width = re.search(r'textLength="([\d.]+)"', after)
        plain = html.unescape(text)
        if width is None or not plain:
            return match[0]
        cell = float(width[1]) / len(plain)
        places, at = [], float(x)
        for char in plain:
            places.append(f"{at:.1f}")
            at += cell * cell_len(char)
        after = re.sub(r' textLength="[\d.]+"', "", after)
        return f'{before}x="{" ".join(places)}"{after}>{text}</text>'

    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    return (
        _TEXT.sub(placed, svg)
        .replace("Fira Code,", f"{FONTS},")
        .replace("font-family: Fira Code", f"font-family: {FONTS}")
    )


def picture(source: Path, out: Path) -> None:
    svg = in_cells(source.read_text(encoding="utf-8"))
    found = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    if found is None:
        raise SystemExit(f"{source}: no viewBox")
    size = ",".join(str(round(float(n)) + 1) for n in found.groups())
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(f'<body style="margin:0">{svg}', encoding="utf-8")
        words = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--window-size={size}",
                 f"--screenshot={out.resolve()}", page.as_uri()]  # fmt: skip
        subprocess.run(words, check=True, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    picture(Path(sys.argv[1]), Path(sys.argv[2]))
