from sensor.link.backoff import LONGEST_SECONDS, STEADY_SECONDS, Backoff


def test_waits_double_to_the_longest_and_stay_there() -> None:
    backoff = Backoff(lambda: 1.0)
    waits = [backoff.after(0.0) for _ in range(2000)]
    assert waits[:4] == [0.5, 1.0, 2.0, 4.0]
    assert waits[10:] == [LONGEST_SECONDS] * 1990


def test_half_of_a_wait_is_chance() -> None:
    assert Backoff(lambda: 0.0).after(0.0) == 0.25
    assert Backoff(lambda: 1.0).after(0.0) == 0.5


def test_a_good_connection_starts_anew() -> None:
    backoff = Backoff(lambda: 1.0)
    for _ in range(10):
        backoff.after(0.0)
    assert backoff.after(STEADY_SECONDS) == 0.25
