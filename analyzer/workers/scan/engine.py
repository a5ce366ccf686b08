"""YARA: rule files compiled one by one, so that a bad one is named, then together, so that a file is read once."""

import hashlib
import io
import json
import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yara

# What the public sets ask of the program around them (signature-base, README).
EXTERNALS = {"filename": "", "filepath": "", "extension": "", "filetype": "", "owner": ""}
# An alert shows a handful of places; a rule that hits a million times says no more.
MAX_STRINGS = 20
MAX_PLACES = 3
EXCERPT_BYTES = 64
# Compiled sets kept: the whole, and the whole without the files quarantined for one sample.
KEPT_SETS = 4
LINE = re.compile(r"(?:line |\()(\d+)\)?: (.*)", re.DOTALL)
IMPORT = re.compile(rb'^\s*import\s+"(\w+)"', re.MULTILINE)
DIGEST_BYTES = 32


@dataclass(frozen=True, slots=True)
class RuleFile:
    """path: as people know it, and the namespace; location: where it lies; sha256: of what was meant to be loaded."""

    path: str
    location: str
    sha256: str


class EngineTimeoutError(Exception):
    """The rules did not come to an end in time."""


class EngineError(Exception):
    """The engine refused the content (out of memory, too many matches)."""


class Engine:
    """cache: folder of compiled rules; its entries are bound to the engine's version and to the file's content."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache
        self._sets: OrderedDict[frozenset[str], Any] = OrderedDict()
        self.files: Sequence[RuleFile] = ()

    def check(self, file: RuleFile) -> Mapping[str, Any] | None:
        """What is wrong with one file ({line, message}); None: it is good, and compiled in the cache."""
        known = self._recall(self._key(file.sha256))
        if known is None:
            known = self._compiled(file)
        if known.startswith(b"{"):
            fault: Mapping[str, Any] = json.loads(known)
            return fault
        return None

    def _compiled(self, file: RuleFile) -> bytes:
        try:
            content = Path(file.location).read_bytes()
        except OSError as error:
            return json.dumps({"line": 0, "message": f"cannot be read: {error.strerror}"}).encode()
        if hashlib.sha256(content).hexdigest() != file.sha256:
            return json.dumps({"line": 0, "message": "changed while it was loaded; load again"}).encode()
        try:
            rules = yara.compile(filepath=file.location, externals=EXTERNALS, includes=False)
        except yara.Error as error:
            found = json.dumps(missing_module(content) or located(str(error))).encode()
        else:
            found = saved(rules)
        self._keep(self._key(file.sha256), found)
        return found

    def use(self, files: Sequence[RuleFile]) -> None:
        """These files, each known to be good, judge from now on."""
        self.files = files
        self._sets.clear()

    def match(
        self, data: bytes, about: Mapping[str, str], without: frozenset[str], seconds: float
    ) -> list[dict[str, Any]]:
        """Hits of all files but those `without`. Raises EngineTimeoutError, EngineError."""
        return self._ask(self._set(without), data, about, seconds)

    def match_one(
        self, file: RuleFile, data: bytes, about: Mapping[str, str], seconds: float
    ) -> list[dict[str, Any]]:
        """Hits of one file. Raises as `match` does."""
        known = self._recall(self._key(file.sha256))
        rules = loaded(self._compiled(file) if known is None else known)
        return self._ask(rules, data, about, seconds, file.path)

    def _set(self, without: frozenset[str]) -> Any:
        if without not in self._sets:
            self._sets[without] = self._together([file for file in self.files if file.path not in without])
            if len(self._sets) > KEPT_SETS:
                self._sets.popitem(last=False)
        self._sets.move_to_end(without)
        return self._sets[without]

    def _together(self, files: Sequence[RuleFile]) -> Any:
        content = "".join(f"{file.path}\0{file.sha256}\0" for file in files)
        key = self._key(hashlib.sha256(content.encode()).hexdigest())
        known = self._recall(key)
        if known is not None:
            return loaded(known)
        places = {file.path: file.location for file in files}
        try:
            rules = yara.compile(filepaths=places, externals=EXTERNALS, includes=False)
        except yara.Error as error:  # each was good alone: a file has changed since
            raise EngineError(str(error)) from error
        self._keep(key, saved(rules))
        return rules

    def _ask(
        self, rules: Any, data: bytes, about: Mapping[str, str], seconds: float, ruleset: str = ""
    ) -> list[dict[str, Any]]:
        """ruleset: for rules compiled alone, which have no namespace."""
        try:
            found = rules.match(
                data=data,
                externals=EXTERNALS | dict(about),
                timeout=max(1, int(seconds)),
                fast=True,
                warnings_callback=lambda *_: yara.CALLBACK_CONTINUE,
            )
        except yara.TimeoutError as error:
            raise EngineTimeoutError from error
        except yara.Error as error:
            raise EngineError(str(error)) from error
        return [hit(match, ruleset or match.namespace) for match in found]

    def _key(self, digest: str) -> Path:
        return self._cache / f"{yara.__version__}-{digest}"

    def _recall(self, path: Path) -> bytes | None:
        """An entry as it was kept; a torn or damaged one counts as none."""
        try:
            content = path.read_bytes()
        except OSError:
            return None  # none there, or not to be had: the rules are compiled again
        digest, body = content[:DIGEST_BYTES], content[DIGEST_BYTES:]
        return body if hashlib.sha256(body).digest() == digest else None

    def _keep(self, path: Path, body: bytes) -> None:
        """A cache: when there is no room the rules are compiled again next time."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            beside = path.with_name(path.name + ".new")
            beside.write_bytes(hashlib.sha256(body).digest() + body)
            beside.replace(path)
        except OSError:
            return


def saved(rules: Any) -> bytes:
    buffer = io.BytesIO()
    rules.save(file=buffer)
    return buffer.getvalue()


def loaded(body: bytes) -> Any:
    try:
        return yara.load(file=io.BytesIO(body))
    except yara.Error as error:
        raise EngineError(f"its compiled form cannot be loaded: {error}") from error


def missing_module(content: bytes) -> dict[str, Any] | None:
    """The engine tells only the last of its complaints; that a module is missing explains the others."""
    for found in IMPORT.finditer(content):
        name = found[1].decode()
        if name not in yara.modules:
            line = content.count(b"\n", 0, found.start(1)) + 1
            return {"line": line, "message": f"needs the module {name}, which this engine does not have"}
    return None


def located(message: str) -> dict[str, Any]:
    """`line 3: undefined identifier "x"`, or `<path>(3): …` → line and message."""
    found = LINE.search(message)
    return {"line": int(found[1]), "message": found[2]} if found else {"line": 0, "message": message}


def hit(match: Any, ruleset: str) -> dict[str, Any]:
    """One rule that held, with the first places of each of its strings that were found."""
    return {
        "rule": match.rule,
        "ruleset": ruleset,
        "tags": list(match.tags),
        "strings": [
            {"name": string.identifier, "offset": place.offset, "excerpt": excerpt(place.matched_data)}
            for string in match.strings[:MAX_STRINGS]
            for place in string.instances[:MAX_PLACES]
        ],
    }


def excerpt(data: bytes) -> str:
    """Printable ASCII as it is, everything else as \\xNN."""
    cut = data[:EXCERPT_BYTES]
    return "".join(chr(byte) if 32 <= byte < 127 and byte != 92 else f"\\x{byte:02x}" for byte in cut)
