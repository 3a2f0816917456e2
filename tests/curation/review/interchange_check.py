"""The packages of Label Studio and Argilla look at a folder that `review export --layout` wrote.

    python interchange_check.py label-studio|argilla FOLDER

It runs in an environment of its own (`make interchange`), since their pins are not this project's, and so imports
nothing of this project. A failed assertion is the finding.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from unittest.mock import MagicMock


def label_studio(out: Path) -> None:
    from label_studio_sdk.label_interface import LabelInterface

    view = LabelInterface((out / "config.xml").read_text(encoding="utf-8"))
    view.validate()
    rows = json.loads((out / "tasks.json").read_bytes())
    for row in rows:
        assert view.validate_task({"data": row["data"]}), row
        for annotation in row.get("annotations", ()):
            assert view.validate_annotation(annotation), annotation
    # It would say so if something were wrong.
    wrong = next(row["annotations"][0] for row in rows if row.get("annotations"))
    wrong["result"][0]["value"]["choices"] = ["perhaps"]
    assert not view.validate_annotation(wrong)
    assert not view.validate_task({"data": {"prompt": "alone"}})


def argilla(out: Path) -> None:
    import argilla as rg

    rg.Argilla._get_default = classmethod(lambda _: MagicMock())  # a client would look for a server
    settings = rg.Settings.from_json(out / "settings.json")
    settings.validate()
    assert [question.name for question in settings.questions] == ["verdict", "criterion", "reason"]
    assert list(settings.questions["verdict"].labels) == ["approve", "reject"]
    assert settings.distribution.min_submitted == 2
    dataset = rg.Dataset(name="review", settings=settings)
    lines = (out / "records.jsonl").read_bytes().splitlines()
    assert lines
    for row in map(json.loads, lines):
        made = rg.Record.from_dict(row, dataset=dataset)
        assert made.to_dict()["fields"] == row["fields"]
        assert made.to_dict()["metadata"] == row["metadata"]
        responses = made.responses.api_models()
        assert len(responses) == len(row["responses"].get("verdict", ()))
        assert all(response.status == "submitted" for response in responses)


if __name__ == "__main__":
    {"label-studio": label_studio, "argilla": argilla}[sys.argv[1]](Path(sys.argv[2]))
    print("taken")
