"""Label Studio's JSON import and the labelling interface that goes with it.

Source of the layout: Label Studio's documentation of its JSON format of pre-annotated and annotated tasks; checked
against `label-studio-sdk` 2.1.2.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from curation.counts import Counts
from curation.review.interchange.criteria import CRITERIA, divided
from curation.review.interchange.shown import APPROVE, REJECT, Shown, Tally, Vote
from curation.review.process import Process
from schemas.ability import doit_abilities
from schemas.canonical import canonical_json
from schemas.jsonl import LineWriter, as_line, write_atomic

TASKS, CONFIG = "tasks.json", "config.xml"
WRITES = (TASKS, CONFIG)

_CRITERIA = "\n".join(f'    <Choice value="{criterion}"/>' for criterion in CRITERIA)
_IF_REJECTED = f'visibleWhen="choice-selected" whenTagName="verdict" whenChoiceValue="{REJECT}"'
# `valueType="text"`: a text that looks like an address is shown, not fetched.
CONFIG_XML = f"""\
<View>
  <Header name="ability_head" value="$ability"/>
  <Text name="guidelines" value="$guidelines" valueType="text" selectionEnabled="false"/>
  <Header name="prompt_head" value="Instruction"/>
  <Text name="prompt" value="$prompt" valueType="text" selectionEnabled="false"/>
  <Header name="options_head" value="Options, gold answer"/>
  <Text name="options" value="$options" valueType="text" selectionEnabled="false"/>
  <Text name="answer" value="$answer" valueType="text" selectionEnabled="false"/>
  <Header name="response_head" value="Gold response"/>
  <Text name="response" value="$response" valueType="text" selectionEnabled="false"/>
  <Header name="distractors_head" value="Distractors"/>
  <Text name="distractors" value="$distractors" valueType="text" selectionEnabled="false"/>
  <Choices name="verdict" toName="prompt" choice="single-radio" required="true" showInline="true">
    <Choice value="{APPROVE}" hotkey="a"/>
    <Choice value="{REJECT}" hotkey="r"/>
  </Choices>
  <Choices name="criterion" toName="prompt" choice="multiple" showInline="true" {_IF_REJECTED}>
{_CRITERIA}
  </Choices>
  <TextArea name="reason" toName="prompt" maxSubmissions="1" editable="true" rows="2" {_IF_REJECTED}/>
</View>
"""


def write(items: Iterable[Shown], process: Process, out: Path) -> Counts:
    """One array, a task a line, and the interface beside it."""
    tally = Tally()
    with LineWriter(out / TASKS) as file:
        before = b"[\n"
        for shown in items:
            tally.add(shown)
            file.write(before + canonical_json(task(shown)).encode())
            before = b",\n"
        file.write(b"\n]\n" if before == b",\n" else b"[]\n")
    write_atomic(out / CONFIG, CONFIG_XML)
    return tally.counts(str(out))


def task(shown: Shown) -> dict[str, Any]:
    """One task. `data.instance` is the whole row as a canonical line, so that nothing of it is lost on the way."""
    content = shown.content
    known = doit_abilities().get(content.ability)
    data = {
        "id": content.id,
        "item": shown.number,
        "ability": content.ability,
        "form": content.form,
        "state": shown.state,
        "guidelines": known.guidelines if known else "",
        "instance": as_line(content),
        **shown.texts(),
    }
    row: dict[str, Any] = {"data": data}
    if shown.votes:
        row["annotations"] = [_annotation(shown, number, vote) for number, vote in enumerate(shown.votes, 1)]
    return row


def _annotation(shown: Shown, number: int, vote: Vote) -> dict[str, Any]:
    """Who judged stands in the region's `meta`: an import knows nobody but Label Studio's own users."""
    start = f"{shown.number}-{number}"
    where = {"to_name": "prompt", "origin": "manual", "meta": {"text": [vote.actor, vote.stage]}}
    criteria, rest = divided(vote.reason)
    said = [("verdict", "choices", {"choices": [vote.verdict]})]
    if criteria:
        said.append(("criterion", "choices", {"choices": criteria}))
    if rest:
        said.append(("reason", "textarea", {"text": [rest]}))
    result = [
        {"id": f"{start}-{name}", "from_name": name, "type": kind, "value": value, **where}
        for name, kind, value in said
    ]
    at = datetime.fromtimestamp(vote.at / 1_000_000, UTC).isoformat()
    return {"result": result, "lead_time": vote.seconds, "created_at": at, "ground_truth": False}
