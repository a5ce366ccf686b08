"""Our matcher against a literal evaluation over pySigma's tree: invented rules, and SigmaHQ's."""

import json
import random
from collections.abc import Sequence
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer._native import RuleMatcher
from tests.analyzer.sigma import oracle, sigmahq
from tests.analyzer.sigma.one import TABLE, matcher, rule

FIELDS = ("a", "b", "c")
# Few letters, so that values meet; with both cases, wildcards, escapes, dashes, and letters that fold oddly.
PLAIN = st.text("aAbBzſKкЯ星 .-/\\1", max_size=6)
WILD = st.text("aAbB*?\\ -/1", max_size=6)
NUMBERS = st.integers(-20, 20)
MODIFIERS = st.sampled_from(
    ["", "|contains", "|startswith", "|endswith", "|cased", "|contains|cased", "|windash|contains"]
)
SCALARS = st.one_of(PLAIN, NUMBERS, st.booleans(), st.none())
EVENTS = st.dictionaries(
    st.sampled_from(FIELDS), st.one_of(SCALARS, st.lists(SCALARS, max_size=3)), max_size=3
)


@st.composite
def items(draw: st.DrawFn) -> tuple[str, Any]:
    field = draw(st.sampled_from(FIELDS))
    kind = draw(st.integers(0, 9))
    if kind == 0:
        return f"{field}|{draw(st.sampled_from(['gt', 'gte', 'lt', 'lte']))}", draw(NUMBERS)
    if kind == 1:
        return field, draw(st.one_of(st.none(), NUMBERS, st.booleans()))
    if kind == 2:
        return f"{field}|exists", draw(st.booleans())
    if kind == 3:
        return f"{field}|re{draw(st.sampled_from(['', '|s', '|m']))}", draw(
            st.sampled_from(["a.b", "^a", "b$", "[ab]+z", "1|a", "abb?"])
        )
    if kind == 4:
        return (
            f"{field}|fieldref{draw(st.sampled_from(['', '|contains', '|startswith', '|endswith']))}",
            draw(st.sampled_from(FIELDS)),
        )
    modifiers = draw(MODIFIERS)
    values = draw(st.lists(WILD, min_size=1, max_size=3))
    negated = draw(st.sampled_from(["", "", "|neq"]))
    every = "|all" if len(values) > 1 and draw(st.booleans()) else ""
    return f"{field}{modifiers}{every}{negated}", values


@st.composite
def selections(draw: st.DrawFn) -> Any:
    shape = draw(st.integers(0, 3))
    if shape == 0:
        return draw(
            st.lists(
                st.text("ab1*?", min_size=1, max_size=3).filter(lambda text: text.strip("*")),
                min_size=1,
                max_size=2,
            )
        )
    maps = st.dictionaries(st.just("x"), st.none()).flatmap(
        lambda _: st.lists(items(), min_size=1, max_size=3).map(dict)
    )
    return draw(maps) if shape < 3 else draw(st.lists(maps, min_size=1, max_size=2))


CONDITIONS = st.recursive(
    st.sampled_from(["s1", "s2", "s3", "1 of s*", "all of them", "all of s*"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda parts: f"({' '.join(parts)})"),
        inner.map(lambda part: f"not {part}"),
    ),
    max_leaves=5,
)


def document(parts: Sequence[Any], condition: str) -> str:
    section = {**{f"s{number}": part for number, part in enumerate(parts, 1)}, "condition": condition}
    body = yaml.safe_dump(section, allow_unicode=True, sort_keys=False, width=10_000)
    return rule("".join(f"    {line}\n" for line in body.splitlines()))


@settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
@given(st.lists(selections(), min_size=3, max_size=3), CONDITIONS, st.lists(EVENTS, min_size=1, max_size=6))
def test_invented_rules(parts: list[Any], condition: str, events: list[dict[str, Any]]) -> None:
    text = document(parts, condition)
    loaded = matcher(text)
    assert not loaded.faults, (text, [fault.message for fault in loaded.faults])
    (tree,) = oracle.trees(text)
    expected = [number for number, event in enumerate(events) if oracle.holds(tree, event)]
    batch = "\n".join(json.dumps(event, ensure_ascii=False) for event in events)
    found = [match.line for match in loaded.match(batch.encode())]
    assert found == expected, (text, events)
    assert loaded.skipped == 0


