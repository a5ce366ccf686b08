"""Lucene's regular expressions, in the part that Lucene, Rust and Python read alike.

Supported: literals, `.`, `[…]`, `(…)`, `|`, `?`, `*`, `+`, `{n}`, `{n,}`, `{n,m}`, `\\d \\w \\s` (ASCII) and escapes.
Lucene's own operators `~ & @ # < > "` and anchors must be escaped: elsewhere they mean something else.
"""

from collections.abc import Iterator, Mapping

from analyzer.store.lucene_faults import Place, fault

CLASSES: Mapping[str, str] = {
    "d": "[0-9]",
    "D": "[^0-9]",
    "w": "[A-Za-z0-9_]",
    "W": "[^A-Za-z0-9_]",
    "s": r"[\ \t\n\r\f]",
    "S": r"[^\ \t\n\r\f]",
}
FOREIGN = '~&@#<>"'
ANCHORS = "^$"
QUANTIFIERS = "*+?{"
LITERAL = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
MAX_REPEAT = 1_000
"""Lucene's own limit: maxDeterminizedStates refuses more in practice."""


def translate(pattern: str, offset: int) -> str:
    """The same language in the common spelling. offset: where the pattern stands in the query, for faults."""
    return "".join(_Reader(pattern, offset).parts())


def escape(character: str) -> str:
    """One literal character. Only ASCII punctuation may be escaped everywhere."""
    plain = character in LITERAL or not character.isascii() or not character.isprintable()
    return character if plain else "\\" + character


class _Reader:
    def __init__(self, pattern: str, offset: int) -> None:
        self._pattern = pattern
        self._offset = offset
        self._at = 0

    def parts(self) -> Iterator[str]:
        depth, before = 0, ""
        while self._at < len(self._pattern):
            sign = self._pattern[self._at]
            depth += {"(": 1, ")": -1}.get(sign, 0)
            if depth < 0:
                raise self._wrong("a ) without (", "多余的 )")
            if sign in QUANTIFIERS and before in ("", "(", "|"):
                raise self._wrong("nothing to repeat", "没有可重复的内容")
            before = sign
            yield self._part(sign)
        if depth:
            raise self._wrong("a ( is never closed", "( 没有结束")

    def _part(self, sign: str) -> str:
        if sign == "\\":
            return self._escaped()
        if sign == "[":
            return self._class()
        if sign == "{":
            return self._repeat()
        if sign in FOREIGN or sign in ANCHORS or sign in "]}":
            raise self._wrong(f"{sign} must be escaped", f"{sign} 须转义")
        self._at += 1
        if sign == "(" and self._pattern.startswith("?", self._at):
            raise self._wrong("(? is not supported", "不支持 (?")
        return sign if sign in ".()|?*+" else escape(sign)

    def _escaped(self) -> str:
        self._at += 2
        if self._at > len(self._pattern):
            raise self._wrong("it ends after a backslash", "以反斜杠结尾")
        character = self._pattern[self._at - 1]
        return CLASSES.get(character) or escape(character)

    def _repeat(self) -> str:
        end = self._pattern.find("}", self._at)
        low, comma, high = self._pattern[self._at + 1 : max(end, self._at + 1)].partition(",")
        fits = low.isdecimal() and low.isascii() and (not high or (high.isdecimal() and high.isascii()))
        if end < 0 or not fits or max(int(low), int(high or low)) > MAX_REPEAT or int(high or low) < int(low):
            raise self._wrong("{ must be followed by a count, as in {2,5}", "{ 后须为次数，如 {2,5}")
        self._at = end + 1
        return "{" + low + comma + high + "}"

    def _class(self) -> str:
        self._at += 1
        out = ["["]
        if self._peek() == "^":
            out.append("^")
            self._at += 1
        while self._peek() != "]":
            out.append(self._range())
        self._at += 1
        if len(out) == 1 or out[1:] == ["^"]:
            raise self._wrong("[] is empty", "[] 是空的")
        return "".join([*out, "]"])

    def _range(self) -> str:
        low = self._member()
        if self._peek() != "-" or self._pattern.startswith("]", self._at + 1):
            return escape(low)
        self._at += 1
        high = self._member()
        if high < low:
            raise self._wrong("a range runs backwards", "范围前后颠倒")
        return f"{escape(low)}-{escape(high)}"

    def _member(self) -> str:
        character = self._peek()
        self._at += 1
        if character == "\\":
            character = self._peek()
            self._at += 1
            if character in CLASSES:
                raise self._wrong("\\d, \\w and \\s stand outside of []", "\\d、\\w、\\s 不能写在 [] 里")
        return character

    def _peek(self) -> str:
        if self._at >= len(self._pattern):
            raise self._wrong("a [ is never closed", "[ 没有结束")
        return self._pattern[self._at]

    def _wrong(self, why: str, why_zh: str) -> Exception:
        at = self._offset + min(self._at, max(0, len(self._pattern) - 1))
        return fault("bad_regex", Place(at, at + 1), why=why, why_zh=why_zh)
