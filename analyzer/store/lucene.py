"""Lucene syntax over ECS names → a query tree.

    source.ip:10.0.0.0/8 AND dns.question.name:*.example.com AND NOT destination.port:(53 OR 853)

- `field:value`, `field:"a phrase"`, `field:ab*`, `field:a?c`, `field:/rege[xX]/`, `field:(a OR b)`
- `field:[1 TO 5}`, `field:>=5`; `*` is an open end; addresses and dates have ranges too
- `_exists_:field` or `field:*`; `_ignored:field` finds values that did not fit their field
- AND OR NOT, && || !, + and -; side by side means AND, and binds as AND does (tighter than OR)
- a bare word is looked for in every keyword field, a bare address or network in every address field
- `\\` takes the next character literally; keywords are case-sensitive, whole values
- dates: analyzer/store/dates.py; regular expressions: analyzer/store/regex.py
"""

import difflib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from functools import cache
from ipaddress import ip_address, ip_network
from typing import Any

from luqum import tree as lucene
from luqum.exceptions import ParseError
from luqum.parser import parser

from analyzer.errors import QuerySyntaxError
from analyzer.store import dates, regex
from analyzer.store.lucene_faults import Place, fault
from analyzer.store.lucene_tokens import Feed, tokenize
from analyzer.store.query import (
    All,
    And,
    Anywhere,
    Cidr,
    Equals,
    Exists,
    Node,
    Not,
    Or,
    Prefix,
    Range,
    Regex,
    Wildcard,
)
from sensor.events.catalogue import Field, load_catalogue

EXISTS = "_exists_"
IGNORED = "_ignored"
MAX_CLAUSES = 1_024
SUGGESTIONS = 3


def parse(text: str, now_ns: int) -> Node:
    """The tree of a query over the event catalogue; an empty text is everything.

    now_ns: the moment `now` stands for, ns since 1970. Raises QuerySyntaxError with the place.
    """
    return _catalogue().parse(text, now_ns)


@cache
def _catalogue() -> "Language":
    return Language(load_catalogue())


class Language:
    """The query language over some fields."""

    def __init__(self, fields: Iterable[Field]) -> None:
        self._types: Mapping[str, str] = {field.name: field.type for field in fields} | {IGNORED: "keyword"}

    def parse(self, text: str, now_ns: int) -> Node:
        tokens = tokenize(text)
        if not tokens:
            return All()
        feed = Feed(tokens)
        try:
            # A copy: PLY keeps a parse's state on the parser, and requests come from several threads.
            found = copy(parser).parse(text, lexer=feed)
        except ParseError as why:
            raise _misplaced(feed, text) from why
        return _Compiler(self._types, now_ns).node(found)


def _misplaced(feed: Feed, text: str) -> QuerySyntaxError:
    """The grammar stopped at the token it looked at last."""
    if feed.last is None:
        end = len(text.rstrip())
        return fault("incomplete", Place(max(0, end - 1), end))
    return fault("unexpected", feed.last.place, text=feed.last.text)


def _place(item: Any) -> Place:
    return Place(item.pos, item.pos + item.size)


