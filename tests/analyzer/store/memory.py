"""The store contract in memory, written for reading: the judge of the real ones."""

import ipaddress
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from analyzer.store.base import Histogram, Page, Partition, Scope, Search
from analyzer.store.intervals import interval_for, without_gaps
from analyzer.store.query import (
    All,
    And,
    Anywhere,
    Cidr,
    Equals,
    Exists,
    Node,
    Not,
    Nothing,
    Or,
    Prefix,
    Range,
    Regex,
    Wildcard,
)
from sensor.events.catalogue import load_catalogue

TYPES: Mapping[str, str] = {field.name: field.type for field in load_catalogue()}
Document = Mapping[str, Any]
IGNORED = "_ignored"


class Memory:
    """Everything in lists; a position given twice adds nothing."""

    def __init__(self) -> None:
        self._kinds: dict[str, list[tuple[int, int, Document]]] = {"events": [], "alerts": []}
        self._pending: list[tuple[str, int, int, Document]] = []
        self._committed = -1
        self._newest = -1

    def append(self, kind: str, ndjson: bytes, position: int) -> int:
        if position <= self._committed:
            return 0
        self._newest = max(self._newest, position)
        documents = [json.loads(line) for line in ndjson.splitlines() if line.strip()]
        self._pending += [(kind, position, line, document) for line, document in enumerate(documents)]
        return len(documents)

    def commit(self) -> None:
        for kind, position, line, document in self._pending:
            self._kinds[kind].append((position, line, document))
        self._pending = []
        self._committed = self._newest

    def committed(self) -> int:
        return self._committed

    def drop(self, kind: str, day: str) -> None:
        self._kinds[kind] = [it for it in self._kinds[kind] if _day(it[2]) != day]

    def search(self, request: Search) -> Page:
        found = sorted(self._matching(request), key=_key, reverse=not request.ascending)
        rest = [it for it in found if request.after is None or self._past(_key(it), request)]
        page = rest[: request.size]
        more = len(rest) > request.size and page
        following = [str(part) for part in _key(page[-1])] if more else None
        return Page([it[2] for it in page], len(found), following, took_ms=0)

    def get(self, kind: str, ids: Sequence[str], scope: Scope) -> Sequence[Document]:
        visible = self._matching(Search(scope=scope, kind=kind))
        by_id = {name: it[2] for it in visible for name in texts(it[2], "event.id")}
        return [by_id[name] for name in ids if name in by_id]

    def count(self, request: Search) -> int:
        return sum(1 for _ in self._matching(request))

    def terms(
        self, request: Search, field: str, size: int, *, fewest: bool = False
    ) -> Sequence[tuple[str, int]]:
        counts: Counter[str] = Counter()
        for it in self._matching(request):
            counts.update(
                {text for value in values(it[2], field) if (text := _typed_text(field, value)) is not None}
            )
        return sorted(counts.items(), key=lambda item: (item[1] if fewest else -item[1], item[0]))[:size]

    def histogram(self, request: Search, buckets: int) -> Histogram:
        times = [_time(it[2]) for it in self._matching(request)]
        start, end = request.span.start_ns, request.span.end_ns
        start = min(times, default=0) if start is None else start
        end = max(times, default=start - 1) + 1 if end is None else end
        interval = interval_for(max(0, end - start), buckets)
        counts = Counter(time // interval * interval for time in times)
        return Histogram(interval, without_gaps(counts, start, end, interval))

    def partitions(self) -> Sequence[Partition]:
        counts = Counter((kind, _day(it[2])) for kind, items in self._kinds.items() for it in items)
        return [Partition(kind, day, count, 0) for (kind, day), count in sorted(counts.items())]

    def refresh(self) -> None: ...

    def close(self) -> None: ...

    def _matching(self, request: Search) -> Iterator[tuple[int, int, Document]]:
        span = request.span
        for it in self._kinds[request.kind]:
            time = _time(it[2])
            inside = (span.start_ns is None or span.start_ns <= time) and (
                span.end_ns is None or time < span.end_ns
            )
            if inside and _visible(it[2], request.scope) and holds(request.query, it[2]):
                yield it

    @staticmethod
    def _past(key: tuple[int, str, int], request: Search) -> bool:
        time, name, sequence = request.after or ()
        after = (int(time), str(name), int(sequence))
        return key > after if request.ascending else key < after


def _key(it: tuple[int, int, Document]) -> tuple[int, str, int]:
    position, line, document = it
    return _time(document), next(iter(texts(document, "event.id")), ""), (position << 24) | line


def _visible(document: Document, scope: Scope) -> bool:
    return scope.platforms is None or not scope.platforms.isdisjoint(texts(document, "platform.id"))


def values(document: Any, path: str) -> Sequence[Any]:
    """Every non-null leaf at the dotted path; arrays are looked through, dots in names are dots in paths."""
    return [leaf for name, leaf in leaves(document, "") if name == path]


def leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, member in value.items():
            yield from leaves(member, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for member in value:
            yield from leaves(member, path)
    elif value is not None:
        yield path, value


def texts(document: Document, path: str) -> Sequence[str]:
    if path == IGNORED:
        return [name for name, value in leaves(document, "") if _typed(name) and not _read(name, [value])]
    return [_text(value) for value in values(document, path)]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _moment(text: Any) -> int | None:
    if isinstance(text, int) and not isinstance(text, bool):
        return text * 1_000_000
    if not isinstance(text, str):
        return None
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    parsed = parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    delta = parsed - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * 1_000_000_000 + delta.microseconds * 1_000


def _time(document: Document) -> int:
    return next((ns for value in values(document, "@timestamp") if (ns := _moment(value)) is not None), 0)


def _day(document: Document) -> str:
    day = datetime.fromtimestamp(_time(document) // 1_000_000_000, UTC).date().isoformat()
    return day if "1970-01-01" <= day <= "2200-12-31" else "1970-01-01"


def _whole(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    try:
        number = int(value) if not isinstance(value, float) else (int(value) if value.is_integer() else None)
    except (ValueError, TypeError):
        return None
    return number if number is not None and -(2**63) <= number < 2**63 else None


def _address(value: Any) -> tuple[int, int] | None:
    """Comparable across families: IPv4 stands where its mapped form does."""
    try:
        parsed = ipaddress.ip_address(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if parsed is None:
        return None
    number = int(parsed) + (0xFFFF << 32 if parsed.version == 4 else 0)
    return number, number


def _boolean(value: Any) -> bool | None:
    return {"true": True, "false": False}.get(_text(value))


def _text_bytes(value: Any) -> bytes:
    return _text(value).encode()


READ: Mapping[str, Callable[[Any], Any]] = {
    "keyword": _text_bytes,
    "text": _text_bytes,
    "ip": _address,
    "long": _whole,
    "date": _moment,
    "boolean": _boolean,
}


def _read(field: str, found: Iterable[Any]) -> Sequence[Any]:
    """Values as their type compares them; what does not fit the type is not there."""
    read = READ[TYPES.get(field, "keyword")]
    return [typed for value in found if (typed := read(value)) is not None]


def _typed_text(field: str, value: Any) -> str | None:
    """As a terms answer shows it."""
    typed = _read(field, [value])
    if not typed:
        return None
    show = {"ip": lambda: _canonical(value), "long": lambda: str(typed[0])}.get(TYPES[field])
    return show() if show else _text(value)


def _canonical(address: str) -> str:
    parsed = ipaddress.ip_address(address)
    return str((parsed.version == 6 and parsed.ipv4_mapped) or parsed)


def _typed(field: str) -> bool:
    return TYPES.get(field, "flattened") != "flattened"


def holds(node: Node, document: Document) -> bool:
    """Whether the document satisfies the tree."""
    return HOLDS[type(node)](node, document)


def _equals(node: Equals, document: Document) -> bool:
    if not _typed(node.field):
        return node.value in texts(document, node.field)
    return _read(node.field, [node.value])[0] in _read(node.field, values(document, node.field))


def _exists(field: str, document: Document) -> bool:
    if field == "@timestamp":
        return True
    if _typed(field):
        return bool(_read(field, values(document, field)))
    return any(name == field or name.startswith(field + ".") for name, _ in leaves(document, ""))


def _fits(pattern: str, document: Document, field: str) -> bool:
    return any(re.fullmatch(pattern, text, re.DOTALL) for text in texts(document, field))


def _glob(pattern: str) -> str:
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    return "".join({"*": ".*", "?": "."}.get(part) or re.escape(part[-1]) for part in parts)


def _inside(value: Any, network: str) -> bool:
    address = _address(value)
    if address is None:
        return False
    wanted = ipaddress.ip_network(network, strict=False)
    base = 0xFFFF << 32 if wanted.version == 4 else 0
    return base + int(wanted[0]) <= address[0] <= base + int(wanted[-1])


def _in_range(node: Range, document: Document) -> bool:
    low = _read(node.field, [node.low])[0] if node.low is not None else None
    high = _read(node.field, [node.high])[0] if node.high is not None else None
    for value in _read(node.field, values(document, node.field)):
        above = low is None or (value >= low if node.include_low else value > low)
        below = high is None or (value <= high if node.include_high else value < high)
        if above and below:
            return True
    return False


def _anywhere(value: str, document: Document) -> bool:
    for field, kind in TYPES.items():
        if kind in ("keyword", "text") and value in texts(document, field):
            return True
        if kind == "ip" and _is_network(value) and any(_inside(it, value) for it in values(document, field)):
            return True
    return False


def _is_network(value: str) -> bool:
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        return False
    return True


HOLDS: Mapping[type, Callable[[Any, Document], bool]] = {
    All: lambda node, document: True,
    Nothing: lambda node, document: False,
    And: lambda node, document: all(holds(part, document) for part in node.parts),
    Or: lambda node, document: any(holds(part, document) for part in node.parts),
    Not: lambda node, document: not holds(node.part, document),
    Anywhere: lambda node, document: _anywhere(node.value, document),
    Equals: _equals,
    Prefix: lambda node, document: any(it.startswith(node.value) for it in texts(document, node.field)),
    Wildcard: lambda node, document: _fits(_glob(node.pattern), document, node.field),
    Regex: lambda node, document: _fits(node.pattern, document, node.field),
    Exists: lambda node, document: _exists(node.field, document),
    Cidr: lambda node, document: any(_inside(it, node.network) for it in values(document, node.field)),
    Range: _in_range,
}
