"""Rule folders to break: a small one of our own, on disk."""

from pathlib import Path

from tests.analyzer.sigma.one import TABLE

RULE = """\
title: A Title
id: {identity}
status: test
description: What it detects
references: [https://example.org/]
tags: [attack.discovery, attack.t1046, attack.t1595.001, cve.2021-44228]
logsource: {{category: test}}
detection:
    selection: {{a: {value}}}
    condition: selection
falsepositives: [Unlikely]
level: high
misses: Everything else
starwatch:
    group_by: [source.ip]
translations:
    zh-CN:
        title: 标题
        description: 说明
        misses: 其余一切
"""
FIRST = "11111111-2222-4333-8444-555555555555"
SECOND = "22222222-2222-4333-8444-555555555555"


def text(identity: str = FIRST, value: int = 1) -> str:
    return RULE.format(identity=identity, value=value)


def folder(root: Path, **rules: str) -> Path:
    """A rule folder with a log-source table and one file a keyword."""
    (root / "sigma" / "deep").mkdir(parents=True)
    (root / "sigma" / "logsources.yml").write_text(TABLE)
    for name, content in rules.items():
        (root / "sigma" / "deep" / f"{name}.yml").write_text(content)
    return root
