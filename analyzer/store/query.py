"""What can be asked of a store: one tree, compiled by each backend.

People write Lucene syntax over ECS names; analyzer/store/lucene.py parses it into these nodes.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class All:
    """Everything."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """No document."""


@dataclass(frozen=True, slots=True)
class Equals:
    """The field has this value (typed by the catalogue; case-sensitive for keywords)."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Prefix:
    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Wildcard:
    """`*` any run, `?` one character, `\\` takes the next character literally; the whole value matches."""

    field: str
    pattern: str


@dataclass(frozen=True, slots=True)
class Regex:
    """The whole value matches.

    pattern: what Lucene, Rust and Python read alike: `.`, classes, groups, `|`, `?`, `*`, `+`, `{n,m}` and
    backslash-escaped punctuation (analyzer/store/regex.py makes it from Lucene's).
    """

    field: str
    pattern: str


@dataclass(frozen=True, slots=True)
class Range:
    """None is an open end."""

    field: str
    low: str | None
    high: str | None
    include_low: bool = True
    include_high: bool = True


@dataclass(frozen=True, slots=True)
class Cidr:
    field: str
    network: str


@dataclass(frozen=True, slots=True)
class Exists:
    field: str


@dataclass(frozen=True, slots=True)
class Anywhere:
    """A bare word: any keyword or ip field equals it (ip: also as CIDR)."""

    value: str


@dataclass(frozen=True, slots=True)
class And:
    parts: Sequence["Node"]


@dataclass(frozen=True, slots=True)
class Or:
    parts: Sequence["Node"]


@dataclass(frozen=True, slots=True)
class Not:
    part: "Node"


Node = All | Nothing | Equals | Prefix | Wildcard | Regex | Range | Cidr | Exists | Anywhere | And | Or | Not
