"""Roles and what they allow, from rules/roles/roles.toml."""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analyzer.errors import RulebookError
from analyzer.ledger import LOCAL


@dataclass(frozen=True, slots=True)
class Role:
    name: str
    zh: str
    en: str
    permissions: frozenset[str]


@dataclass(frozen=True, slots=True)
class Permission:
    name: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Roles:
    """Every role and permission there is."""

    roles: Sequence[Role]
    permissions: Sequence[Permission]

    def names(self) -> frozenset[str]:
        """Roles an account may have."""
        return frozenset(role.name for role in self.roles if role.name != LOCAL)

    def allowed(self, names: Iterable[str]) -> frozenset[str]:
        """Permissions of somebody who has the roles `names`; an unknown role gives none."""
        held = set(names)
        return frozenset().union(*(role.permissions for role in self.roles if role.name in held))


def load_roles(path: Path) -> Roles:
    """RulebookError when the file cannot be read or a role names a permission that is not declared."""
    try:
        document = tomllib.loads(path.read_text("utf-8"))
        permissions = [Permission(**entry) for entry in document["permission"]]
        roles = [_role(entry) for entry in document["role"]]
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as fault:
        raise RulebookError(f"{path}: {fault}", hint="restore rules/roles/roles.toml") from fault
    declared = {permission.name for permission in permissions}
    for role in roles:
        if unknown := sorted(role.permissions - declared):
            raise RulebookError(f"{path}: role {role.name} names unknown permission {unknown[0]}")
    return Roles(roles, permissions)


def _role(entry: dict[str, Any]) -> Role:
    return Role(entry["name"], entry["zh"], entry["en"], frozenset(entry["permissions"]))
