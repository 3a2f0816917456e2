"""The little world's alphabet: every character that any of its texts may use, in fixed pools.

One character is one token, so this list *is* the vocabulary (without special tokens). It does not depend on a seed:
seeds shuffle what belongs to what, never which characters exist.
"""

from __future__ import annotations

DIGITS = "0123456789"
LETTERS = "ABCD"
CODE_NAMES = "xyz"
MARKS = "\n，。：？.,;=+-*# "

CREATURES = (
    "禾麦稻豆瓜果桃李杏梅兰竹菊松柏柳桐枫桑麻蒿荷莲藕葵椒姜葱蒜菌苔藻"
    "虎豹狼熊鹿兔羊牛马猪狗猫鼠猴象鲸鲤鲫虾蟹蛇龟蛙燕鹤鹰雁鸦雀鸽蜂蝶"
)
KINGDOMS = "草木虫鸟"
SURNAMES = "王张刘陈杨赵黄周吴徐孙胡朱高林何郭罗郑梁"
GIVEN_NAMES = "文武德仁义礼智信忠孝安康永昌明光达志成华英"
DYNASTIES = "秦汉隋元"
COUPLET = (
    "天地日月风雨山水云霞春秋花叶红绿长短东西南北古今来去新旧上下左右"
    "金石琴棋书画诗酒江湖海河朝夕晴阴寒暑开闭升降浓淡清浊轻重刚柔动静远近"
)
TOPICS = "雪霜露雷星虹峰谷泉溪桥亭楼塔舟帆灯烛笛鼓钟剑镜扇"
IMAGES = "青白苍翠碧素玉银孤幽闲寂暖凉香甜奇巧悠静圆弯深浅"
NAMES = "甲乙丙丁"
MORE = "高快大老强早富勤重长远新刚深"
LESS = "矮慢小少弱晚穷懒轻短近旧柔浅"
THINGS = {"吃": "茶饭面糖饼肉米盐", "穿": "帽鞋衣布伞", "用": "碗盆杯刀笔纸", "家": "床椅门窗"}
SKILLS = "飞走跑游唱听读写画算说看坐立笑哭吃喝睡醒骑射弹织种耕"
ROLES = "医师兵商农工渔樵厨匠"
DEEDS = "扶帮骗偷让抢谢骂救还借送拾守护弃"
WHOM = "老幼友邻客亲师众"
COMMON = (
    "的一是不了在人有我他个们中你到说要出可也对生于行种么好看又只和归以能会拿三二四五六七八九十码时"
    "写请问答谁什哪最属类题句字话算求代码编程计家路城村镇乡男女错应该做判断选船读步伴映照买些"
    "乐喜怒哀愁悲欢歌词曲赋入坐立走跑飞游唱听见闻吃喝睡醒笑哭爱活物为吗兮哉乎焉矣再昨夜"
)


def _alphabet() -> tuple[str, ...]:
    pools = (
        MARKS, DIGITS, LETTERS, CODE_NAMES, CREATURES, KINGDOMS, SURNAMES, GIVEN_NAMES, DYNASTIES, COUPLET, TOPICS,
        IMAGES, NAMES, MORE, LESS, "".join(THINGS.values()), "".join(THINGS), SKILLS, ROLES, DEEDS, WHOM, COMMON,
    )  # fmt: skip
    return tuple(dict.fromkeys("".join(pools)))


SYMBOLS: tuple[str, ...] = _alphabet()
"""Every character of the world, each once, in a fixed order."""
