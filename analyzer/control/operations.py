"""What an operator does to the appliance itself: rules, retention, captures; and what anybody may know of it."""

import re
from dataclasses import dataclass

from analyzer.control.base import SIGNED_IN, Action, Call, NoParameters, Outcome
from analyzer.errors import ConflictError, InvalidError
from analyzer.state import retention_days, set_retention_days

MOST_DAYS = 3_650
CAPTURE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


@dataclass(frozen=True, slots=True)
class Retention:
    """confirm: the same number again; needed to shorten, which deletes data for good."""

    days: int
    confirm: int = 0


@dataclass(frozen=True, slots=True)
class Capture:
    """name: of a file the console has laid into run/uploads."""

    name: str


def reload_rules(call: Call, _given: NoParameters) -> Outcome:
    before = {key: value for key, value in call.services.rules().items() if key == "content_version"}
    after, put_into_effect = call.services.load_rules()
    return Outcome(after, "rules", before, after, then=put_into_effect)


def read_rules(call: Call, _given: NoParameters) -> Outcome:
    return Outcome(call.services.rules())


def read_status(call: Call, _given: NoParameters) -> Outcome:
    return Outcome(call.services.status())


def set_retention(call: Call, given: Retention) -> Outcome:
    days = retention_days(call.db, call.services.default_retention_days)
    if not 1 <= given.days <= MOST_DAYS:
        raise InvalidError(f"days: 1 to {MOST_DAYS}")
    if given.days < days and given.confirm != given.days:
        raise ConflictError(
            f"shortening from {days} to {given.days} days deletes older data for good",
            hint=f"send confirm={given.days} as well",
        )
    set_retention_days(call.db, given.days)
    return Outcome(
        {"days": given.days}, "retention", {"days": days}, {"days": given.days}, then=call.services.retained
    )


def submit_capture(call: Call, given: Capture) -> Outcome:
    if not CAPTURE_NAME.fullmatch(given.name):
        raise InvalidError("name: letters, digits, . _ - only, at most 128")
    hand_over = call.services.submit_capture(given.name)
    return Outcome({}, given.name, None, {"name": given.name}, then=hand_over)


OPERATION_ACTIONS = (
    Action("rules.reload", "rules.manage", NoParameters, reload_rules, "rules"),
    Action("rules.read", "alerts.read", NoParameters, read_rules, "rules", audited=False),
    Action("status.read", SIGNED_IN, NoParameters, read_status, "status", audited=False),
    Action("retention.set", "retention.manage", Retention, set_retention, "retention"),
    Action("capture.submit", "capture.submit", Capture, submit_capture, "capture", "name"),
)
