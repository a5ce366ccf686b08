"""A search text as tokens for luqum's grammar.

Its own lexer knows no `&&`, `||`, `!`, takes only times for colons in values, and says nothing useful about a quote
left open; this one does, and keeps every token's place. Side by side means AND, and binds like AND.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

from luqum.head_tail import TokenValue
from luqum.tree import Phrase, Regex, Word

from analyzer.store.lucene_faults import Place, fault

MAX_LENGTH = 8_192
"""Characters of a query: an indicator list pasted into the bar fits, a file does not."""
MAX_TOKENS = 2_048
MAX_DEPTH = 32
"""Parentheses and negations: the tree is walked by recursion, here and in each store."""

WORD_ENDS = ' \t\r\n\u3000()[]{}"^~:'
"""Characters that end a bare word; a backslash takes any of them into it. U+3000 is the Chinese keyboard's space."""
SPACE = " \t\r\n\u3000"
SIGNS = {
    "(": "LPAREN",
    ")": "RPAREN",
    "[": "LBRACKET",
    "{": "LBRACKET",
    "]": "RBRACKET",
    "}": "RBRACKET",
    ":": "COLUMN",
}
OPERATORS = {"AND": "AND_OP", "OR": "OR_OP", "NOT": "NOT", "&&": "AND_OP", "||": "OR_OP"}
COMPARISONS = {"<": "LESSTHAN", ">": "GREATERTHAN"}
PREFIXES = {"+": "PLUS", "-": "MINUS", "!": "NOT"}
OPERAND_ENDS = ("TERM", "PHRASE", "REGEX", "RPAREN", "RBRACKET")
OPERAND_STARTS = (
    "TERM",
    "PHRASE",
    "REGEX",
    "LPAREN",
    "LBRACKET",
    "NOT",
    "PLUS",
    "MINUS",
    "LESSTHAN",
    "GREATERTHAN",
)
BEFORE_VALUE = ("COLUMN", "LESSTHAN", "GREATERTHAN", "LBRACKET", "TO")


@dataclass(frozen=True, slots=True)
class Token:
    """type: luqum's name for it. text: as written."""

    type: str
    text: str
    place: Place


def tokenize(text: str) -> Sequence[Token]:
    """All tokens, with an AND where two operands stand side by side. Raises QuerySyntaxError."""
    if len(text) > MAX_LENGTH:
        raise fault("too_long", Place(MAX_LENGTH, len(text)), limit=str(MAX_LENGTH))
    tokens: list[Token] = []
    scanner = _Scanner(text)
    for token in scanner.tokens():
        if _side_by_side(tokens, token, scanner.in_range):
            tokens.append(Token("AND_OP", "AND", Place(token.place.start, token.place.start)))
        tokens.append(token)
        if len(tokens) > MAX_TOKENS:
            raise fault("too_many", token.place, limit=str(MAX_TOKENS))
    return tokens


