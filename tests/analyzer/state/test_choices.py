from pathlib import Path

from analyzer.state import close, position, retention_days, set_position, set_retention_days
from tests.analyzer.state.fresh import fresh_state


def test_choices_have_defaults_and_last(tmp_path: Path) -> None:
    sessions = fresh_state(tmp_path)
    with sessions.begin() as db:
        assert (retention_days(db, 180), position(db, "alerting")) == (180, -1)
        set_retention_days(db, 200)
        set_position(db, "alerting", 7)
    with sessions() as db:
        assert (retention_days(db, 180), position(db, "alerting")) == (200, 7)
    close(sessions)
