"""Whether an interface can be trusted to show the traffic: what was looked at, what was found, how to mend it."""

from sensor.doctor.checks import Finding, Verdict
from sensor.doctor.examination import examine

__all__ = ["Finding", "Verdict", "examine"]
