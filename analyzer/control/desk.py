"""What actions need besides the state: rules, captures, status. The runtime gives it the parts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from analyzer.errors import ConflictError, NotFoundError
from analyzer.rulebook import Rulebook
from analyzer.rulebook.commands import listing


class Seats(Protocol):
    """Where the rules in force are changed (analyzer.detect.bench.Bench)."""

    @property
    def rulebook(self) -> Rulebook: ...
    def seat(self, rulebook: Rulebook) -> None: ...


@dataclass(frozen=True, slots=True)
class Desk:
    """load: the rule folder as it is now. reloaded, retained: told when new rules, other days to keep, are in force.

    remarks: what the validator said of the rules. uploads: where the console lays captures. inbound: where the sensor
    takes them from.
    """

    default_retention_days: int
    seats: Seats
    load: Callable[[], Rulebook]
    reloaded: Callable[[], None]
    retained: Callable[[], None]
    remarks: Callable[[], Sequence[Mapping[str, Any]]]
    report: Callable[[], Mapping[str, Any]]
    uploads: Path
    inbound: Path

    def status(self) -> Mapping[str, Any]:
        return self.report()

    def rules(self) -> Mapping[str, Any]:
        """Rulebook of the HTTP API; a validator's remarks are faults of rules that are in force all the same."""
        told = listing(self.seats.rulebook)
        return {**told, "faults": [*told["faults"], *self.remarks()]}

    def load_rules(self) -> tuple[Mapping[str, Any], Callable[[], None]]:
        """Raises RulebookError; the rules in force then stay."""
        rulebook = self.load()

        def put_into_effect() -> None:
            self.seats.seat(rulebook)
            self.reloaded()

        return summary(rulebook), put_into_effect

    def submit_capture(self, name: str) -> Callable[[], None]:
        """NotFoundError, or ConflictError when a capture of this name still waits."""
        source, target = self.uploads / name, self.inbound / name
        if not source.is_file() or source.is_symlink():
            raise NotFoundError(f"there is no upload {name}")
        if target.exists():
            raise ConflictError(f"{name} is waiting already")

        def hand_over() -> None:
            self.inbound.mkdir(parents=True, exist_ok=True)
            source.rename(target)

        return hand_over


def summary(rulebook: Rulebook) -> dict[str, Any]:
    """For status and audit trail: which content, how many rules and faults."""
    return {
        "content_version": rulebook.content_version,
        "loaded": len(rulebook.rules),
        "yara": len(rulebook.yara.rules),
        "faults": len(rulebook.faults),
    }
