"""Answer forms: what each means, one small file a form (validate, render, reply, parse, compare, chance)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from schemas.forms.base import Form
from schemas.forms.choice import Choice
from schemas.forms.cloze import Cloze
from schemas.forms.code import Code
from schemas.forms.open import Open
from schemas.forms.several_choice import SeveralChoice
from schemas.forms.true_false import TrueFalse
from schemas.forms.worked_answer import WorkedAnswer

FORMS: Mapping[str, Form] = MappingProxyType(
    {f.name: f for f in (Choice(), SeveralChoice(), TrueFalse(), Cloze(), WorkedAnswer(), Open(), Code())}
)


def form_of(name: str) -> Form:
    """The form called `name`; KeyError for a name outside `schemas.instance.FormName`."""
    return FORMS[name]
