"""Rules about damaged text: wrong encodings, left-over templates, answers that break off."""

from __future__ import annotations

import re

from curation.rules.look import RARE_SIGNS, Verdict, looked, place, quote
from schemas.instance import Instance

# U+FFFD, what it turns into, the fill of Windows' debug memory, UTF-8 read as Latin-1 or Windows-1252.
_MOJIBAKE = re.compile(
    "\ufffd|锟斤拷|锟斤|烫烫烫|屯屯屯|â€[™œ\x9d“”˜¦\x99\x9c]|Ã[©¨¡³¼¶¤±\xad]"
    "|(?:[ÃÂâåäæçèé][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹Œ‘’“”•–—˜™š›œŸ]+){2}"
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_RADICAL = re.compile("[\u2e80-\u2fd5]")
_SIGN = re.compile("[" + "".join(sorted(RARE_SIGNS)) + "]")
_RUN = re.compile("[^\x00-\xa0]+")
# GBK read as Latin-1: pairs of letters and signs of its upper half.
_HIGH_RUN = re.compile("[\xa1-\xfe]{4,}")
_ODD = re.compile(r"[^\t\n\r\x20-\x7e\xa0\xb7\xb0\xd7\xb1\xb2\xb3]")

_TAG = re.compile(
    r"(?P<token><\|[a-z_]{2,20}\|>|<(?:pad|unk|bos|eos|eot|user|assistant|bot|human|system)>|<(?:start|end)_of_turn>|</s>"
    r"|\[/?INST\]|<</?SYS>>|\[(?:PAD|UNK|CLS|SEP|EOS|BOS|MASK)\])"
    r"|<(?:noinput|nooutput)>"
    r"|\{\{\s*[a-z_]{3,30}\s*\}\}|\{(?:instruction|input|output|response|question|prompt|history)\}"
    r"|^\#{2,3}\ ?(?:Instruction|Response|Input|Output|Human|Assistant|指令|回复|回答|输入|输出)\s*(?:[:：]|$)"
    r"|an\ instruction\ that\ describes\ a\ task[^\n]*:?|以下是(?:一[个条])?描述任务的指令"
    r"|【\d+[:†][^】]{0,20}】|\[object\ Object\]",
    re.IGNORECASE | re.MULTILINE,
)
_TURN = re.compile(r"\n(?:(?:Human|Assistant|User) ?:|(?:用户|助手) ?[:：])")
_SPEAKS = re.compile(r"\s*[^\n:：]{1,20}[:：]")
_DIALOGUE = re.compile(
    r"对话|剧本|脚本|聊天|客服|访谈|dialog|conversation|script|chat|interview", re.IGNORECASE
)
_ABOUT_TOKENS = re.compile(r"BERT|GPT|transformer|token|词元|分词|语言模型|html|xml", re.IGNORECASE)
_LABELS = ("输出：", "输出:", "回复：", "回复:", "Output:", "output:", "Response:", "response:")
_LABEL_STARTS = frozenset(label[:2] for label in _LABELS)

_PROSE_FORMS = ("open", "worked_answer")
_OPEN_END = "，、；：,（(《“‘「『【"
_BRACKETS = (("（", "）", ")"), ("《", "》"), ("【", "】"), ("「", "」"), ("『", "』"), ("“", "”"))
_ENDS = frozenset("。！？!?.…”’\"'）)》】」』]}`>~|*%～")
_HANGING = re.compile(
    r"(?:^|[\s,])(?:the|an|and|or|of|because|but|than|whose|which|their|its|your|my|our|such as|including|they|he|she|we|is|are|was|were)$"
)
_BARE_MARK = re.compile(r"\s*(?:\d{1,2}[.、)）]|[-*•]|第[一二三四五六七八九十\d]+[步章条点][：:]?)\s*")


def mojibake(instance: Instance, *, private: int = 2, radicals: int = 0) -> Verdict:
    """Nothing was read in the wrong encoding, and there are no control characters.

    Caught are U+FFFD and what becomes of it (锟斤拷), UTF-8 read as Latin-1, Windows-1252 or GBK, GBK read as
    Latin-1, control characters, private-use characters, and, if asked for, radicals in place of characters (⼤).

    Args:
        private: exam texts that came out of a PDF hold a stray private-use character now and then: more than so many
            are damage.
        radicals: more radicals than so many are damage; 0 for not looking.
    """
    look = looked(instance)
    text = look.text
    if look.plain and not (_ODD.search(look.low) or "锟" in text or "烫" in text or "屯" in text):
        return True
    for number, message in enumerate(instance.messages):
        text = message.content
        found = _MOJIBAKE.search(text) or _misread(text)
        if found:
            return (
                False,
                f"{place(instance, number, found.start())}: wrongly decoded text, {quote(text, found.start())}",
            )
        found = _CONTROL.search(text)
        if found:
            return False, f"{place(instance, number, found.start())}: a control character, {found.group()!r}"
        for name, pattern, allowed in (
            ("private-use", _PRIVATE, private),
            ("radical", _RADICAL, radicals or len(text)),
        ):
            strange = pattern.findall(text)
            if len(strange) > allowed:
                where = place(instance, number, text.index(strange[0]))
                return (
                    False,
                    f"{len(strange)} {name} characters, the first at {where}: U+{ord(strange[0]):04X}",
                )
    return True


def residue(instance: Instance, *, labels: bool = True) -> Verdict:
    """No piece of a prompt template, special token or label of a pipeline is left in the text.

    Args:
        labels: also reject a response that begins with a label such as `输出：`.
    """
    look = looked(instance)
    text, response = look.text, look.response
    if labels and response[:2] in _LABEL_STARTS and response.startswith(_LABELS):
        return False, f"the response begins with a label: {quote(response, 0, 12)}"
    low = look.low
    if not (
        ("<" in low or "[" in low or "{" in low or "#" in low or "【" in text)
        or (":" in low and ("\nUser" in low or "\nHuman" in low or "\nAssistant" in low or "task" in low))
        or ("户" in response and "\n用户" in response)
        or ("助" in response and "\n助手" in response)
        or ("令" in text and "描述任务的指令" in text)
    ):
        return True
    prompt = text[: len(text) - len(response)]
    for number, message in enumerate(instance.messages):
        for found in _TAG.finditer(message.content):
            if not _in_code(message.content, found.start()) and not (
                found["token"] and _ABOUT_TOKENS.search(prompt)
            ):
                where = place(instance, number, found.start())
                return False, f"{where}: left over from a template, {quote(found.group(), 0)}"
    turn = _TURN.search(response)
    if turn and not _SPEAKS.match(response) and not _DIALOGUE.search(prompt):
        where = place(instance, len(instance.messages) - 1, turn.start() + 1)
        return False, f"{where}: the response runs on into another turn, {quote(turn.group(), 0)}"
    return True


def truncated(instance: Instance, *, shortest: int = 100, unended: bool = False) -> Verdict:
    """A free response does not break off: after a comma, in a bracket, at a bare list mark, on a word like `the`.

    Args:
        shortest: shorter responses are not looked at.
        unended: also reject a last paragraph that has whole sentences and then one without an end mark.
    """
    response = looked(instance).response
    if len(response) < shortest or response[-1] in "。！？" or instance.form not in _PROSE_FORMS:
        return True
    response = response.rstrip()
    last = response[-1]
    paragraph = response[response.rfind("\n") + 1 :]
    if last in _OPEN_END:
        if last in ",(" and _code_like(paragraph):
            return True
        return False, f"the response breaks off at {last!r}: {quote(response, len(response) - 16)}"
    if len(paragraph) < 12 and _BARE_MARK.fullmatch(paragraph):
        return False, f"the response breaks off at a bare list mark: {quote(response, len(response) - 16)}"
    if last in _ENDS:
        return True
    if last.islower() and _HANGING.search(response, len(response) - 12):
        return False, f"the response breaks off in mid-sentence: {quote(response, len(response) - 20)}"
    for opening, *closings in _BRACKETS:
        if paragraph.rfind(opening) > max(map(paragraph.rfind, closings)):
            where = quote(paragraph, paragraph.rfind(opening))
            return False, f"the response breaks off inside {opening}{closings[0]}: {where}"
    if unended and last.isalnum() and "。" in paragraph:
        return False, f"the last sentence has no end: {quote(response, len(response) - 20)}"
    return True


def _misread(text: str) -> re.Match[str] | None:
    """Where a run of UTF-8 read as GBK, or of GBK read as Latin-1, begins."""
    if _SIGN.search(text):
        for run in _RUN.finditer(text):
            if _SIGN.search(run.group()) and _was_utf8(run.group()):
                return run
    for run in _HIGH_RUN.finditer(text):
        if _was_gbk(run.group()):
            return run
    return None


def _was_utf8(run: str) -> bool:
    """Whether the GBK bytes of `run` are UTF-8 of three Chinese characters or more, but for its edges."""
    data = run.encode("gbk", "replace")
    best = max(
        (data[skip:].decode("utf-8", "replace") for skip in range(3)), key=lambda t: -t.count("\ufffd")
    )
    han = sum("\u4e00" <= char <= "\u9fff" or char in "，。！？、：；“”" for char in best)
    return han >= 3 and han >= 0.6 * len(best)


def _was_gbk(run: str) -> bool:
    """Whether the Latin-1 bytes of `run` are GB 2312's common characters."""
    for skip in (0, 1):
        data = run.encode("latin-1")[skip:]
        data = data[: len(data) // 2 * 2]
        try:
            made = data.decode("gb2312")
        except UnicodeDecodeError:
            continue
        if len(made) >= 2 and all("\u4e00" <= char <= "\u9fff" for char in made):
            return True
    return False


def _in_code(text: str, position: int) -> bool:
    return text.count("`", 0, position) % 2 == 1 or text.count("```", 0, position) % 2 == 1


def _code_like(line: str) -> bool:
    return line.isascii() and any(mark in line for mark in ("(", "=", "{", '"'))
