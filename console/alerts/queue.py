"""The alert queue and one group's story, in the asker's scope."""

from collections.abc import Mapping
from typing import Any

from analyzer.alerting import queue
from analyzer.state import Sessions as State
from analyzer.store.base import Scope, StoreReader

MAX_EVENTS = 200
"""Evidence events answered with a story; all of them are found by searching."""


def page(state: State, wanted: queue.Wanted) -> Mapping[str, Any]:
    """One page of groups, how many the filter lets through, and how many are open of each level."""
    with state() as db:
        found = queue.page(db, wanted)
        opened = queue.open_by_level(db, wanted.scope)
    return {"items": found.items, "total": found.total, "next": found.next or None, "open": opened}


def story(state: State, store: StoreReader, scope: Scope, group: str) -> Mapping[str, Any]:
    """A group with its newest alerts, their events as far as they are stored, and what was done to it."""
    with state() as db:
        row = queue.read_group(db, group, scope)
        alerts = queue.read_alerts(db, group)
        history = queue.read_history(db, group)
    ids = list(dict.fromkeys(event for alert in alerts for event in alert["events"]))[:MAX_EVENTS]
    return {"group": row, "alerts": alerts, "events": store.get("events", ids, scope), "history": history}


def must_see(state: State, scope: Scope, group: str) -> None:
    """NotFoundError for a group outside the scope: who cannot see it cannot judge it either."""
    with state() as db:
        queue.read_group(db, group, scope)
