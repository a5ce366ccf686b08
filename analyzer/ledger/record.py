"""One line of the audit trail: who did what to what, when, from where, how it ended (GB/T 22239 8.1.3.5, 8.1.4.3)."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

RESULTS = ("done", "refused", "failed")

LOCAL = "@local"
"""Account of the operating-system user who runs the appliance, at the command line."""
SYSTEM = "@system"
"""Account of what the analyzer does by itself: retention, quarantine."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks. session: digest of the session's token, empty outside the console. address: where from."""

    account: str
    session: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """at_ns: ns since 1970. result: one of RESULTS; reason says why not. before, after: what changed, without secrets.

    process: the process that asked, as the kernel names it (pid, uid).
    """

    at_ns: int
    action: str
    actor: Actor
    kind: str
    object: str
    result: str
    reason: str = ""
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    process: Mapping[str, int] = field(default_factory=dict)

    def canonical(self) -> bytes:
        """RFC 8785 style: sorted keys, no spaces, UTF-8; the same record is always the same bytes."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode(
            errors="surrogatepass"
        )

    @classmethod
    def parse(cls, line: bytes) -> "AuditRecord":
        """The record `canonical` made; ValueError or TypeError when it is not one."""
        fields = json.loads(line.decode(errors="surrogatepass"))
        return cls(**{**fields, "actor": Actor(**fields["actor"])})
