"""A literal evaluation of the specification over pySigma's syntax tree: slow, plain, without our matcher."""

import re
from collections.abc import Iterator, Mapping
from ipaddress import ip_address, ip_network
from typing import Any

from sigma.collection import SigmaCollection
from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionNOT,
    ConditionOR,
    ConditionValueExpression,
)
from sigma.rule import SigmaRule
from sigma.types import (
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNull,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaRegularExpressionFlag,
    SigmaString,
    SpecialChars,
)

Event = Mapping[str, Any]


def fold(text: str) -> str:
    """Simple case folding, character by character."""
    return "".join(fold_character(character) for character in text)


def fold_character(character: str) -> str:
    upper = character.upper() if len(character.upper()) == 1 else character
    return upper.lower() if len(upper.lower()) == 1 else upper


def trees(rule: str) -> list[Any]:
    """The conditions of a rule, parsed."""
    (parsed,) = SigmaCollection.from_yaml(rule).rules
    assert isinstance(parsed, SigmaRule)
    return [condition.parsed for condition in parsed.detection.parsed_condition]


def holds(tree: Any, event: Event) -> bool:
    match tree:
        case ConditionAND():
            return all(holds(part, event) for part in tree.args)
        case ConditionOR():
            return any(holds(part, event) for part in tree.args)
        case ConditionNOT():
            return not holds(tree.args[0], event)
        case ConditionFieldEqualsValueExpression():
            return field_holds(tree.field, tree.value, event)
        case ConditionValueExpression():
            return any(keyword_holds(tree.value, text) for text in every_text(event))
    raise TypeError(f"unknown node {tree!r}")


def field_holds(field: str, value: Any, event: Event) -> bool:
    match value:
        case SigmaExpansion():
            return any(field_holds(field, one, event) for one in value.values)
        case SigmaExists():
            return (field in event) == value.exists
        case SigmaNull():
            return any(one is None for one in items(event.get(field)))
        case SigmaFieldReference():
            return any(
                refers(value, one, other)
                for one in texts(event, field)
                for other in texts(event, value.field)
            )
    return any(text_holds(value, text) for text in texts(event, field))


def items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def texts(event: Event, field: str) -> list[str]:
    return [as_text(one) for one in items(event.get(field)) if one is not None]


def as_text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def every_text(event: Event) -> Iterator[str]:
    for field in event:
        yield from texts(event, field)


def refers(value: SigmaFieldReference, one: str, other: str) -> bool:
    left, right = fold(one), fold(other)
    if value.starts_with and value.ends_with:
        return right in left
    if value.starts_with:
        return left.startswith(right)
    return left.endswith(right) if value.ends_with else left == right


def text_holds(value: Any, text: str) -> bool:
    match value:
        case SigmaString():
            return (
                string_pattern(value).fullmatch(text if isinstance(value, SigmaCasedString) else fold(text))
                is not None
            )
        case SigmaNumber():
            return fold(text) == as_text(value.number)
        case SigmaBool():
            return fold(text) == as_text(value.boolean)
        case SigmaRegularExpression():
            return regular(value).search(text) is not None
        case SigmaCIDRExpression():
            return in_network(text, value.cidr)
        case SigmaCompareExpression():
            return compares(value, text)
    raise TypeError(f"unknown value {value!r}")


def keyword_holds(value: Any, text: str) -> bool:
    if isinstance(value, SigmaExpansion):
        return any(keyword_holds(one, text) for one in value.values)
    if isinstance(value, SigmaString):
        cased = isinstance(value, SigmaCasedString)
        return string_pattern(value).search(text if cased else fold(text)) is not None
    if isinstance(value, SigmaNumber):
        return as_text(value.number) in text
    return text_holds(value, text)


def string_pattern(value: SigmaString) -> re.Pattern[str]:
    cased = isinstance(value, SigmaCasedString)
    parts = (string_part(part, cased=cased) for part in value.s)
    return re.compile("".join(parts), re.DOTALL)


def string_part(part: Any, *, cased: bool) -> str:
    if part == SpecialChars.WILDCARD_MULTI:
        return ".*"
    if part == SpecialChars.WILDCARD_SINGLE:
        return "."
    return re.escape(part if cased else fold(part))


def regular(value: SigmaRegularExpression) -> re.Pattern[str]:
    names = {
        SigmaRegularExpressionFlag.IGNORECASE: re.IGNORECASE,
        SigmaRegularExpressionFlag.MULTILINE: re.MULTILINE,
        SigmaRegularExpressionFlag.DOTALL: re.DOTALL,
    }
    flags = 0
    for flag in value.flags:
        flags |= names[flag]
    return re.compile(
        str(value.regexp.original if hasattr(value.regexp, "original") else value.regexp), flags
    )


def in_network(text: str, network: str) -> bool:
    try:
        return ip_address(text) in ip_network(network)
    except ValueError:
        return False


def compares(value: SigmaCompareExpression, text: str) -> bool:
    try:
        left = int(text) if text.lstrip("-").isdigit() else float(text)
    except ValueError:
        return False
    right = value.number.number
    return {"LT": left < right, "LTE": left <= right, "GT": left > right, "GTE": left >= right}[value.op.name]
