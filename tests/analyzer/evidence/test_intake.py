import hashlib
from typing import Any

import pytest

from analyzer.errors import InboxError
from analyzer.evidence.intake import Answer, Intake
from tests.analyzer.evidence.case import described, pcap

pytestmark = pytest.mark.anyio
PCAP = pcap(3)
SHA256 = hashlib.sha256(PCAP).hexdigest()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def expecting(max_bytes: int = 1_000) -> tuple[Intake, list[tuple[str, Answer]]]:
    answers: list[tuple[str, Answer]] = []
    intake = Intake(lambda sensor, answer: answers.append((sensor, answer)))
    intake.expect("s", "o-1", max_bytes)
    return intake, answers


def quiet(_text: Any) -> None:
    """Says nothing to the sensor."""


async def test_pieces_become_one_answer() -> None:
    intake, answers = expecting()
    await intake.receive("s", "packets", described(PCAP, "o-1", SHA256), PCAP[:10], quiet)
    assert not answers
    await intake.receive("s", "packets", described(PCAP, "o-1", SHA256, offset=10), PCAP[10:], quiet)
    assert answers == [("s", Answer("o-1", PCAP, 3, True, ""))]
    await intake.receive("s", "packets", described(PCAP, "o-1", SHA256), PCAP, quiet)
    assert len(answers) == 1, "a second answer is nobody's"


async def test_answers_nobody_waits_for_are_passed_over() -> None:
    intake, answers = expecting()
    await intake.receive("other", "packets", described(PCAP, "o-1", SHA256), PCAP, quiet)
    await intake.receive("s", "packets", described(PCAP, "o-0", SHA256), PCAP, quiet)
    intake.forget("s")
    await intake.receive("s", "packets", described(PCAP, "o-1", SHA256), PCAP, quiet)
    assert answers == []


@pytest.mark.parametrize(
    "changed",
    [
        {"size": 10_000},
        {"offset": 1},
        {"offset": -1},
        {"size": len(PCAP) - 1},
        {"sha256": "0" * 64},
        {"count": "3"},
        {"count": -1},
        {"complete": 1},
        {"reason": "because"},
        {"reason": ["limit"]},
        {"id": 5},
        {"offset": None},
    ],
)
async def test_a_sensor_that_breaks_the_protocol_is_told_apart(changed: dict[str, Any]) -> None:
    intake, answers = expecting()
    with pytest.raises(InboxError):
        await intake.receive("s", "packets", {**described(PCAP, "o-1", SHA256), **changed}, PCAP, quiet)
    assert answers == []


async def test_bytes_that_are_no_capture_are_refused() -> None:
    intake, _ = expecting()
    other = b"MZ" + bytes(30)
    about = described(other, "o-1", hashlib.sha256(other).hexdigest(), count=1)
    with pytest.raises(InboxError, match="no capture"):
        await intake.receive("s", "packets", about, other, quiet)
    with pytest.raises(InboxError):
        await intake.receive("s", "packets", ["o-1"], other, quiet)


async def test_a_sensor_that_leaves_is_told() -> None:
    intake, answers = expecting()
    await intake.receive("s", "packets", described(PCAP, "o-1", SHA256), PCAP[:10], quiet)
    await intake.leave("s")
    await intake.leave("s")
    assert answers == [("s", Answer("o-1", left=True))]