class _Compiler:
    """luqum's tree → ours. field: the one whose values we are inside of, None outside."""

    def __init__(self, types: Mapping[str, str], now_ns: int) -> None:
        self._types = types
        self._now_ns = now_ns
        self._clauses = 0
        self._handlers: Mapping[type, Callable[[Any, str | None], Node]] = {
            lucene.AndOperation: self._and,
            lucene.OrOperation: self._or,
            lucene.Not: self._not,
            lucene.Prohibit: self._not,
            lucene.Plus: lambda item, field: self.node(item.a, field),
            lucene.Group: lambda item, field: self.node(item.expr, field),
            lucene.FieldGroup: lambda item, field: self.node(item.expr, field),
            lucene.SearchField: self._field,
            lucene.Word: self._word,
            lucene.Phrase: self._phrase,
            lucene.Regex: self._regex,
            lucene.Range: self._range,
            lucene.From: self._from,
            lucene.To: self._to,
        }

    def node(self, item: Any, field: str | None = None) -> Node:
        self._clauses += 1
        if self._clauses > MAX_CLAUSES:
            raise fault("too_many", _place(item), limit=str(MAX_CLAUSES))
        return self._handlers[type(item)](item, field)

    def _and(self, item: Any, field: str | None) -> Node:
        return And([self.node(part, field) for part in item.children])

    def _or(self, item: Any, field: str | None) -> Node:
        return Or([self.node(part, field) for part in item.children])

    def _not(self, item: Any, field: str | None) -> Node:
        return Not(self.node(item.a, field))

    def _field(self, item: Any, field: str | None) -> Node:
        place = Place(item.pos, item.pos + len(item.name))
        if field is not None:
            raise fault("nested_field", place)
        name, _ = _unescape(item.name)
        if name == EXISTS:
            return self._exists(item.expr)
        if self._type(name) is None and not (_is_star(item.expr) and self._below(name)):
            raise self._unknown(name, place)
        return self.node(item.expr, name)

    def _exists(self, item: Any) -> Node:
        name, _ = _unescape(str(item.value).strip('"')) if hasattr(item, "value") else ("", False)
        return self._present(name, _place(item))

    def _present(self, name: str, place: Place) -> Node:
        """The field has a value; an object has one when a field below it has."""
        if self._type(name) is not None:
            return Exists(name)
        below = self._below(name)
        if not below:
            raise self._unknown(name, place)
        return Or([Exists(field) for field in below])

    def _below(self, name: str) -> Sequence[str]:
        return [field for field in self._types if field.startswith(name + ".")]

    def _type(self, name: str) -> str | None:
        """Catalogue type; whatever lies below a flattened field is flattened too."""
        if name in self._types:
            return self._types[name]
        parents = (name[:at] for at, sign in enumerate(name) if sign == ".")
        return "flattened" if any(self._types.get(parent) == "flattened" for parent in parents) else None

    def _unknown(self, name: str, place: Place) -> QuerySyntaxError:
        near = difflib.get_close_matches(name, self._types, SUGGESTIONS, 0.5)
        near = near or [field for field in self._types if field.endswith("." + name)][:SUGGESTIONS]
        names = ", ".join(near)
        return fault(
            "unknown_field",
            place,
            field=name,
            suggestions=f"Did you mean {names}?" if near else "The field list shows every name.",
            suggestions_zh=f"您是否要查 {names}？" if near else "字段列表中有全部字段名。",
        )

    def _word(self, item: Any, field: str | None) -> Node:
        value, wild = _unescape(item.value)
        if field is None:
            return self._bare(item, value, wild)
        if item.value == "*":
            return self._present(field, _place(item))
        if value.partition(":")[1] and self._type(value.partition(":")[0]) is not None:
            raise fault("nested_field", _place(item))
        if not wild:
            return self._equals(field, value, _place(item))
        return self._pattern(field, item)

    def _bare(self, item: Any, value: str, wild: bool) -> Node:
        if item.value == "*":
            return All()
        if wild:
            raise fault("needs_field", _place(item), what="A wildcard", what_zh="通配符")
        return Anywhere(value)

    def _phrase(self, item: Any, field: str | None) -> Node:
        value = _unquote(item.value)
        return Anywhere(value) if field is None else self._equals(field, value, _place(item))

    def _equals(self, field: str, value: str, place: Place) -> Node:
        match self._type(field):
            case "ip":
                return self._address(field, value, place)
            case "date":
                stretch = self._stretch(field, value, place)
                return Range(field, stretch.start, stretch.end, True, False)
            case kind:
                return Equals(field, self._typed(field, kind or "keyword", value, place))

    def _address(self, field: str, value: str, place: Place) -> Node:
        if "/" not in value:
            return Equals(field, self._typed(field, "ip", value, place))
        try:
            return Cidr(field, str(ip_network(value, strict=False)))
        except ValueError as why:
            raise fault("not_ip", place, value=value) from why

    def _typed(self, field: str, kind: str, value: str, place: Place) -> str:
        """The value in the one spelling stores read; what is no value of the type is a fault."""
        check = CHECKS.get(kind)
        if check is None:
            return value
        try:
            return check(value)
        except ValueError as why:
            raise fault(f"not_{kind}", place, field=field, value=value) from why

    def _stretch(self, field: str, value: str, place: Place) -> dates.Stretch:
        stretch = dates.parse(value, self._now_ns)
        if stretch is None:
            raise fault("not_date", place, field=field, value=value)
        return stretch

    def _pattern(self, field: str, item: Any) -> Node:
        kind = self._type(field)
        head, wild = _unescape(item.value[:-1])
        only_tail = item.value.endswith("*") and not wild and not _ends_escaped(item.value)
        if kind in ("keyword", "text", "flattened") and only_tail:
            return Prefix(field, head)
        if kind not in ("keyword", "text"):
            raise self._no_patterns(field, kind or "", _place(item))
        return Wildcard(field, _pattern_text(item.value))

    def _no_patterns(self, field: str, kind: str, place: Place) -> QuerySyntaxError:
        advice, advice_zh = ADVICE.get(kind, ADVICE["long"])
        return fault("no_patterns", place, field=field, type=kind, advice=advice, advice_zh=advice_zh)

    def _regex(self, item: Any, field: str | None) -> Node:
        if field is None:
            raise fault("needs_field", _place(item), what="A regular expression", what_zh="正则表达式")
        kind = self._type(field)
        if kind not in ("keyword", "text"):
            raise self._no_patterns(field, kind or "", _place(item))
        return Regex(field, regex.translate(item.value[1:-1], item.pos + 1))

    def _range(self, item: Any, field: str | None) -> Node:
        return self._between(item, field, (item.low, item.include_low), (item.high, item.include_high))

    def _from(self, item: Any, field: str | None) -> Node:
        return self._between(item, field, (item.a, item.include), (None, False))

    def _to(self, item: Any, field: str | None) -> Node:
        return self._between(item, field, (None, False), (item.a, item.include))

    def _between(self, item: Any, field: str | None, low: tuple[Any, bool], high: tuple[Any, bool]) -> Node:
        if field is None:
            raise fault("needs_field", _place(item), what="A range", what_zh="范围")
        kind = self._type(field) or ""
        if kind in ("boolean", "flattened"):
            raise fault("no_ranges", _place(item), field=field, type=kind)
        if kind == "date":
            return self._dates(field, low, high)
        ends = [self._end(field, kind, end) for end, _ in (low, high)]
        return Range(field, ends[0], ends[1], low[1], high[1])

    def _end(self, field: str, kind: str, item: Any) -> str | None:
        if _is_open(item):
            return None
        return self._typed(field, kind, _text(item), _place(item))

    def _dates(self, field: str, low: tuple[Any, bool], high: tuple[Any, bool]) -> Node:
        """[2026 TO 2026] is the whole year: an end that is included is included whole."""
        start, end = None, None
        if not _is_open(low[0]):
            stretch = self._stretch(field, _text(low[0]), _place(low[0]))
            start = stretch.start if low[1] else stretch.end
        if not _is_open(high[0]):
            stretch = self._stretch(field, _text(high[0]), _place(high[0]))
            end = stretch.end if high[1] else stretch.start
        return Range(field, start, end, True, False)