class Maker:
    """Events for a rule: its own values, mostly as they are, some bent, some left out."""

    def __init__(self, seed: str) -> None:
        self.random = random.Random(seed)

    def event(self, detection: Any) -> dict[str, Any]:
        event: dict[str, Any] = {}
        self.fill(detection, event)
        return event

    def fill(self, node: Any, event: dict[str, Any]) -> None:
        if isinstance(node, dict):
            for key, value in node.items():
                self.entry(str(key), value, event)
        elif isinstance(node, list):
            for part in node:
                self.fill(part, event)
        elif node is not None:
            event["Message"] = f"{event.get('Message', '')} {self.filled(str(node))}"

    def entry(self, key: str, value: Any, event: dict[str, Any]) -> None:
        field, *modifiers = key.split("|")
        if isinstance(value, dict) or (isinstance(value, list) and value and isinstance(value[0], dict)):
            return self.fill(value, event)
        values = value if isinstance(value, list) else [value]
        if self.random.random() < 0.1 or value is None or not values:
            return None
        chosen = values if "all" in modifiers else [self.random.choice(values)]
        text = " ".join(self.filled(str(one)) for one in chosen)
        event[field or "Message"] = self.bent(text, modifiers)
        return None

    def filled(self, text: str) -> str:
        """A text that the Sigma string `text` matches."""
        plain = text.replace("\\\\", "\\").replace("\\*", "*").replace("\\?", "?")
        return plain if "\\*" in text or "\\?" in text else plain.replace("*", "xy").replace("?", "z")

    def bent(self, text: str, modifiers: Sequence[str]) -> str:
        before = "q" if {"contains", "endswith"} & set(modifiers) else ""
        after = "q" if {"contains", "startswith"} & set(modifiers) else ""
        kind = self.random.randrange(8)
        if kind == 0:
            return text.swapcase()
        if kind == 1:
            return f"q{text}q"
        if kind == 2:
            return text[:-1]
        return f"{before}{text}{after}"


def compare(documents: Sequence[tuple[str, str]], events: int) -> tuple[int, int]:
    """(comparisons, matches); asserts that both agree on every one."""
    table = json.dumps({"datasets": [{"name": "all", "logsources": sources(documents)}]})
    compared = matched = 0
    for path, text in documents:
        loaded = RuleMatcher([(path, text)], table)
        if loaded.faults:
            continue
        detection = yaml.safe_load(text)["detection"]
        own = [part for name, part in detection.items() if name != "condition"]
        maker = Maker(path)
        made = [maker.event([part for part in own if maker.random.random() < 0.8]) for _ in range(events)]
        conditions = oracle.trees(text)
        expected = [
            number
            for number, event in enumerate(made)
            if any(oracle.holds(tree, event) for tree in conditions)
        ]
        found = [match.line for match in loaded.match("\n".join(map(json.dumps, made)).encode())]
        assert found == expected, (path, [made[number] for number in {*found} ^ {*expected}])
        compared, matched = compared + len(made), matched + len(found)
    return compared, matched


def sources(documents: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    return [sigmahq.named(yaml.safe_load(text)["logsource"]) for _, text in documents]


@pytest.mark.corpus
def test_sigmahq_rules_on_events_made_for_them() -> None:
    documents = sigmahq.rules()[::50]
    compared, matched = compare(documents, 20)
    assert compared > 1_450
    assert matched > compared / 10


@pytest.mark.corpus
@pytest.mark.slice
def test_a_third_of_sigmahq_on_events_made_for_it() -> None:
    compared, matched = compare(sigmahq.rules()[1::3], 6)
    assert compared > 7_400
    assert matched > compared / 10


@pytest.mark.corpus
@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_all_of_sigmahq_on_events_made_for_it() -> None:
    compared, matched = compare(sigmahq.rules(), 10)
    assert compared > 37_000
    assert matched > compared / 10


def test_the_oracle_itself() -> None:
    (tree,) = oracle.trees(rule("    s: {'a|contains': X, b: null}\n    condition: s\n"))
    assert oracle.holds(tree, {"a": "yxy"})
    assert not oracle.holds(tree, {"a": "yxy", "b": ""})
    assert TABLE
