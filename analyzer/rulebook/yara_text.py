"""The outline of YARA rule files: names, tags, meta, strings and each rule's own text, without the engine.

The engine runs in workers alone; people need to know of a rule what its text says. Reading is linear in the text and
never fails: what is no rule is passed over, the engine says what is wrong with it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

# Comments and quoted things are one token each, so nothing inside them is taken for syntax; each ends with its line or
# the text when it is not closed. In YARA a slash begins a regular expression (division is a backslash).
TOKEN = re.compile(
    r"""
    (?P<space>\s+ | //[^\n]* | /\*(?:.*?\*/|.*))
  | (?P<text>"(?:\\.|[^"\\\n])*"?)
  | (?P<regex>/(?:\\.|[^/\\\n])+/?[a-z]*)
  | (?P<word>[A-Za-z_$@\#!][\w$*]*)
  | (?P<number>-?\d\w*)
  | (?P<mark>.)
    """,
    re.VERBOSE | re.DOTALL,
)
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\"}
ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{2}|.)", re.DOTALL)
Meta = Mapping[str, str]
SECTIONS = frozenset({"meta", "strings", "variables", "condition"})


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str
    start: int
    end: int


@dataclass(slots=True)
class Outline:
    """One rule. meta: the last value of each name, as text. strings: identifier to pattern with its modifiers."""

    name: str
    line: int
    tags: Sequence[str] = ()
    meta: dict[str, str] = field(default_factory=dict)
    strings: dict[str, str] = field(default_factory=dict)
    text: str = ""


def outlines(text: str) -> Iterator[Outline]:
    """Every rule of a file, in order."""
    tokens = _Tokens(text)
    while token := tokens.next():
        if token.text == "rule" and token.kind == "word":
            yield _rule(tokens, token.start)


class _Tokens:
    """The text's tokens without space and comments, with one to look back at."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._found = TOKEN.finditer(text)
        self._held: Token | None = None
        self._line, self._counted = 1, 0

    def next(self) -> Token | None:
        held, self._held = self._held, None
        if held is not None:
            return held
        for match in self._found:
            if match.lastgroup != "space":
                return Token(str(match.lastgroup), match[0], match.start(), match.end())
        return None

    def hold(self, token: Token | None) -> None:
        """Give it back: it is the next one again."""
        self._held = token

    def line(self, at: int) -> int:
        """Line of a place, from 1; places are asked for in order."""
        self._line += self.text.count("\n", self._counted, at)
        self._counted = at
        return self._line


def _rule(tokens: _Tokens, start: int) -> Outline:
    name = tokens.next()
    rule = Outline(name.text if name else "", tokens.line(start))
    rule.tags = _tags(tokens)
    end = _body(tokens, rule)
    rule.text = tokens.text[start:end]
    return rule


def _tags(tokens: _Tokens) -> Sequence[str]:
    """Up to and with the opening brace."""
    tags = []
    while (token := tokens.next()) and token.text != "{":
        if token.kind == "word":
            tags.append(token.text)
    return tuple(tags)


def _body(tokens: _Tokens, rule: Outline) -> int:
    """To the closing brace; where it ends."""
    section = ""
    while token := tokens.next():
        if token.text == "}":
            return token.end
        if token.text in SECTIONS and token.kind == "word":
            section = token.text
        elif section == "meta" and token.kind == "word":
            _meta(tokens, rule, token.text)
        elif section == "strings" and token.text.startswith("$"):
            _string(tokens, rule, token.text)
    return len(tokens.text)


def _meta(tokens: _Tokens, rule: Outline, name: str) -> None:
    if not _equals(tokens):
        return
    value = tokens.next()
    if value is None or value.text == "}":
        tokens.hold(value)
    else:
        rule.meta[name] = plain(value.text) if value.kind == "text" else value.text


def _string(tokens: _Tokens, rule: Outline, name: str) -> None:
    if not _equals(tokens) or (value := tokens.next()) is None:
        return
    start, end = value.start, value.end
    token: Token | None = value
    if value.text == "{":
        while token and token.text != "}":
            token = tokens.next()
            end = token.end if token else len(tokens.text)
    while (token := tokens.next()) and token.text not in SECTIONS and token.text != "}":
        if token.text.startswith("$"):
            break
        end = token.end
    tokens.hold(token)
    # An unnamed string ("$") has no name to look it up by.
    rule.strings[name] = tokens.text[start:end]


def _equals(tokens: _Tokens) -> bool:
    token = tokens.next()
    if token is None or token.text != "=":
        tokens.hold(token)
        return False
    return True


def plain(quoted: str) -> str:
    """A quoted text without its quotes and escapes."""
    inner = quoted[1:-1] if len(quoted) > 1 and quoted.endswith('"') else quoted[1:]
    return ESCAPE.sub(_unescaped, inner)


def _unescaped(match: re.Match[str]) -> str:
    code = match[1]
    return chr(int(code[1:], 16)) if len(code) > 1 else ESCAPES.get(code, code)
