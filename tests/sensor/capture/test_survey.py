"""The list somebody chooses an interface from."""

from sensor.capture.nic import Nic
from sensor.capture.survey import Rate, described, measure


def test_rates_are_differences_and_the_busiest_comes_first() -> None:
    readings = iter(
        [
            {"lo": Nic(), "tap": Nic(1000, 10), "gone": Nic()},
            {"lo": Nic(), "tap": Nic(2000, 30, sent=4), "new": Nic()},
        ]
    )
    paused: list[float] = []
    rates = measure(2.0, read=lambda: next(readings), pause=paused.append)
    assert rates == [Rate("tap", 10.0, 4000.0, 2.0), Rate("lo", 0.0, 0.0, 0.0)]
    assert paused == [2.0]


def test_the_table_names_each_and_says_how_to_choose() -> None:
    text = described([Rate("ens2f0", 1234.0, 5e6, 0.0)])
    assert "ens2f0" in text
    assert "1,234" in text
    assert "make up IF=" in text
