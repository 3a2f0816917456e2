"""Conversations in another model's chat template: rendered by the template, cut into prompt and response.

Cuts are made in the rendered text, so each piece is tokenized by itself where a merge would cross a cut: what the
model is asked at inference is then exactly what it was trained on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from schemas.errors import BadModel
from schemas.instance import Message

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_HEADER_PROBE = (Message(role="user", content="?"),)


def foreign_prompt(
    tokenizer: PreTrainedTokenizerBase, messages: Sequence[Message], add_generation_prompt: bool
) -> list[int]:
    """Ids of the rendered conversation."""
    render = _Renderer(tokenizer, messages)
    return render.ids(render(messages, add_generation_prompt))


def foreign_pair(
    tokenizer: PreTrainedTokenizerBase, prompt: Sequence[Message], response: str
) -> tuple[list[int], list[int]]:
    """Prompt ids with the header, response ids up to and with the end token."""
    messages = [*prompt, Message(role="assistant", content=response)]
    render = _Renderer(tokenizer, messages)
    head = render(prompt, True)
    turn = _turn_text(render, head, render(messages, False))
    return render.cut(head, turn)


def foreign_spans(
    tokenizer: PreTrainedTokenizerBase, messages: Sequence[Message]
) -> tuple[list[int], list[bool]]:
    """Ids and the mask of the assistant's turns, header excluded, end token included."""
    render = _Renderer(tokenizer, messages)
    whole, at = render(messages, False), 0
    ids: list[int] = []
    mask: list[bool] = []
    for i, message in enumerate(messages):
        if message.role != "assistant":
            continue
        head = render(messages[:i], True)
        if not whole.startswith(head):
            raise _unstable(tokenizer)
        turn = _turn_text(render, head, render(messages[: i + 1], False))
        if not whole.startswith(head + turn):
            raise _unstable(tokenizer)
        before, said = render.cut(head[at:], turn)
        ids += before + said
        mask += [False] * len(before) + [True] * len(said)
        at = len(head) + len(turn)
    rest = render.ids(whole[at:])
    return ids + rest, mask + [False] * len(rest)


def assistant_header(tokenizer: PreTrainedTokenizerBase) -> list[int]:
    """Beginning token, if the tokenizer has one, and the assistant's header."""
    render = _Renderer(tokenizer, _HEADER_PROBE)
    without, with_header = render(_HEADER_PROBE, False), render(_HEADER_PROBE, True)
    if not with_header.startswith(without):
        raise _unstable(tokenizer)
    bos = [tokenizer.bos_token_id] if tokenizer.bos_token_id is not None else []
    return bos + render.ids(with_header[len(without) :])


def _turn_text(render: _Renderer, head: str, through: str) -> str:
    """The assistant's turn that follows `head`, without what the template puts after its end token."""
    if not through.startswith(head):
        raise _unstable(render.tokenizer)
    turn = through[len(head) :]
    trimmed = turn.rstrip()
    # Many templates write a newline after the end token; a model is not trained to say it.
    return trimmed if any(trimmed.endswith(s) for s in render.tokenizer.all_special_tokens) else turn


def _unstable(tokenizer: PreTrainedTokenizerBase) -> BadModel:
    return BadModel(
        "the chat template does not render a prompt as the beginning of its conversation",
        where=str(tokenizer.name_or_path),
        do="use a model with an append-only chat template, or single-turn data",
    )


class _Renderer:
    """The template applied to one conversation.

    A content that holds a special token's name is rendered through a placeholder and tokenized as text, so that
    data cannot close its own turn and open another one.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, messages: Sequence[Message]) -> None:
        self.tokenizer = tokenizer
        names = [name for name in tokenizer.all_special_tokens if name]
        hostile = dict.fromkeys(m.content for m in messages if any(n in m.content for n in names))
        # Private-use characters; a data set that holds these very sequences does not exist.
        self._mask = {content: f"\ue0f0{i}\ue0f1" for i, content in enumerate(hostile)}

    def __call__(self, messages: Sequence[Message], add_generation_prompt: bool) -> str:
        plain: list[dict[str, Any]] = [
            {"role": m.role, "content": self._mask.get(m.content, m.content)} for m in messages
        ]
        try:
            return str(
                self.tokenizer.apply_chat_template(
                    plain, tokenize=False, add_generation_prompt=add_generation_prompt
                )
            )
        except Exception as error:  # jinja2 errors: templates raise whatever their authors wrote
            raise BadModel(
                f"the chat template refuses the messages ({error})",
                where=str(self.tokenizer.name_or_path),
                do="check the roles of the conversation",
            ) from None

    def ids(self, text: str) -> list[int]:
        for content, mask in self._mask.items():
            if mask in text:
                before, _, after = text.partition(mask)
                return self.ids(before) + self._encode(content, split=True) + self.ids(after)
        return self._encode(text, split=False) if text else []

    def cut(self, head: str, turn: str) -> tuple[list[int], list[int]]:
        first, both = self.ids(head), self.ids(head + turn)
        if both[: len(first)] == first:
            return first, both[len(first) :]
        return first, self.ids(turn)

    def _encode(self, text: str, *, split: bool) -> list[int]:
        ids: list[int] = self.tokenizer(text, add_special_tokens=False, split_special_tokens=split)[
            "input_ids"
        ]
        return ids
