"""Tokenizers made on the spot, with the house's chat template and special tokens inside.

Both kinds are ordinary `PreTrainedTokenizerFast` objects: `save_pretrained` writes everything that training,
transformers, vLLM and sentence-transformers need to agree on the format.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from schemas.errors import BadSpec

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerFast

PAD, UNK, BOS, USER, ASSISTANT, EOT = SPECIAL_TOKENS = (
    "<pad>",
    "<unk>",
    "<bos>",
    "<user>",
    "<assistant>",
    "<eot>",
)

# A system message is plain text between <bos> and <user>. Only the assistant's turns end in <eot>: it is what a
# model learns to say when it has finished, and a user's turn already ends where <assistant> begins.
CHAT_TEMPLATE = (
    "<bos>{% for message in messages %}"
    "{% if message['role'] == 'user' %}<user>{{ message['content'] }}"
    "{% elif message['role'] == 'assistant' %}<assistant>{{ message['content'] }}<eot>"
    "{% else %}{{ message['content'] }}{% endif %}"
    "{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}"
)


def character_tokenizer(texts: Iterable[str]) -> PreTrainedTokenizerFast:
    """One token a character of `texts`, in code point order; any other character becomes `<unk>`.

    Raises:
        BadSpec: the texts hold no character at all.
    """
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers

    alphabet: set[str] = set()
    for text in texts:
        alphabet.update(text)
    if not alphabet:
        raise BadSpec("no text to take an alphabet from", do="give the tokenizer some text")
    symbols = (*SPECIAL_TOKENS, *sorted(alphabet))
    core = Tokenizer(models.WordLevel({s: i for i, s in enumerate(symbols)}, unk_token=UNK))
    core.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    core.decoder = decoders.Fuse()
    return _dressed(core)


def byte_tokenizer(texts: Iterable[str], vocabulary: int) -> PreTrainedTokenizerFast:
    """Byte-level BPE learnt from `texts`: nothing is unknown to it, and decoding gives back the exact text.

    Args:
        texts: what the merges are learnt from, streamed once.
        vocabulary: number of tokens, special tokens and the 256 bytes included.

    Raises:
        BadSpec: `vocabulary` has no room for the bytes and the special tokens.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    least = 256 + len(SPECIAL_TOKENS)
    if vocabulary < least:
        raise BadSpec(
            f"a byte vocabulary of {vocabulary} is too small", do=f"set vocabulary to {least} or more"
        )
    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=list(SPECIAL_TOKENS),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        max_token_length=24,  # bytes: Chinese has no spaces, so that a "word" may be a whole sentence
        show_progress=False,
    )
    core.train_from_iterator(texts, trainer)
    return _dressed(core)


def _dressed(core: Tokenizer) -> PreTrainedTokenizerFast:
    from transformers import PreTrainedTokenizerFast

    return PreTrainedTokenizerFast(
        tokenizer_object=core,
        pad_token=PAD,
        unk_token=UNK,
        bos_token=BOS,
        eos_token=EOT,
        additional_special_tokens=[USER, ASSISTANT],
        chat_template=CHAT_TEMPLATE,
        padding_side="right",
        clean_up_tokenization_spaces=False,
    )
