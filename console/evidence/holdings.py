"""Packets and files of an alert group: what is held, and the way to it, in the asker's scope."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analyzer.alerting import queue
from analyzer.alerting.keys import leaves
from analyzer.control.client import ControlClient
from analyzer.errors import NotFoundError
from analyzer.evidence import reading
from analyzer.evidence.vault import place_of
from analyzer.ledger import Actor
from analyzer.state import Sessions as State
from analyzer.store.base import Scope, StoreReader

MAX_EVENTS = 200
"""Events whose files are named; a group shows as many."""
MAX_FILES = 50


def of_group(state: State, store: StoreReader, scope: Scope, group: str) -> Mapping[str, Any]:
    """NotFoundError for a group outside the scope."""
    with state() as db:
        queue.read_group(db, group, scope)
        alerts = queue.read_alerts(db, group)
        packets = reading.slices(db, group)
        ids = list(dict.fromkeys(event for alert in alerts for event in alert["events"]))[:MAX_EVENTS]
        digests = file_digests(store.get("events", ids, scope))
        return {"packets": packets, "files": reading.files(db, digests)}


def file_digests(events: Any) -> list[str]:
    """Each once, in the order of the events."""
    found = dict.fromkeys(str(it) for event in events for it in leaves(event, "file.hash.sha256"))
    return list(found)[:MAX_FILES]


def must_hold(state: State, scope: Scope, sha256: str) -> None:
    """NotFoundError for evidence outside the scope."""
    with state() as db:
        reading.held(db, sha256, scope)


async def take(control: ControlClient, actor: Actor, action: str, sha256: str, folder: Path) -> Path:
    """Where the content lies; recorded before this returns. action: evidence.download or file.download."""
    await control.request(action, actor, {"sha256": sha256})
    path = place_of(folder, sha256)
    if not path.is_file():
        raise NotFoundError(
            f"the content of {sha256} is gone", hint="it has just made room for newer content"
        )
    return path
