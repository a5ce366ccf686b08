"""What people need to know of a rule, read from its document."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence

import yaml

from analyzer.records import Rule
from analyzer.rulebook.attack import tactics, techniques

# Sigma makes the level optional; what has none is neither an alarm nor noise.
DEFAULT_LEVEL = "medium"
# Hex digits of a version: enough to tell texts apart, short enough to read aloud.
VERSION_DIGITS = 16

Document = Mapping[str, object]


def version_of(text: str) -> str:
    """SHA-256 of the text, shortened."""
    return hashlib.sha256(text.encode()).hexdigest()[:VERSION_DIGITS]


def content_version(contents: Mapping[str, bytes]) -> str:
    """Names the content of files: their paths and bytes."""
    digest = hashlib.sha256()
    for path, content in sorted(contents.items()):
        for part in (path.encode(), content):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()[:VERSION_DIGITS]


def rules_of(path: str, text: str) -> Iterator[Rule]:
    """Every rule document of a file that the matcher accepted. Raises yaml.YAMLError where PyYAML reads less."""
    nodes = list(yaml.compose_all(text, yaml.BaseLoader))
    documents = yaml.load_all(text, yaml.BaseLoader)
    for node, document in zip(nodes, documents, strict=True):
        if isinstance(document, Mapping):
            own = text if len(nodes) == 1 else text[node.start_mark.index : node.end_mark.index]
            yield rule_of(path, own, document)


def rule_of(path: str, text: str, document: Document) -> Rule:
    """The record of one document; what is missing is empty."""
    chinese = mapping(mapping(document.get("translations")).get("zh-CN"))
    tags = texts(document.get("tags"))
    title, description, misses = (word(document.get(key)) for key in ("title", "description", "misses"))
    return Rule(
        id=word(document.get("id")).lower(),
        path=path,
        version=version_of(text),
        title=title,
        title_zh=word(chinese.get("title")) or title,
        description=description,
        description_zh=word(chinese.get("description")) or description,
        level=word(document.get("level")) or DEFAULT_LEVEL,
        status=word(document.get("status")),
        techniques=techniques(tags),
        tactics=tactics(tags),
        references=texts(document.get("references")),
        falsepositives=texts(document.get("falsepositives")),
        misses=misses,
        misses_zh=word(chinese.get("misses")) or misses,
        group_by=texts(mapping(document.get("starwatch")).get("group_by")),
        text=text,
    )


def mapping(value: object) -> Document:
    return value if isinstance(value, Mapping) else {}


def word(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def texts(value: object) -> Sequence[str]:
    """A list of texts; one text stands for a list of one."""
    items = value if isinstance(value, list) else [value]
    return tuple(item for item in items if isinstance(item, str) and item)
