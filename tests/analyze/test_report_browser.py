"""The report in a real browser: the plots are drawn, nothing complains, the page never scrolls sideways."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from analyze.report import render
from analyze.report.page import script_hash
from analyze.report.palette import DARK, LIGHT
from schemas.results import Report
from tests.analyze.report_page import hostile_report
from tests.analyze.report_sample import sample_report

CHROMIUM = next(
    (p for n in ("chromium", "chromium-browser", "google-chrome") if (p := shutil.which(n))), None
)
WIDTHS = (1280, 390)

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here"),
    pytest.mark.slow,
]

# The probes live in the test's copy only, and their hashes join the copy's policy: the rest of it stays in force.
WATCH = """
window.troubles = [];
addEventListener("error", (e) => troubles.push(String(e.message)));
addEventListener("securitypolicyviolation", (e) => troubles.push(e.violatedDirective + " " + e.blockedURI));
window.alert = () => troubles.push("alert");
"""
TELL = """
addEventListener("load", () => setTimeout(() => parent.postMessage({
  asked: Number(location.hash.slice(1)),
  inner: document.documentElement.clientWidth,
  scroll: document.documentElement.scrollWidth,
  places: document.querySelectorAll(".plot").length,
  drawn: document.querySelectorAll(".plot svg.main-svg:first-of-type").length,
  wide: Array.from(document.querySelectorAll(".plot")).filter(
    (p) => p.querySelector("svg.main-svg").getBoundingClientRect().width > p.clientWidth + 1).map((p) => p.id),
  over: Array.from(document.querySelectorAll("body *")).filter(
    (e) => !e.closest(".scroll, svg") && e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
    .map((e) => e.tagName + "." + e.className).slice(0, 9),
  cut: Array.from(document.querySelectorAll("table.verdicts")).map(
    (t) => t.parentElement.scrollWidth - t.parentElement.clientWidth),
  ground: getComputedStyle(document.body).backgroundColor,
  line: document.querySelector(".plot path.point")?.style.fill,
  troubles: troubles,
}, "*"), 1500));
"""
HARNESS = """<!DOCTYPE html><title>harness</title>
%s
<script>
const told = [];
addEventListener("message", (e) => { told.push(e.data); document.body.dataset.told = JSON.stringify(told); });
</script>"""


def look(report: Report, folder: Path, *flags: str) -> list[dict]:
    """Open the report in a frame of each width; returns what each frame tells."""
    page = render(report).replace('<details class="fold">', '<details class="fold" open>')
    hashes = f"{script_hash(WATCH)} {script_hash(TELL)}"
    page = page.replace("script-src ", f"script-src {hashes} ", 1)
    page = page.replace("<title>", f"<script>{WATCH}</script><title>", 1)
    page = page.replace("</body>", f"<script>{TELL}</script></body>")
    (folder / "page.html").write_text(page, encoding="utf-8")
    frames = [
        f'<iframe src="page.html#{w}" style="width:{w}px;height:900px;border:0"></iframe>' for w in WIDTHS
    ]
    harness = folder / "harness.html"
    harness.write_text(HARNESS % "\n".join(frames), encoding="utf-8")
    quiet = (
        "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
        "--disable-component-update --disable-sync --virtual-time-budget=20000 --window-size=1400,2000 --dump-dom"
    )
    command = [
        str(CHROMIUM),
        *quiet.split(),
        f"--user-data-dir={folder / 'profile'}",
        *flags,
        harness.as_uri(),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    found = re.search(r'data-told="([^"]*)"', done.stdout)
    assert found, done.stderr[-2000:]
    return sorted(
        json.loads(found.group(1).replace("&quot;", '"').replace("&amp;", "&")), key=lambda t: t["asked"]
    )


@pytest.mark.parametrize("kind", ["full", "hostile", "least"])
def test_it_is_drawn_and_fits(kind: str, tmp_path: Path) -> None:
    """The hostile report stands on a dark page, so that both palettes are seen without a fourth browser."""
    report = {
        "full": sample_report,
        "hostile": hostile_report,
        "least": lambda: Report(name="x" * 300, abilities=("math",), omitted=("y" * 300,)),
    }[kind]()
    dark = kind == "hostile"
    palette = DARK if dark else LIGHT
    told = look(report, tmp_path, *(["--blink-settings=preferredColorScheme=0"] if dark else []))
    assert [t["asked"] for t in told] == sorted(WIDTHS)
    for frame in told:
        assert frame["troubles"] == []
        assert frame["drawn"] == frame["places"]
        assert frame["wide"] == []
        assert frame["over"] == []
        if kind == "full" and frame["asked"] == max(WIDTHS):
            assert frame["cut"] == [0]
        assert frame["scroll"] <= frame["inner"] <= frame["asked"]
        assert frame["ground"] == rgb(palette["page"])
        assert (frame["places"] > 25) == (kind != "least")
        assert frame.get("line") == (None if kind == "least" else rgb(palette["human"]))


def rgb(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgb({red}, {green}, {blue})"
