"""Requests to the index and its answers; analyzer/rust/store/src/request.rs is the other side.

request: {kind, scope: "everything" | {"platforms": […]}, query: node, start_ns, end_ns, timeout_ms, want}
node: {"op": name, …the node's own members}
want: {"hits": {size, ascending, after}} | {"count": {}} | {"bounds": {}} | {"terms": {field, size, fewest}}
    | {"histogram": {interval_ns}}
answer: {hits[], total, next, bounds, terms[[value, n]], buckets[[ns, n]], partial}; what was not wanted is left out.
"""

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from analyzer.store.base import Scope, Search
from analyzer.store.query import And, Node, Not, Or

Answer = Mapping[str, Any]


def encode_request(search: Search, want: Mapping[str, Any]) -> str:
    """One question, always inside the asker's scope."""
    return json.dumps(
        {
            "kind": search.kind,
            "scope": encode_scope(search.scope),
            "query": encode_node(search.query),
            "start_ns": search.span.start_ns,
            "end_ns": search.span.end_ns,
            "timeout_ms": search.timeout_ms,
            "want": want,
        }
    )


def encode_scope(scope: Scope) -> Any:
    if scope.platforms is None:
        return "everything"
    return {"platforms": sorted(scope.platforms)}


def encode_node(node: Node) -> Mapping[str, Any]:
    """The tree as JSON: the op is the class's name in lower case."""
    op = {"op": type(node).__name__.lower()}
    match node:
        case And(parts) | Or(parts):
            return op | {"parts": [encode_node(part) for part in parts]}
        case Not(part):
            return op | {"part": encode_node(part)}
        case _:
            return op | {field.name: getattr(node, field.name) for field in fields(node)}


def decode_answer(text: str) -> Answer:
    answer: Answer = json.loads(text)
    return answer
