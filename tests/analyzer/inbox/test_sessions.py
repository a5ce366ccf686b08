from analyzer.inbox.sessions import KEPT_REFUSALS, Sessions


def test_one_connection_for_each_sensor() -> None:
    sessions = Sessions(clock=lambda: 7)
    state = sessions.connect("s", "10.0.0.1", 5)
    assert state is not None
    assert (state.since, state.last, state.serial) == (7, 7, 5)
    assert sessions.connect("s", "10.0.0.2", 5) is None
    assert sessions.connect("t", "10.0.0.2", 6) is not None


def test_counts_outlive_a_connection() -> None:
    sessions = Sessions(clock=lambda: 7)
    state = sessions.connect("s", "10.0.0.1", 5)
    assert state is not None
    state.events = 9
    state.connected = False
    again = sessions.connect("s", "10.0.0.3", 5)
    assert again is state
    assert (state.events, state.address) == (9, "10.0.0.3")


def test_refusals_are_kept_within_bounds() -> None:
    sessions = Sessions(clock=lambda: 7)
    for number in range(KEPT_REFUSALS + 5):
        sessions.refuse("s", "a", str(number))
    assert len(sessions.refusals) == KEPT_REFUSALS
    assert sessions.refusals[-1].reason == str(KEPT_REFUSALS + 4)
