"""The parts of the documents that are made from data: `python -m tests.generated` writes them, a test compares them."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import yaml

from analyzer.rulebook import load, shipped
from sensor.events.catalogue import Field, load_anomalies, load_catalogue
from tests.corpus import ROOT

MARK = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def rules() -> str:
    documents = [
        yaml.safe_load(path.read_text("utf-8"))
        for path in sorted((ROOT / "rules" / "sigma").rglob("*.yml"))
        if path.name != "logsources.yml"
    ]
    rows = (
        (
            rule["title"],
            rule["translations"]["zh-CN"]["title"],
            rule["level"],
            " ".join(
                tag.removeprefix("attack.").upper() for tag in rule["tags"] if re.match(r"attack\.t\d", tag)
            ),
        )
        for rule in documents
    )
    return table(("rule", "规则", "level", "ATT&CK"), rows)


def datasets() -> str:
    fields = load_catalogue()
    what = {
        "flow": "every conversation of every IP protocol: addresses, Community ID, bytes, packets, TCP state and flags",
        "dns": "every DNS message over UDP and TCP, with EDNS and all common record types",
        "http": "every HTTP/1 request with its answer: target, headers, masked excerpts of the bodies",
        "tls": "every TLS handshake: name, versions, suites, JA3, JA3S, JA4, certificates where visible",
        "socks": "every request to a SOCKS 4 or 5 proxy",
        "smtp": "every mail transaction, with the message's headers and attachments",
        "ftp": "every command with its reply, every data connection",
        "file": "every file carried by HTTP, SMTP or FTP: type by content, hashes, what was seen of it",
        "yara": "every YARA rule that hit a file, with offsets",
        "capture": "a minute of an interface: what was on the wire and what became of every packet",
        "anomaly": "malformed or impossible input, named",
        "alert": "what a rule said",
    }
    return table(
        ("dataset", "one event for", "own fields"),
        (
            (f"`starwatch.{name}`", text, str(sum(own(field, name) for field in fields)))
            for name, text in what.items()
        ),
    )


def own(field: Field, dataset: str) -> bool:
    return dataset in field.datasets


def fields() -> str:
    head = "# Event fields · 事件字段\n\nMade from `sensor/events/catalogue.toml`; `*` in datasets means all.\n\n"
    rows = (
        (
            f"`{field.name}`",
            field.type + ("[]" if field.many else ""),
            field.zh,
            " ".join(field.datasets),
            field.meaning + ("" if field.ecs else " (not in ECS)"),
        )
        for field in load_catalogue()
    )
    anomalies = table(
        ("kind", "layer", "中文", "meaning"),
        ((f"`{kind.name}`", kind.layer, kind.zh, kind.meaning) for kind in load_anomalies()),
    )
    columns = ("field", "type", "中文", "datasets", "meaning")
    return head + table(columns, rows) + "\n# Anomaly kinds · 异常种类\n\n" + anomalies


def yara_rules() -> str:
    records = sorted(load(shipped()).yara.records, key=lambda rule: rule.title)
    rows = ((rule.title, rule.title_zh, rule.level, " ".join(rule.techniques)) for rule in records)
    return table(("rule", "规则", "level", "ATT&CK"), rows)


SECTIONS = {"rules": rules, "yara": yara_rules, "datasets": datasets}


def readme() -> str:
    """README.md with its generated sections made anew."""
    text = (ROOT / "README.md").read_text("utf-8")
    return MARK.sub(lambda found: found[1] + SECTIONS[found[2]]() + found[3], text)


def documents() -> dict[Path, str]:
    return {ROOT / "README.md": readme(), ROOT / "docs" / "fields.md": fields()}


if __name__ == "__main__":
    for path, text in documents().items():
        path.write_text(text, "utf-8")
