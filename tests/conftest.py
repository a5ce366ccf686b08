"""For every test: a slow machine is not a fault of the code."""

from hypothesis import HealthCheck, settings

# Shared machines stall for a second now and then: time limits of single examples measure the machine.
# What must be fast has a test of its own that compares within one run.
settings.register_profile("shared machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared machine")
