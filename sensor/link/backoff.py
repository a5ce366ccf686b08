"""How long to wait before the next attempt."""

from collections.abc import Callable
from dataclasses import dataclass

FIRST_SECONDS = 0.25
LONGEST_SECONDS = 30.0
STEADY_SECONDS = 10.0
"""A connection that lasted this long was a good one: the next failure starts from the beginning."""


@dataclass(slots=True)
class Backoff:
    """Doubles up to the longest wait, each time a random part of it: a thousand sensors must not come back at once.

    random: a number from 0 to 1.
    """

    random: Callable[[], float]
    failures: int = 0

    def after(self, lasted: float) -> float:
        """Seconds to wait after a connection (or attempt) that lasted so long."""
        self.failures = 0 if lasted >= STEADY_SECONDS else self.failures + 1
        # The exponent is bounded too: 2.0 ** 1100 is no float.
        longest = min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** min(self.failures, 16))
        return longest * (0.5 + self.random() / 2)