def _long(value: str) -> str:
    number = int(value) if value.lstrip("+-").isdecimal() and value.isascii() else None
    if number is None or not -(2**63) <= number < 2**63:
        raise ValueError(value)
    return str(number)


def _double(value: str) -> str:
    number = float(value)
    if not math.isfinite(number) or "_" in value:
        raise ValueError(value)
    return repr(number)


def _boolean(value: str) -> str:
    if value not in ("true", "false"):
        raise ValueError(value)
    return value


def _ip(value: str) -> str:
    # A zone is of one machine, never of a packet.
    if "%" in value:
        raise ValueError(value)
    return str(ip_address(value))


CHECKS: Mapping[str, Callable[[str], str]] = {
    "long": _long,
    "double": _double,
    "boolean": _boolean,
    "ip": _ip,
}
ADVICE: Mapping[str, tuple[str, str]] = {
    "ip": ("Use a network, as in 10.1.0.0/16.", "请使用网段，例如 10.1.0.0/16。"),
    "date": ("Use a range, as in [2026-03-01 TO now].", "请使用范围，例如 [2026-03-01 TO now]。"),
    "long": ("Use a value or a range, as in [1 TO 9].", "请使用取值或范围，例如 [1 TO 9]。"),
    "boolean": ("Use true or false.", "请使用 true 或 false。"),
    "flattened": ("Use a value, or a beginning as in ab*.", "请使用取值，或以 * 结尾的前缀，例如 ab*。"),
}


def _unescape(text: str) -> tuple[str, bool]:
    """(the literal text, whether an unescaped wildcard stands in it)."""
    out, wild, escaped = [], False, False
    for character in text:
        if character == "\\" and not escaped:
            escaped = True
            continue
        wild = wild or (character in "*?" and not escaped)
        out.append(character)
        escaped = False
    return "".join(out), wild


def _ends_escaped(text: str) -> bool:
    """Whether the last character is taken literally: an odd run of backslashes stands before it."""
    head = text[:-1]
    return (len(head) - len(head.rstrip("\\"))) % 2 == 1


def _pattern_text(text: str) -> str:
    """The pattern with only those escapes left that a wildcard pattern needs."""
    out, escaped = [], False
    for character in text:
        if character == "\\" and not escaped:
            escaped = True
        else:
            out.append("\\" + character if escaped and character in "*?\\" else character)
            escaped = False
    return "".join(out)


def _unquote(text: str) -> str:
    return _unescape(text[1:-1])[0]


def _is_open(item: Any) -> bool:
    return item is None or _is_star(item)


def _is_star(item: Any) -> bool:
    return isinstance(item, lucene.Word) and item.value == "*"


def _text(item: Any) -> str:
    """A range's end; luqum reads a leading minus as a prohibition."""
    if isinstance(item, lucene.Prohibit):
        return "-" + _text(item.a)
    return _unquote(item.value) if isinstance(item, lucene.Phrase) else _unescape(item.value)[0]
