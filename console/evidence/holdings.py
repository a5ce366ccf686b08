"""Packets and files of an alert group: what is held, and the way to it, in the asker's scope."""

from collections.abc import Iterable, Mapping
from itertools import islice
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
MAX_NAME = 1_024
"""Characters; no file system takes more in a path."""


def of_group(state: State, store: StoreReader, scope: Scope, group: str) -> Mapping[str, Any]:
    """NotFoundError for a group outside the scope."""
    with state() as db:
        queue.read_group(db, group, scope)
        alerts = queue.read_alerts(db, group)
        packets = reading.slices(db, group)
        ids = list(dict.fromkeys(event for alert in alerts for event in alert["events"]))[:MAX_EVENTS]
        named = named_files(store.get("events", ids, scope))
        return {"packets": packets, "files": reading.files(db, named)}


def named_files(events: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Hash → name, each once, in the order of the events; the first name it had."""
    found: dict[str, str] = {}
    for event in events:
        name = str(next(leaves(event, "file.name"), ""))[:MAX_NAME]
        for digest in leaves(event, "file.hash.sha256"):
            found[str(digest)] = found.get(str(digest)) or name
    return dict(islice(found.items(), MAX_FILES))


def must_hold(state: State, scope: Scope, sha256: str) -> None:
    """NotFoundError for packets outside the scope."""
    with state() as db:
        reading.held(db, sha256, scope)


def must_hold_file(state: State, scope: Scope, sha256: str) -> None:
    """The same for a carved file."""
    with state() as db:
        reading.held_file(db, sha256, scope)


async def take(control: ControlClient, actor: Actor, action: str, sha256: str, folder: Path) -> Path:
    """Where the content lies; recorded before this returns. action: evidence.download or file.download."""
    await control.request(action, actor, {"sha256": sha256})
    path = place_of(folder, sha256)
    if not path.is_file():
        raise NotFoundError(
            f"the content of {sha256} is gone", hint="it has just made room for newer content"
        )
    return path
