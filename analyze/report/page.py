"""The page: template, style, scripts, and a policy that lets none but these scripts run."""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from analyze.report import panels, sections, summary
from analyze.report.palette import DARK, LIGHT, dark_of_light, variables
from analyze.report.transference import transference
from analyze.report.view import Gallery
from schemas.results import Report

HERE = Path(__file__).parent


def render_page(report: Report) -> str:
    """The report as one HTML document, without a single address outside of it."""
    gallery = Gallery()
    context = {
        "report": report,
        "findings": summary.findings(report),
        "verdicts": summary.verdict_table(report),
        "mix": summary.mix(report, gallery),
        "growth": panels.growth(report, gallery, "score"),
        "difference": sections.difference(report, gallery),
        "complexity": sections.complexity(report, gallery),
        "transference": transference(report, gallery),
        "forecast": sections.forecast(report, gallery),
        "twin": panels.growth(report, gallery, "bits"),
        "open": sections.open_questions(report),
        "origins": sections.origins(report),
    }
    scripts = [plotly_script(), _read("report.js")]
    policy = (
        "default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
        f"script-src {' '.join(script_hash(s) for s in scripts)}"
    )
    return (
        _environment()
        .get_template("template.html.j2")
        .render(
            **context,
            policy=Markup(policy),
            scripts=[Markup(s) for s in scripts],
            style=Markup(_read("style.css")),
            light=Markup(variables(LIGHT)),
            dark=Markup(variables(DARK)),
            figures_json=embedded_json(gallery.specifications()),
            palette_json=embedded_json({"dark": dark_of_light(), "paper": LIGHT["panel"]}),
        )
    )


def embedded_json(value: Any) -> Markup:
    """JSON that can stand inside a script element: nothing in it can end the element or open a comment."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)


def script_hash(script: str) -> str:
    """The source expression of a content security policy that allows exactly this script."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode('utf-8')).digest()).decode()}'"


@cache
def plotly_script() -> str:
    """plotly.js as the Python package ships it. Browsers hash a script after they normalize its line ends."""
    from plotly.offline import get_plotlyjs

    return str(get_plotlyjs()).replace("\r\n", "\n").replace("</script", "<\\/script")


def _read(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
