"""Rows that every rule lets through, and rows that one rule is there to reject (and no rule before it does)."""

from __future__ import annotations

from schemas.instance import Instance, Message, Source
from tests.curation.curation_rows import choice, open_item


def item(form: str, prompt: str, response: str, answer: str, choices: tuple[str, ...] = ()) -> Instance:
    return Instance(
        ability="unlabelled",
        form=form,  # type: ignore[arg-type]
        messages=(Message(role="user", content=prompt), Message(role="assistant", content=response)),
        choices=choices,
        answer=answer,
        source=Source(name="s", row="1"),
    )


def garbled(text: str) -> str:
    """UTF-8 read as GBK, as far as that goes."""
    return text.encode().decode("gbk", "ignore")


ESSAY = (
    "秋天的校园很美，银杏叶落了一地，同学们踩着叶子去上课。图书馆前的长椅上坐着几位老人，他们在聊从前的日子。"
)
MANY_SENTENCES = "".join(
    f"第{n}点，{word}的时候要留心，因为它和别的不同。"
    for n, word in enumerate("读书写字听课走路吃饭睡觉说话唱歌", 1)
)

GOOD = [
    choice("鲸属何类"),
    choice("下列说法中，哪些是正确的"),
    choice("公共汽车上有人问：选择所有权还是使用权", options=("所有权", "使用权")),
    open_item("1+1", "2"),
    open_item("Write a line.", "Roses are red, violets are blue."),
    open_item("写一篇短文", ESSAY),
    open_item("列出要点", MANY_SENTENCES),
    # mathematics, money and code
    open_item("解 $x^{{2}}=4$", "由 $\\alpha$ 得 $x=\\pm 2$"),
    open_item("A pen costs $5. How much are three?", "Three pens cost $15, or $\\frac{15}{3}$ each... $5."),
    open_item("区间", "$\\left[0, 1\\right)$ 与 $\\left\\{x \\mid x>0\\right.$ 和 \\(a\\) 与 \\[b\\]"),
    open_item("矩阵", "\\[\\begin{pmatrix} a & b \\\\[2pt] c & d \\end{pmatrix}\\]"),
    open_item("路径", '打开 C:\\Users\\name，运行 printf("{\\n")'),
    open_item("写码", "```python\nfor i in range(3):\n    print(i)\n```"),
    open_item("写码", "先看 ```x = 1``` 这一行，再看\n~~~~\n```\n~~~~\n完"),
    open_item("圆周率", "3.14159265358979323846264338327950288419716939937510"),
    open_item("乘法", "13912345678 × 2 = 27824691356，6222021234567890123 是质数吗？"),
    open_item("准考证号", "你的准考证号是 110105199001011234，考场在 203。"),
    # repetition with a reason
    open_item("写歌", "啦啦啦\n" * 3 + "完"),
    open_item("画线", "=" * 80 + "\n" + "|---|---|\n" * 6),
    open_item("古戈尔", "1" + "0" * 100),
    open_item("做表", "| 年份 | 温度 |\n|---|---|\n" + "|     |     |\n" * 8),
    open_item("作诗", "春风又绿江南岸，\n明月何时照我还。"),
    # words of a refusal that are none
    open_item("把这句话译成英文：抱歉，我无法提供帮助。", "I'm sorry, but I cannot help you."),
    open_item("客户问为什么被拒绝，请写一封回信。", "很抱歉，我们无法提供退款，因为商品已经使用过。"),
    open_item("作为一个人工智能助手，你能做什么？", "作为一个人工智能助手，我可以回答问题、翻译和写作。"),
    open_item("接着写", "老师问：“你怎么没来？”学生说：“对不起，我无法回答您的问题。”"),
    open_item("什么是语言模型？", "语言模型是一种预测下一个词的模型，它没有感情。"),
    open_item("她为什么难过？", "她觉得自己不能完成任务，没有办法向大家交代。"),
    # words of a template that are none
    open_item("BERT 怎么用？", "在句子前面加上 [CLS]，在后面加上 [SEP]。"),
    open_item("写一段客服对话", "顾客：你好\nUser: 你好\n用户：再见"),
    open_item("写 HTML", "用 `<user>` 标签，或者 `{{ name }}`。"),
    open_item("联系方式", "请写信到 someone@example.com，或拨打 13812345678。"),
    open_item("Ecrivez.", "Oui."),
    item("choice", "选一个\nA.甲\nB.乙\nC.丙", "答案：B。因为甲和丙都不对。", "B", ("甲", "乙", "丙")),
    item("several_choice", "（多选）选\nA.甲\nB.乙\nC.丙", "AC", "AC", ("甲", "乙", "丙")),
    item("choice", "选一个\n(A)甲 (B)乙", "B", "B", ("甲", "乙")),
    open_item("选哪个？A. 苹果 B. 香蕉 C. 梨", "答案是C"),
]
BAD = [
    ("length", open_item("写", "春" * 2000 + "夏" * 3000), "more than 4000"),
    ("mojibake", open_item("写诗", "春\ufffd天"), "response, character 2"),
    ("mojibake", open_item("写诗", "锟斤拷锟斤拷"), "锟斤拷"),
    ("mojibake", open_item("写诗", "手持两把烫烫烫烫"), "烫烫烫"),
    ("mojibake", open_item("写诗", "æ˜¥å¤©"), "wrongly decoded"),
    ("mojibake", open_item("Write.", "It wasnâ€™t there."), "â€™t there"),
    ("mojibake", open_item("写诗", garbled("春天来了，万物复苏，小河边的柳树发芽了。")), "wrongly decoded"),
    ("mojibake", open_item("写诗", "中文是" + "春天来了万物".encode("gbk").decode("latin-1")), "character 4"),
    ("mojibake", open_item("写诗", "红\x1b[31m字"), "control character"),
    ("mojibake", open_item("写诗\ue001\ue002\ue003", "好"), "3 private-use characters"),
    ("script", open_item("Привет, как дела", "Хорошо спасибо"), "26 cyrillic"),
    (
        "language",
        open_item(
            "Ecris.",
            "Les enfants sont dans la maison et ils jouent avec le chien pour la fête, mais il est tard.",
        ),
        "reads as fr",
    ),
    (
        "language",
        open_item(
            "書く",
            "日本国憲法三原則は国民主権、基本的人権の尊重、平和主義であり、第九条は戦争の放棄を定める。憲法改正には国会の発議と国民投票が必要。",
        ),
        "reads as ja",
    ),
    ("residue", open_item("写诗<|im_end|>", "春"), "<|im_end|>"),
    ("residue", open_item("写{{ topic }}的诗", "春"), "topic"),
    ("residue", open_item("写诗", "### Response: 春"), "Response"),
    ("residue", open_item("请改写\n### 输入：\n春天", "春"), "### 输入："),
    ("residue", open_item("设计徽标", "<nooutput>"), "nooutput"),
    ("residue", open_item("写诗", "输出：春眠不觉晓"), "begins with a label"),
    ("residue", open_item("几点了？", "三点。\n用户：那几点下课？\n助手：四点。"), "another turn"),
    ("residue", open_item("谁？", "是他【12†source】。"), "【12†source】"),
    ("latex", open_item("解", "由 $x=\\frac{1}{2} 得 y"), "odd number of $"),
    ("latex", open_item("解", "\\begin{cases} x \\\\ y \\end{array}"), "\\end{array}"),
    ("latex", open_item("解", "$\\left( x $ 与 $\\frac{1}{2}$"), "\\left without its \\right"),
    ("latex", open_item("解", "\\( \\frac{1}{2} "), "\\( without its \\)"),
    ("latex", open_item("解", "$\\frac{1}{2$"), "{ without its }"),
    ("fences", open_item("写码", "如下：\n```python\nx=1"), "response, character 5"),
    ("fences", open_item("这段代码有什么错？\n~~~~\nx=1\n~~~\n", "没有错"), "message 1 (user)"),
    ("truncated", open_item("写", ESSAY * 2 + "然后，"), "breaks off at '，'"),
    ("truncated", open_item("写", ESSAY * 2 + "他说（从前"), "inside （）"),
    ("truncated", open_item("写", ESSAY * 2 + "\n\n3."), "bare list mark"),
    (
        "truncated",
        open_item("Write.", "The waves beside them danced, and so did we. " * 3 + "But they"),
        "mid-sentence",
    ),
    ("refusal", open_item("写诗", "抱歉，我无法提供这样的内容。"), "抱歉"),
    ("refusal", open_item("写诗", "作为一个人工智能，我没有感情。"), "人工智能"),
    (
        "refusal",
        open_item("天气如何", "由于我只是一个语言模型，我无法获取实时信息，不过一般来说今天会下雨。"),
        "refuses",
    ),
    ("refusal", open_item("总结这篇文章", "您没有提供文章的内容，请把它发给我。"), "left out"),
    ("refusal", open_item("你做了什么？", "作为一个 AI 助手，我帮助过许多人。"), "speaks of itself"),
    ("refusal", open_item("Tell me.", "I'm sorry, but I can't help with that."), "refuses"),
    ("refusal", open_item("Feel?", "As an AI language model, I do not have feelings."), "cannot"),
    ("repeated_lines", open_item("写诗", "春天来了\n" * 9 + "完"), "stands 9 times among 10: '春天来了'"),
    ("looping", open_item("写诗", "他说：" + "我们一起走吧，" * 12), "我们一起走吧，' stands 12 times"),
    ("looping", open_item("分类", "孤独。" + "\u0326" * 200), "200 times"),
    (
        "repeated_phrases",
        open_item(
            "写",
            "".join(
                f"{w}同学是我们学校里公认的学习最认真、成绩也最好的学生之一。" for w in "赵钱孙李周吴郑王冯陈"
            ),
        ),
        "of 6 pieces",
    ),
    ("pii", open_item("联系谁？", "请打电话给王先生，13927164538。"), "'139********'"),
    ("pii", open_item("联系谁？", "请拨打１３９２７１６４５３８。"), "a mobile number"),
    ("pii", open_item("联系谁？", "请拨打 +86 139-2716-4538。"), "a mobile number"),
    ("pii", open_item("号码", "身份证 11010519491231002X，请查收。"), "ID card"),
    ("pii", open_item("号码", "卡号 6222 0217 1644 1234 564，请查收。"), "bank card"),
    ("pii", open_item("邮箱", "请写信到li.wei88@163.com。"), "an e-mail address, 'li"),
    ("options", item("choice", "选一个\nA.甲\nB.乙", "A", "A", ("甲", "丙")), "does not show option B"),
    ("options", item("choice", "选一个\nA.乙\nB.甲", "A", "A", ("甲", "乙")), "option A stands under B"),
    ("options", item("choice", "选一个\nA.甲\nB.乙\nC.丙", "A", "A", ("甲", "乙")), "shows an option C"),
    ("options", open_item("选哪个？\nA. 苹果\nB. 香蕉", "答案是D"), "gives D"),
    ("single_answer", item("choice", "选一个\nA.甲\nB.乙", "答案是A、B", "A", ("甲", "乙")), "A and B"),
    ("single_answer", choice("下列正确的是（多选）"), "多选"),
    ("single_answer", choice("不定项选择：下列正确的是"), "不定项"),
    ("single_answer", choice("Which are right? Select all that apply."), "elect all"),
]
