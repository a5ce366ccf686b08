"""Durable log of event batches between capture and link."""

from sensor.outbox.batch import BatchMeta
from sensor.outbox.reader import OutboxReader
from sensor.outbox.writer import Outbox

__all__ = ["BatchMeta", "Outbox", "OutboxReader"]
