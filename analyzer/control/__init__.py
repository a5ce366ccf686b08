"""The one way to change anything: actions, checked, run and accounted for in the analyzer."""

from analyzer.control.client import RESYNC, AnalyzerAwayError, ControlClient, ask
from analyzer.control.permissions import Permission, Role, Roles, load_roles

__all__ = [
    "RESYNC",
    "AnalyzerAwayError",
    "ControlClient",
    "Permission",
    "Role",
    "Roles",
    "ask",
    "load_roles",
]
