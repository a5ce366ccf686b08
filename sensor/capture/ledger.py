"""The capture ledger: what became of the packets of each interface, once a minute and whenever its state changes.

wire = analysed + not_ip + malformed + filtered + dropped + duplicate + shed, exactly: the reader counts what it takes
from the ring, the decoder what it was given, and both are asked when nothing is between them.
"""

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sensor.capture.nic import Nic

SPAN_NS = 60_000_000_000

Counted = tuple[str, str, Mapping[str, int]]
"""(interface, state, counts since it was opened)."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """An event to be: body is the `capture` member as JSON."""

    interface: str
    time_ns: int
    changed: bool
    body: bytes


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything that counts on an interface, at one moment."""

    state: str
    tap: Mapping[str, int]
    tally: Mapping[str, int]
    nic: Nic


class Ledger:
    """taps, tally, nics: asked for the counts so far of all interfaces, of one's decoded packets, of the cards."""

    def __init__(
        self,
        taps: Callable[[], Sequence[Counted]],
        tally: Callable[[str], Mapping[str, int]],
        nics: Callable[[], Mapping[str, Nic]],
        now_ns: int,
    ) -> None:
        self._taps = taps
        self._tally = tally
        self._nics = nics
        self._since = now_ns
        self._before = self._read()
        self._states = {name: reading.state for name, reading in self._before.items()}

    def due(self, now_ns: int) -> Iterator[Entry]:
        """Entries of the minute that is over, or up to a change of state. Call when nothing waits to be decoded."""
        states = {name: state for name, state, _ in self._taps()}
        if states == self._states and now_ns // SPAN_NS == self._since // SPAN_NS:
            return
        for name, state in states.items():
            if state != self._states[name]:
                log.warning("interface is %s", state, extra={"interface": name})
        yield from self.close(now_ns)

    def close(self, now_ns: int) -> Iterator[Entry]:
        """Entries of the time since the last ones."""
        readings, span = self._read(), now_ns - self._since
        for name, reading in readings.items():
            body = document(self._before[name], reading, span)
            changed = reading.state != self._states[name]
            yield Entry(name, now_ns, changed, b'"capture":' + json.dumps(body).encode())
        self._before, self._since = readings, now_ns
        self._states = {name: reading.state for name, reading in readings.items()}

    def _read(self) -> dict[str, Reading]:
        nics = self._nics()
        return {
            name: Reading(state, counts, self._tally(name), nics.get(name, Nic()))
            for name, state, counts in self._taps()
        }


def document(before: Reading, now: Reading, span_ns: int) -> dict[str, object]:
    """The `capture` member: the differences of two readings."""
    tap = {key: value - before.tap[key] for key, value in now.tap.items()}
    tally = {key: value - before.tally[key] for key, value in now.tally.items()}
    packets = {key: tap[key] for key in ("wire", "filtered", "dropped", "duplicate", "shed", "cut")}
    packets |= {key: tally[key] for key in ("analysed", "not_ip", "malformed")}
    packets |= {
        "nic": since(before.nic.packets, now.nic.packets),
        "nic_dropped": since(before.nic.dropped, now.nic.dropped),
        "nic_errors": since(before.nic.errors, now.nic.errors),
    }
    shed = [
        name
        for name, amount in (("bulk", tally["bulk"]), ("payload", tap["cut"]), ("packets", tap["shed"]))
        if amount
    ]
    return {
        "state": now.state,
        "span_ns": span_ns,
        "gap_ns": tap["gap_ns"],
        "packets": packets,
        "bytes": {"wire": tap["bytes"], "bulk": tally["bulk"]},
        "freezes": tap["freezes"],
        **({"shed": shed} if shed else {}),
    }


def since(before: int, now: int) -> int:
    """A card's counters begin anew when its driver does."""
    return now - before if now >= before else now
