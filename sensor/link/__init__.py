"""Carries the outbox to the analyzer, and the analyzer's orders back."""

from sensor.link.backoff import Backoff
from sensor.link.client import Link

__all__ = ["Backoff", "Link"]
