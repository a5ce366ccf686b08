"""Processes for what is not trusted to run inside the analyzer."""

from analyzer.workers.pool import Job, Outcome, Workers

__all__ = ["Job", "Outcome", "Workers"]
