"""The chat format: from messages to token ids, the same for training and inference.

A tokenizer carries its chat template. For the house's own template the ids are put together turn by turn, which is
fast and keeps a special token's name that occurs *inside* a text from becoming that token. For a foreign model's
template, conversations are rendered by the template and cut where a prompt ends and a response ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from inference.foreign import assistant_header as foreign_header
from inference.foreign import foreign_pair, foreign_prompt, foreign_spans
from inference.tokenizers import ASSISTANT, BOS, CHAT_TEMPLATE, EOT, USER
from schemas.errors import BadModel
from schemas.instance import Message

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

IGNORED = -100
"""Label of a position that the loss leaves out, as in transformers and torch."""


@dataclass(frozen=True)
class Pair:
    """A prompt and a response to score. `name` is what an error calls it, for instance the instance's id."""

    prompt: tuple[Message, ...]
    response: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Encoded:
    """Token ids of a prompt and its response; the response begins at `start` and ends with the end token."""

    ids: tuple[int, ...]
    start: int
    name: str = ""


def encode_chat(
    tokenizer: PreTrainedTokenizerBase, messages: Sequence[Message], add_generation_prompt: bool = False
) -> list[int]:
    """Token ids of a conversation, with the assistant's header at the end if asked for.

    Raises:
        BadModel: the tokenizer carries no chat template, or its template refuses the messages.
    """
    if not is_ours(tokenizer):
        return foreign_prompt(tokenizer, messages, add_generation_prompt)
    special = _specials(tokenizer)
    texts = iter(encode_texts(tokenizer, [m.content for m in messages]))
    ids = [special[BOS]]
    for message in messages:
        ids += _turn(special, message.role, next(texts))
    return [*ids, special[ASSISTANT]] if add_generation_prompt else ids


def encode_pair(
    tokenizer: PreTrainedTokenizerBase, prompt: Sequence[Message], response: str
) -> tuple[list[int], list[int]]:
    """Prompt ids with the assistant's header, and response ids with the end token; together, the training ids.

    Raises:
        BadModel: as `encode_chat`, or the template does not render a prompt as the beginning of its conversation.
    """
    encoded = encode_pairs(tokenizer, [Pair(tuple(prompt), response)])[0]
    return list(encoded.ids[: encoded.start]), list(encoded.ids[encoded.start :])


def encode_pairs(tokenizer: PreTrainedTokenizerBase, pairs: Iterable[Pair]) -> list[Encoded]:
    """`encode_pair` for many at once, each distinct text tokenized once. Keep the result if you score it again."""
    pairs = list(pairs)
    if not is_ours(tokenizer):
        out = []
        for pair in pairs:
            prompt, response = foreign_pair(tokenizer, pair.prompt, pair.response)
            out.append(Encoded((*prompt, *response), len(prompt), pair.name))
        return out
    special = _specials(tokenizer)
    contents = dict.fromkeys(m.content for p in pairs for m in p.prompt)
    contents.update(dict.fromkeys(p.response for p in pairs))
    ids_of = dict(zip(contents, encode_texts(tokenizer, list(contents)), strict=True))
    out = []
    for pair in pairs:
        ids = [special[BOS]]
        for message in pair.prompt:
            ids += _turn(special, message.role, ids_of[message.content])
        ids.append(special[ASSISTANT])
        start = len(ids)
        out.append(Encoded((*ids, *ids_of[pair.response], special[EOT]), start, pair.name))
    return out


def response_spans(
    tokenizer: PreTrainedTokenizerBase, messages: Sequence[Message]
) -> tuple[list[int], list[bool]]:
    """Ids of a conversation, and for each whether it belongs to an assistant's turn (end token included).

    Raises:
        BadModel: as `encode_pair`.
    """
    if not is_ours(tokenizer):
        return foreign_spans(tokenizer, messages)
    special = _specials(tokenizer)
    ids, mask = [special[BOS]], [False]
    for message, text in zip(messages, encode_texts(tokenizer, [m.content for m in messages]), strict=True):
        turn = _turn(special, message.role, text)
        ids += turn
        # The header is the prompt's last token, not something the assistant says.
        mask += [message.role == "assistant" and i > 0 for i in range(len(turn))]
    return ids, mask


def assistant_header(tokenizer: PreTrainedTokenizerBase) -> list[int]:
    """What stands before a response without any prompt: `<bos>` if there is one, and the assistant's header."""
    if is_ours(tokenizer):
        special = _specials(tokenizer)
        return [special[BOS], special[ASSISTANT]]
    return foreign_header(tokenizer)


def stop_ids(tokenizer: PreTrainedTokenizerBase, configured: int | Sequence[int] | None) -> frozenset[int]:
    """Ids that end a response: the tokenizer's, the chat template's, and what the generation settings name."""
    named = [] if configured is None else [configured] if isinstance(configured, int) else list(configured)
    found = {*named, tokenizer.eos_token_id} - {None}
    last = encode_pair(tokenizer, [Message(role="user", content="?")], "!")[1][-1]
    return frozenset(found | {last} if last in tokenizer.all_special_ids else found)


def encode_texts(tokenizer: PreTrainedTokenizerBase, texts: Sequence[str]) -> list[list[int]]:
    """Ids of plain texts: no token is added, and the name of a special token stays text."""
    if not texts:
        return []
    ids: list[list[int]] = tokenizer(
        list(texts),
        add_special_tokens=False,
        split_special_tokens=True,
        return_attention_mask=False,
        return_token_type_ids=False,
    )["input_ids"]
    return ids


def is_ours(tokenizer: PreTrainedTokenizerBase) -> bool:
    """Whether the tokenizer carries the house's own template. Raises BadModel if it carries none."""
    template = tokenizer.chat_template
    if not template:
        raise BadModel(
            "the tokenizer has no chat template",
            where=str(tokenizer.name_or_path),
            do="use a chat model, or save the tokenizer with a chat_template",
        )
    return bool(template == CHAT_TEMPLATE)


def _specials(tokenizer: PreTrainedTokenizerBase) -> dict[str, int]:
    names = (BOS, USER, ASSISTANT, EOT)
    return dict(zip(names, tokenizer.convert_tokens_to_ids(list(names)), strict=True))


def _turn(special: dict[str, int], role: str, text: list[int]) -> list[int]:
    if role == "user":
        return [special[USER], *text]
    if role == "assistant":
        return [special[ASSISTANT], *text, special[EOT]]
    return text
