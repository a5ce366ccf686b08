import pytest

from sensor.errors import LinkError
from sensor.link.window import Sent, Window
from sensor.outbox.batch import WINDOW_BATCHES, WINDOW_BYTES, BatchMeta


def sent(index: int, length: int = 10) -> Sent:
    return Sent(index, BatchMeta("e", index, 1), b"m" * length)


def answer(index: int) -> dict[str, object]:
    return {"epoch": "e", "sequence": index, "count": 1}


def test_answers_come_in_order() -> None:
    window = Window()
    for index in range(3):
        window.add(sent(index))
    assert [window.answered(answer(index)).index for index in range(3)] == [0, 1, 2]
    assert not len(window)


@pytest.mark.parametrize("batch", [answer(1), {}, None, "x", {"epoch": "e", "sequence": 0, "count": 2}])
def test_an_answer_to_another_batch_is_a_fault(batch: object) -> None:
    window = Window()
    window.add(sent(0))
    window.add(sent(1))
    with pytest.raises(LinkError):
        window.answered(batch)


def test_an_answer_to_nothing_is_a_fault() -> None:
    with pytest.raises(LinkError):
        Window().answered(answer(0))


def test_the_window_ends_by_count_and_by_bytes() -> None:
    window = Window()
    for index in range(WINDOW_BATCHES):
        assert window.has_room(10)
        window.add(sent(index))
    assert not window.has_room(10)
    window.answered(answer(0))
    assert window.has_room(10)

    large = Window()
    assert large.has_room(WINDOW_BYTES * 2)
    large.add(sent(0, WINDOW_BYTES - 10))
    assert large.has_room(10)
    assert not large.has_room(11)
