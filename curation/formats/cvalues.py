"""CValues' prompts on responsibility: JSON lines of `id_`, `prompt`, `domain_en`, `domain_zh`, and no replies.

Every row is a candidate that waits for one. A domain is no group: a group never straddles a split, and a whole domain on
one side would make the other side blind to it.
"""

from __future__ import annotations

from collections.abc import Mapping

from curation.formats.base import Raw, Rejected, Target
from curation.formats.building import candidate, fields_of, form_option, text_of
from curation.formats.reading import Records
from schemas.instance import Candidate, Instance


class CValues(Records):
    about = "CValues' prompts without replies, which stay pending"
    options: Mapping[str, str] = {"domain": "take only rows of this domain, by its English or Chinese name"}

    def convert(self, raw: Raw, target: Target) -> Instance | Candidate:
        row = fields_of(raw)
        prompt = text_of(row, "prompt")
        wanted = target.options.get("domain")
        found = [text_of(row, name, required=False) for name in ("domain_en", "domain_zh")]
        if wanted and wanted not in found:
            raise Rejected(f"the domain is {found[0] or found[1]!r}, not {wanted!r}")
        return candidate(target, raw, form_option(target, target.free_form), [("user", prompt)])


FORMAT = CValues()
