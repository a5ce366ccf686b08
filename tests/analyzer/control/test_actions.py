"""The registry: every action once, named as it is permitted, and its parameters can be checked."""

from dataclasses import fields, is_dataclass

from tests.analyzer.control.desk import Office
from tests.corpus import ROOT


def test_every_entry_is_sound(office: Office) -> None:
    actions = office.dispatch.actions
    architecture = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    assert [name for name in actions if f"`{name}`" not in architecture] == []
    for name, action in actions.items():
        assert name == action.name
        assert name.count(".") == 1
        assert is_dataclass(action.parameters)
        assert action.kind
        assert not action.named or action.named in {it.name for it in fields(action.parameters)}


def test_what_anyone_may_ask_is_the_way_in_and_nothing_else(office: Office) -> None:
    open_to_all = {name for name, action in office.dispatch.actions.items() if not action.permission}
    assert open_to_all == {"session.attempt", "session.fail", "session.open", "session.touch"}
