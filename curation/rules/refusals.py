"""The rule about responses that refuse, hedge or speak of themselves instead of answering."""

from __future__ import annotations

import re

from curation.rules.look import FREE_FORMS, Verdict, looked, place, quote
from schemas.instance import Instance

_MODEL = (
    r"(?:(?:大型|自然)?(?:语言|文本|聊天|对话)?(?:AI|人工智能)(?:语言|文本)?(?:模型|助手|助理|程序|系统|机器人)?"
    r"|大?(?:型)?语言模型|(?:文本|文字|聊天|对话|语言)(?:型)?\s*(?:AI|机器人|模型|助手)|虚拟助手|智能助手)"
)
_DO = (
    "(?:直接|准确|确切|实际|真正|亲自|正确|很好地|完全|进行|以)?(?:为|给|向|对|帮|从|与|用|在|根据|按照|就|通过)?[^，。；！？\n]{0,12}?"
    "(?:回答|提供|确定|完成|生成|判断|访问|执行|创建|创作|给出|获取|得知|知道|了解|看到|看见|听到|评估|评价|找到|查找|选出|总结"
    "|满足|协助|帮助|处理|查看|打开|浏览|绘制|画|制作|播放|预测|讨论|编写|撰写|翻译|识别|分析|拥有|做出|作出|理解|参与|支持"
    "|编辑|推断|构建|归类|描述|模拟|计算|比较|录制|列出|继续|感受|体验|拿取|亲自)"
)
_ASKS = re.compile(
    r"(?:您|你)(?:所|并|还|尚|好像|似乎)*(?:没有|未(?:能)?)(?:给|为|向|在|对)?(?:我|任何|本|此)?[^，。；！？\n]{0,6}?"
    r"(?:提供|给出|附上|指定|说明|告诉|上传|给我|具体)"
    r"|(?:您|你)(?:需要|得)(?:先)?(?:提供|给出|上传)"
    r"|请(?:您|你)?(?:再|先)?提供(?:更多|更详细|具体|相应|相关)的?(?:信息|细节|背景|上下文|内容|资料)"
    r"|^[^。！？\n]{0,10}请(?:您|你)?(?:先|再|重新)?(?:提供|上传|给出)(?:[^。！？\n]{0,20})"
    r"(?:以便|这样|我才能|我将|我会|我就|更多|详细)"
)
_SELF = re.compile(
    rf"(?<![你您他她它将把])(?:作为|身为)(?:一[个名款位种]|这个)?\s*[^，。；！？\n]{{0,6}}?{_MODEL}"
    rf"|我(?:只|仅仅|仅)?(?:是|作为)(?:一[个名款位种]|个)?\s*[^，。；！？\n]{{0,6}}?{_MODEL}"
)
_SORRY = re.compile(
    "(?:抱歉|对不起|不好意思|遗憾)[^。！？\n]{0,30}?(?:我|本人)?[^。！？\n]{0,20}?(?:无法|不能|没有办法|没办法)"
    + _DO
)
_CANNOT = re.compile(
    "我(?:也|并|还|可能|暂时|目前|现在|恐怕)*(?:无法|不能(?:够)?|没有办法|没办法)"
    "(?:直接|准确|确切|为您|为你|对此|给您|给你|提供|回答|满足|协助|完成(?:这|该|此|您|你)|生成|确定|判断|(?:看到|查看|听到|打开)(?:您|你|图|这[张幅段]))[^，。；！？\n]{0,12}"
)
_UNABLE = re.compile(
    "无法|不能|没有办法|没办法|没有(?:能力|权限|实体|情感|感情|身体|亲身)|不具备|n['’]t\\b|\\bnot\\b|unable",
    re.IGNORECASE,
)
_CHINESE = (("sorry", _SORRY), ("self", _SELF), ("cannot", _CANNOT), ("asks", _ASKS))
_CAN_NOT = r"(?:can(?:['’]t|not)|(?:am )?(?:unable|not able) to)"
_ENGLISH = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        (
            "sorry",
            r"(?:i(?:['’]m| am) (?:\w+ )?sorry|i apologi[sz]e|unfortunately|my apologies)[^.!?\n]{0,30}?[,. ]*\b(?:but )?i(?:['’]m)? ?"
            rf"(?:{_CAN_NOT}|do(?:n['’]t| not) have|won['’]t) (?:\w+ )?(?:answer|provide|assist|help|fulfil|complete|generate"
            r"|create|comply|access|do that|engage|support|write|share|enough|the ability|any information|determine)",
        ),
        (
            "self",
            r"\bas an? (?:large |ai |artificial intelligence |text-based )*(?:ai|artificial intelligence|language model|chatbot"
            r"|assistant)\b(?! (?:expert|engineer|researcher|company|tool|system that))",
        ),
        (
            "cannot",
            rf"\bi {_CAN_NOT} (?:answer|provide|assist|help(?: you)? with|fulfil|comply|generate|complete (?:this|your)"
            r"|access (?:the|your|external|real))",
        ),
        (
            "asks",
            r"\byou (?:have not|haven['’]t|did not|didn['’]t) (?:provided?|given?|specif\w+|included?)"
            r"|^please provide (?:me |us )?(?:with )?(?:the|more|a|an|some)\b[^.\n]{0,60}\b(?:so|and i|i can|in order)",
        ),
    )
)
_ENGLISH_HINTS = ("orry", "polog", "nfortunately", "n't", "n’t", "not", "nable", "As a", "as a", "ease pro")
# A prompt that asks for such words, quotes them, or is about machines that say them, gets what it asked for.
_ABOUT_TALK = re.compile(
    r"道歉|致歉|拒绝|婉拒|客服|客户|邮件|信函|写信|写一封|一封|对话|台词|剧本|情景|扮演|apolog|refus|declin|customer|e-?mail|letter"
    r"|reply to|dialog|conversation|script|role-?play",
    re.IGNORECASE,
)
_ABOUT_WORDING = re.compile(
    r"翻译|译成|改写|重写|改为|改成|修改|润色|复述|同义|造句|句子|translat|rewrite|rephrase|paraphrase|sentence|edit |convert",
    re.IGNORECASE,
)
_ABOUT_MACHINES = re.compile(
    r"AI|人工智能|机器人|语言模型|大模型|助手|GPT|artificial intelligence|language model|robot|chatbot|assistant",
    re.IGNORECASE,
)


