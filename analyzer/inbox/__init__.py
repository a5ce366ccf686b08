"""Batches in from the sensors: identity, order, duplicates, durability."""

from analyzer.inbox.batch import Batch
from analyzer.inbox.reader import InboxReader
from analyzer.inbox.service import Inbox, InboxStatus

__all__ = ["Batch", "Inbox", "InboxReader", "InboxStatus"]
