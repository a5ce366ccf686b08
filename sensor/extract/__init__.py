"""Files carved out of traffic: kept by hash, until the analyzer has them and longer."""

from sensor.extract.vault import Vault
from sensor.extract.waiting import Waiting

__all__ = ["Vault", "Waiting"]
