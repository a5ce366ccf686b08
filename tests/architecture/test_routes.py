"""Every route is guarded; every one that changes something needs a permission and ends in an audited control action."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from analyzer.control.actions import registry
from analyzer.control.permissions import load_roles
from console.api.access import SAFE_METHODS, Access
from console.api.application import ROUTERS
from tests.corpus import ROOT

CHANGES: dict[str, dict[str, Any]] = tomllib.loads(Path(__file__).with_name("routes.toml").read_text())
WITHOUT_SESSION = "POST /session"


def routes() -> Iterator[tuple[str, APIRoute]]:
    """("METHOD /path", route) of every route of every router."""
    for router in ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute), f"{route} is not an APIRoute: the guards could not be read"
            yield from ((f"{method} {route.path}", route) for method in sorted(route.methods or ()))


def guards(dependant: Dependant) -> Iterator[Access]:
    for below in dependant.dependencies:
        if isinstance(below.call, Access):
            yield below.call
        yield from guards(below)


def test_every_route_needs_a_session() -> None:
    bare = [name for name, route in routes() if name != WITHOUT_SESSION and not list(guards(route.dependant))]
    assert not bare


def test_every_changing_route_is_in_the_table() -> None:
    changing = {name for name, _ in routes() if name.split()[0] not in SAFE_METHODS}
    assert changing == set(CHANGES)


def test_changing_routes_have_the_permission_of_the_table() -> None:
    for name, route in routes():
        if name in CHANGES and name != WITHOUT_SESSION:
            (guard,) = guards(route.dependant)
            assert (guard.permission or "") == CHANGES[name]["permission"], name


def test_every_action_of_the_table_exists_with_the_same_permission() -> None:
    """The analyzer checks again: a console that is taken over has no more rights than its user."""
    known = registry(load_roles(ROOT / "rules" / "roles" / "roles.toml"))
    for name, change in CHANGES.items():
        for action in change["actions"]:
            assert action in known, f"{name}: {action}"
            if change["permission"] not in ("", "-") and not change.get("asks_inside"):
                assert known[action].permission == change["permission"], f"{name}: {action}"


def test_every_changing_route_ends_in_an_audited_action() -> None:
    """That an audited action writes exactly one record is tested over the whole registry in tests/analyzer/control."""
    known = registry(load_roles(ROOT / "rules" / "roles" / "roles.toml"))
    silent = [
        name
        for name, change in CHANGES.items()
        if not all(known[action].audited for action in change["actions"])
    ]
    assert not silent
