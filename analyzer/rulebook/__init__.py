"""Rules as files: loaded, checked, locked, versioned."""

from analyzer.rulebook.book import Rulebook, load
from analyzer.rulebook.folder import Fault, shipped

__all__ = ["Fault", "Rulebook", "load", "shipped"]