def _side_by_side(before: Sequence[Token], token: Token, in_range: bool) -> bool:
    if not before or (in_range and token.type != "LBRACKET"):
        return False
    return before[-1].type in OPERAND_ENDS and token.type in OPERAND_STARTS


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._before = ""
        self._open: list[Token] = []
        self._values = 0
        self._negations = 0
        self.in_range = False

    def tokens(self) -> Iterator[Token]:
        while self._skip_space():
            token = self._next()
            self._note(token)
            yield token
        if self._open:
            sign = self._open[-1]
            closing = {"(": ")", "[": "]", "{": "}"}[sign.text]
            raise fault("unclosed", sign.place, opening=sign.text, closing=closing)

    def _skip_space(self) -> bool:
        while self._at < len(self._text) and self._text[self._at] in SPACE:
            self._at += 1
        return self._at < len(self._text)

    def _next(self) -> Token:
        sign = self._text[self._at]
        if sign in '"/':
            return self._enclosed(sign)
        if sign in "~^":
            raise fault("unsupported", Place(self._at, self._at + 1), sign=sign)
        if sign in SIGNS and not (sign == ":" and self._address()):
            return self._take(SIGNS[sign], 1)
        if sign in COMPARISONS and not self.in_range:
            return self._take(COMPARISONS[sign], 2 if self._text.startswith("=", self._at + 1) else 1)
        if self._text.startswith(("&&", "||"), self._at):
            return self._take(OPERATORS[self._text[self._at : self._at + 2]], 2)
        if sign in PREFIXES and self._before not in BEFORE_VALUE:
            return self._take(PREFIXES[sign], 1)
        return self._word()

    def _take(self, kind: str, length: int) -> Token:
        start, self._at = self._at, self._at + length
        return Token(kind, self._text[start : self._at], Place(start, self._at))

    def _enclosed(self, sign: str) -> Token:
        """A phrase or a regular expression, up to the next sign that is not escaped."""
        end = self._at + 1
        while end < len(self._text) and self._text[end] != sign:
            end += 2 if self._text[end] == "\\" else 1
        if end >= len(self._text):
            raise fault("unclosed", Place(self._at, len(self._text)), opening=sign, closing=sign)
        return self._take("PHRASE" if sign == '"' else "REGEX", end + 1 - self._at)

    def _word(self) -> Token:
        end = self._at + (self._address() or self._word_length())
        text = self._text[self._at : end]
        kind = "TERM" if self.in_range else OPERATORS.get(text, "TERM")
        if text == "TO" and self.in_range:
            kind = "TO"
        return self._take(kind, len(text))

    def _word_length(self) -> int:
        """A colon belongs to the word where a value is expected: times, IPv6 and hardware addresses need no quotes."""
        ends = WORD_ENDS.replace(":", "") if self._in_value() else WORD_ENDS
        end = self._at
        while end < len(self._text) and self._text[end] not in ends:
            if self._text[end] == "\\" and end + 1 == len(self._text):
                raise fault("dangling_escape", Place(end, end + 1))
            end += 2 if self._text[end] == "\\" else 1
        return end - self._at

    def _in_value(self) -> bool:
        return self._before in BEFORE_VALUE or self.in_range or self._values > 0

    def _address(self) -> int:
        """Length of a bare IPv6 address or network here, else 0."""
        end = self._at
        while end < len(self._text) and self._text[end] in "0123456789abcdefABCDEF:./":
            end += 1
        run = self._text[self._at : end]
        if ":" not in run or self._text[end : end + 1] not in WORD_ENDS:
            return 0
        try:
            ip_network(run, strict=False)
        except ValueError:
            return 0
        return len(run)

    def _note(self, token: Token) -> None:
        """What the next token needs to know of this one."""
        if token.text in ("(", "[", "{"):
            self._open.append(token)
            self._values += token.text == "(" and (self._values > 0 or self._before == "COLUMN")
            self.in_range = token.text != "("
        elif token.type in ("RPAREN", "RBRACKET"):
            self._close(token)
        self._negations = self._negations + 1 if token.type in ("NOT", "MINUS", "PLUS") else 0
        if len(self._open) > MAX_DEPTH or self._negations > MAX_DEPTH:
            raise fault("too_deep", token.place, limit=str(MAX_DEPTH))
        self._before = token.type

    def _close(self, token: Token) -> None:
        opening = self._open.pop() if self._open else None
        if opening is None or (opening.text == "(") != (token.text == ")"):
            raise fault("unexpected", token.place, text=token.text)
        self._values = max(0, self._values - 1) if token.text == ")" else self._values
        self.in_range = False


class _PlyToken:
    """What PLY's parser expects of a token."""

    def __init__(self, token: Token, gap: int) -> None:
        self.type = token.type
        self.lexpos = token.place.start
        self.lineno = 1
        self.value: Any = _VALUES.get(token.type, TokenValue)(token.text)
        self.value.pos = token.place.start
        self.value.size = token.place.end - token.place.start
        # luqum adds up sizes and tails: with the space after a token counted, a range's place is exact.
        self.value.tail = " " * gap


_VALUES = {"TERM": Word, "PHRASE": Phrase, "REGEX": Regex}


class Feed:
    """The tokens as a PLY lexer; `last` is the one the grammar looked at last."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._at = -1

    @property
    def last(self) -> Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def input(self, text: str) -> None:
        """PLY hands over the text; the tokens are made already."""

    def token(self) -> _PlyToken | None:
        self._at += 1
        if self.last is None:
            return None
        following = self._tokens[self._at + 1 : self._at + 2]
        gap = following[0].place.start - self.last.place.end if following else 0
        return _PlyToken(self.last, gap)