def refusal(
    instance: Instance, *, within: int = 120, self_reference: bool = True, asks: bool = True
) -> Verdict:
    """A free response answers: it does not refuse, hedged or not, and does not speak of itself as a language model.

    Looked for in Chinese and English at the beginning of the response, outside quotation marks. A prompt that quotes
    a refusal, asks for an apology, a letter or a dialogue, or has words rewritten or translated gets what it asked
    for and is let through, unless the response speaks of itself as a model that is not able to.

    Args:
        within: characters at the beginning of the response that are looked at.
        self_reference: also reject `作为一个人工智能助手` without a refusal, where the prompt is not about machines.
        asks: also reject responses that ask for what the prompt left out.
    """
    if instance.form not in FREE_FORMS:
        return True
    look = looked(instance)
    head = look.response[:within]
    for kind, pattern in _suspected(head):
        for found in pattern.finditer(head):
            why = _judged(instance, head, kind, found, self_reference, asks)
            if why:
                where = place(instance, len(instance.messages) - 1, found.start())
                return False, f"{where}: the response {why}: {quote(look.response, found.start())}"
    return True


def _suspected(head: str) -> list[tuple[str, re.Pattern[str]]]:
    """The patterns that have a chance: one character is found in no time, and few texts have those of a pattern."""
    found = []
    if (
        "歉" in head
        or "憾" in head
        or ("对" in head and "对不起" in head)
        or ("意" in head and "好意思" in head)
    ):
        found.append(("sorry", _SORRY))
    if ("我" in head or "为" in head) and (
        ("智" in head and "人工智能" in head)
        or ("模" in head and "模型" in head)
        or ("机" in head and "机器人" in head)
        or ("助" in head and ("助手" in head or "助理" in head))
        or ("A" in head and "AI" in head)
    ):
        found.append(("self", _SELF))
    if "我" in head and (
        ("无" in head and "无法" in head)
        or ("能" in head and "不能" in head)
        or ("办" in head and "办法" in head)
    ):
        found.append(("cannot", _CANNOT))
    if ("您" in head or "你" in head or "请" in head) and (
        "未" in head
        or ("没" in head and "没有" in head)
        or ("提" in head and "提供" in head)
        or ("给" in head and "给出" in head)
        or ("传" in head and "上传" in head)
    ):
        found.append(("asks", _ASKS))
    if head[:12].isascii():
        for hint in _ENGLISH_HINTS:
            if hint in head:
                found += _ENGLISH
                break
    return found


def _judged(
    instance: Instance, head: str, kind: str, found: re.Match[str], self_reference: bool, asks: bool
) -> str:
    """What a match comes to; empty if it is none after all."""
    if _quoted(head[: found.start()]):
        return ""
    prompt = "\n".join(message.content for message in instance.prompt)
    if any(pattern.search(prompt) for _, pattern in (*_CHINESE, *_ENGLISH)):
        return ""
    if kind == "self":
        # English needs more characters for the same.
        rest = head[found.end() : found.end() + (40 if head[found.start()] > "\u2e80" else 80)]
        if _UNABLE.search(rest):
            return "refuses, as a model that cannot"
        return "speaks of itself as a model" if self_reference and not _ABOUT_MACHINES.search(prompt) else ""
    if _ABOUT_TALK.search(prompt):
        return ""
    if kind == "asks":
        return "asks for what the prompt left out" if asks else ""
    if _ABOUT_WORDING.search(prompt):
        return ""
    return "refuses"


def _quoted(before: str) -> bool:
    """Whether a quotation is still open at the end of `before`."""
    return (
        before.count("“") > before.count("”")
        or before.count("「") > before.count("」")
        or before.count('"') % 2 == 1
    )
