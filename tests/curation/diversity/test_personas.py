"""Roles are read where they are given, and not where a sentence only looks like it."""

from __future__ import annotations

import pytest

from curation.diversity.personas import head, persona, role_in
from tests.curation.diversity.planted import row


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("你是一名经验丰富的护士，请回答病人的问题。", "护士"),
        ("你是林悦，一名护士。", "护士"),
        ("姓名：张丽\n**职业**：资深护士  \n", "资深护士"),
        ("我想让你扮演诗人。", "诗人"),
        ("请你充当一位严厉的面试官，", "面试官"),
        ("假设你是一个侦探，", "侦探"),
        ("请想象自己是一只猫。", "猫"),
        ("作为一名律师，你怎么看？", "律师"),
        ("从现在开始，你是猫娘。", "猫娘"),
        ("You are a seasoned travel guide. Answer.", "seasoned travel guide"),
        ("I want you to act as an interviewer, please.", "interviewer"),
        ("你是否知道水的沸点？", ""),
        ("你是怎么想的？", ""),
        ("以水作为溶剂，配制溶液。", ""),
        ("他说你是一个好人", ""),
        ("谁扮演了哈姆雷特？", ""),
        ("", ""),
    ],
)
def test_roles(text, role):
    assert role_in(text) == role


@pytest.mark.parametrize(
    ("role", "expected"),
    [("居住在都市中的退休老人", "退休老人"), ("的", ""), ("医生吧", "医生"), ("AI 护士", "ai 护士")],
)
def test_heads(role, expected):
    assert head(role) == expected


def test_the_system_prompt_comes_first_and_headings_are_no_speakers():
    assert persona(row(1, "你是一名厨师，做菜吧", "好", system="你是一名律师。")) == "律师"
    assert persona(row(1, "写一份通知", "标题：放假通知")) == ""
    assert persona(row(1, "段誉：“你好”", "王语嫣：“你好”")) == "王语嫣"
