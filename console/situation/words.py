"""The analyzer's warnings in the reader's language."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def templates() -> Mapping[str, Mapping[str, str]]:
    """Code → language → words with {names} of parameters."""
    return tomllib.loads(files("console.situation").joinpath("warnings.toml").read_text("utf-8"))


def with_words(warnings: Sequence[Mapping[str, Any]], language: str) -> Sequence[Mapping[str, Any]]:
    return [{**it, "message": words(it["code"], it["params"], language)} for it in warnings]


def words(code: str, params: Mapping[str, Any], language: str) -> str:
    """A code a newer analyzer made is shown as it came."""
    template = templates().get(code, {}).get(language, "")
    for name, value in params.items():
        template = template.replace(f"{{{name}}}", str(value))
    return template or f"{code} {dict(params)}"
