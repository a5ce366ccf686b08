"""Questions to a driver, answered by the loopback, which every machine has."""

from sensor.doctor.driver import look


def test_the_loopback_merges_packets_and_has_no_ring() -> None:
    driver = look("lo")
    assert driver.up
    assert "TSO" in driver.offloads
    assert driver.ring is None
