"""Random documents and random trees: the embedded store and the one in memory find the same."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer.store.base import EVERYTHING, Scope, Search, Span
from analyzer.store.embedded import EmbeddedWriter
from analyzer.store.query import (
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
from tests.analyzer.store.memory import Memory

EXAMPLES = 25
"""Each makes a store of up to four commits and asks up to twenty times."""

BASE_NS = 1_772_409_600_000_000_000
WORDS = ["", "a", "b", "ab", "abc", "A", "满", "满天", "a*b", "a\\b", "a b", "10.0.0.1"]
ADDRESSES = ["10.0.0.1", "10.0.0.2", "10.0.1.1", "192.168.0.1", "2001:db8::1", "::ffff:10.0.0.1", "junk"]
NETWORKS = ["10.0.0.0/8", "10.0.0.0/24", "10.0.0.2/31", "0.0.0.0/0", "2001:db8::/32", "::/0", "10.0.0.1/32"]
NUMBERS = [0, 1, -1, 53, 443, 2**63 - 1, -(2**63)]
MOMENTS = [
    "2026-03-02T00:00:00Z",
    "2026-03-02T00:00:00.000001Z",
    "2026-03-03T12:00:00Z",
    "2026-03-02T08:00:00+08:00",
]
PLATFORMS = ["p1", "p2", "p3"]

keyword_fields = st.sampled_from(
    ["dns.question.name", "network.community_id", "tcp.source_flags", "platform.id"]
)
open_fields = st.sampled_from(["alert.detail.x", "other.y"])
words = st.sampled_from(WORDS)

documents = st.fixed_dictionaries(
    {
        "@timestamp": st.sampled_from(MOMENTS),
        "event": st.fixed_dictionaries({"id": st.sampled_from(["e1", "e2", "e3", "f"])}),
    },
    optional={
        "platform": st.fixed_dictionaries({"id": st.lists(st.sampled_from(PLATFORMS), max_size=2)}),
        "source": st.fixed_dictionaries(
            {},
            optional={
                "ip": st.sampled_from(ADDRESSES),
                "port": st.one_of(
                    st.sampled_from(NUMBERS), st.sampled_from(["7", "seven", 1.0, 1.5, True, None])
                ),
            },
        ),
        "dns": st.fixed_dictionaries(
            {},
            optional={
                "question": st.fixed_dictionaries({"name": words}),
                "edns": st.just({"dnssec_ok": True}),
            },
        ),
        "tcp": st.fixed_dictionaries({"source_flags": st.lists(words, max_size=3)}),
        "network": st.fixed_dictionaries(
            {"community_id": st.one_of(words, st.integers(0, 3), st.booleans())}
        ),
        "alert": st.fixed_dictionaries(
            {"detail": st.fixed_dictionaries({"x": st.one_of(words, st.lists(words))})}
        ),
        "other": st.fixed_dictionaries({"y": st.one_of(words, st.integers(0, 3), st.booleans(), st.none())}),
    },
)


def bounds(values: list[str]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), st.sampled_from(values))


def ranges(field: str, values: list[str]) -> st.SearchStrategy[Node]:
    return st.builds(Range, st.just(field), bounds(values), bounds(values), st.booleans(), st.booleans())


leaves: st.SearchStrategy[Node] = st.one_of(
    st.builds(Equals, st.one_of(keyword_fields, open_fields), words),
    st.builds(Equals, st.just("source.port"), st.sampled_from([str(number) for number in NUMBERS])),
    st.builds(Equals, st.just("source.ip"), st.sampled_from([it for it in ADDRESSES if it != "junk"])),
    st.builds(Equals, st.just("_ignored"), st.sampled_from(["source.ip", "source.port"])),
    st.builds(Prefix, st.one_of(keyword_fields, open_fields), words),
    st.builds(
        Wildcard,
        keyword_fields,
        st.sampled_from(["*", "a*", "*b", "?", "a?", "*满*", r"a\*b", "*\\\\*", "a**"]),
    ),
    st.builds(
        Regex, keyword_fields, st.sampled_from(["a", "a.*", "[a-c]+", "(a|b)?", ".", r"a\*b", "[^a]+"])
    ),
    st.builds(
        Exists, st.one_of(keyword_fields, open_fields, st.sampled_from(["source.ip", "source.port", "other"]))
    ),
    st.builds(Cidr, st.just("source.ip"), st.sampled_from(NETWORKS)),
    st.builds(Anywhere, st.sampled_from([*WORDS, *NETWORKS])),
    ranges("source.port", [str(number) for number in NUMBERS]),
    ranges("source.ip", [it for it in ADDRESSES if it != "junk"]),
    ranges("dns.question.name", WORDS),
    ranges("@timestamp", MOMENTS[:3]),
)


def joined(children: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    some = st.lists(children, max_size=3)
    return st.one_of(st.builds(And, some), st.builds(Or, some), st.builds(Not, children))


trees = st.recursive(leaves, joined, max_leaves=6)
scopes = st.one_of(st.just(EVERYTHING), st.builds(Scope, st.frozensets(st.sampled_from(PLATFORMS))))
instants = st.one_of(st.none(), st.sampled_from([BASE_NS, BASE_NS + 1_000, BASE_NS + 86_400_000_000_000]))
requests = st.builds(
    Search,
    scope=scopes,
    query=trees,
    span=st.builds(Span, instants, instants),
    size=st.integers(0, 5),
    ascending=st.booleans(),
)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.lists(documents, max_size=6), min_size=1, max_size=4),
    st.lists(requests, min_size=1, max_size=20),
)
def test_both_find_the_same(given_batches: list[list[dict[str, Any]]], asked: list[Search]) -> None:
    with TemporaryDirectory() as folder:
        real, judge = EmbeddedWriter(Path(folder)), Memory()
        for position, batch in enumerate(given_batches):
            ndjson = b"".join(json.dumps(document).encode() + b"\n" for document in batch)
            assert real.append("events", ndjson, position) == judge.append("events", ndjson, position)
            real.commit()
            judge.commit()
        for request in asked:
            agree(real, judge, request)
        real.close()


def agree(real: EmbeddedWriter, judge: Memory, request: Search) -> None:
    found, wanted = real.search(request), judge.search(request)
    assert (found.hits, found.total, found.next) == (wanted.hits, wanted.total, wanted.next), request
    assert real.count(request) == judge.count(request)
    for field in ("dns.question.name", "source.ip", "source.port", "platform.id"):
        assert real.terms(request, field, 10) == judge.terms(request, field, 10)
    assert real.histogram(request, 10) == judge.histogram(request, 10)
