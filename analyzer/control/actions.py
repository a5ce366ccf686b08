"""Every change that can be asked of the analyzer, and the few readings that go the same way. The list is complete."""

from collections.abc import Mapping

from analyzer.control.accounts import AccountActions
from analyzer.control.alerts import ALERT_ACTIONS
from analyzer.control.base import Action
from analyzer.control.evidence import EVIDENCE_ACTIONS
from analyzer.control.operations import OPERATION_ACTIONS
from analyzer.control.permissions import Roles
from analyzer.control.sessions import SESSION_ACTIONS


def registry(roles: Roles) -> Mapping[str, Action]:
    """Action by name."""
    listed = (
        *SESSION_ACTIONS,
        *AccountActions(roles).actions(),
        *ALERT_ACTIONS,
        *EVIDENCE_ACTIONS,
        *OPERATION_ACTIONS,
    )
    return {action.name: action for action in listed}
