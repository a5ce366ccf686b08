"""What people decide about a group, carried out by the analyzer; each answers the group as it is then."""

from collections.abc import Mapping, Sequence
from typing import Any

from analyzer.control.client import ControlClient
from analyzer.ledger import Actor


async def verdict(
    control: ControlClient, actor: Actor, group: str, judged: str, reason: str, version: int
) -> Mapping[str, Any]:
    params = {"group": group, "verdict": judged, "reason": reason, "version": version}
    return await control.request("alert.verdict", actor, params)


async def undo(control: ControlClient, actor: Actor, group: str, version: int) -> Mapping[str, Any]:
    return await control.request("alert.undo", actor, {"group": group, "version": version})


async def assign(
    control: ControlClient, actor: Actor, group: str, account: str, version: int
) -> Mapping[str, Any]:
    params = {"group": group, "account": account, "version": version}
    return await control.request("alert.assign", actor, params)


async def shown(control: ControlClient, actor: Actor, marks: Sequence[Mapping[str, Any]]) -> None:
    await control.request("alert.shown", actor, {"shown": list(marks)})
