"""Packets of alerts: asked from the sensor that saw them, kept by hash, so that they outlive its ring."""

from analyzer.evidence.collector import Collector
from analyzer.evidence.intake import PACKETS
from analyzer.evidence.vault import Vault
from analyzer.evidence.wants import note

__all__ = ["PACKETS", "Collector", "Vault", "note"]
