"""How the appliance is, as the analyzer knows it, and what its keepers may set."""

from collections.abc import Mapping
from typing import Any

from analyzer.control.client import ControlClient
from analyzer.ledger import Actor


async def status(control: ControlClient, actor: Actor) -> Mapping[str, Any]:
    return await control.request("status.read", actor, {})


async def rules(control: ControlClient, actor: Actor) -> Mapping[str, Any]:
    return await control.request("rules.read", actor, {})


async def reload_rules(control: ControlClient, actor: Actor) -> None:
    await control.request("rules.reload", actor, {})


async def set_retention(control: ControlClient, actor: Actor, days: int, confirm: int) -> Mapping[str, Any]:
    return await control.request("retention.set", actor, {"days": days, "confirm": confirm})
