"""The model answers the human instruction: the same instruction, another source."""

from __future__ import annotations

from schemas.forms import form_of
from schemas.instance import Instance, Message, Source
from synth.strategies.base import Prompt


class Regenerate:
    """The gold answer of the row is what the model said: its errors are its own.

    An open item keeps the human item's distractors, except one that is the reply itself. Training never reads
    them; whoever wants to *evaluate* on synthetic rows needs distractors made for these responses.
    """

    name = "regenerate"

    def messages(self, prompt: Prompt) -> tuple[Message, ...]:
        return prompt.prompt

    def instance(self, prompt: Prompt, reply: str, source: Source) -> Instance:
        form, response = form_of(prompt.form), reply.strip()
        parsed = form.parse(response, prompt.choices)
        if parsed is None:
            raise ValueError(f"the reply gives no answer of the form {form.name}")
        human = prompt.distractors if isinstance(prompt, Instance) else ()
        return Instance(
            ability=prompt.ability,
            form=prompt.form,
            messages=(*prompt.prompt, Message(role="assistant", content=response)),
            choices=prompt.choices,
            answer=parsed if form.scoring == "exact" else "",
            distractors=tuple(d for d in human if d.text.strip() != response),
            origin="synthetic",
            source=source,
            parents=(prompt.id,),
        )
