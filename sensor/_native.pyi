"""The sensor's Rust core, as Python sees it. Bytes in, bytes out; the GIL is released while bytes are worked on."""

from collections.abc import Sequence
from typing import Self, final

__all__ = [
    "CaptureFile",
    "Decoder",
    "Endpoints",
    "Events",
    "FilePart",
    "Frames",
    "LogReader",
    "LogWriter",
    "Record",
    "Ring",
    "Slice",
    "Taps",
    "Wanted",
    "anomaly_kinds",
    "capture_digest",
    "community_id",
    "confine",
    "cut_file",
    "cut_ring",
    "frame_lines",
    "frame_payload",
    "ring_epochs",
]

@final
class Frames:
    """A batch of captured frames, owned by Rust."""

    @property
    def packets(self) -> int: ...
    @property
    def bytes(self) -> int: ...
    @property
    def first_ns(self) -> int:
        """Packet clock of the first frame, ns since 1970."""
    @property
    def last_ns(self) -> int: ...
    def shift(self, delta_ns: int) -> None:
        """Move every time stamp; a replay makes old packets happen now."""
    def __len__(self) -> int: ...

@final
class CaptureFile:
    """One capture file: pcap (µs, ns, both byte orders) or pcapng, plain, gzip or zstd.

    Raises sensor.errors.CaptureError when it cannot be opened or is no capture. Damage further on is never raised:
    it ends the reading and becomes an anomaly event of the decoder the frames are given to.
    """

    def __new__(cls, path: str) -> Self: ...
    def read(self, packets: int, last_ns: int = ...) -> Frames | None:
        """Next batch: at most `packets` frames, none later than `last_ns`; None at the end (or nothing due)."""
    @property
    def finished(self) -> bool: ...
    @property
    def next_ns(self) -> int | None:
        """Packet clock of the next frame, None at the end."""

@final
class Taps:
    """Interfaces listened on with AF_PACKET: `readers` rings of `ring_bytes` each, a thread for every ring.

    queue_bytes: frames read and not fetched yet, all rings together. duplicate_ns: 0 removes none. program: the capture
    filter, classic BPF as text. Raises sensor.errors.CaptureError (not allowed, no such interface), SettingsError.
    """

    def __new__(
        cls,
        interfaces: Sequence[str],
        *,
        readers: int = ...,
        ring_bytes: int = ...,
        queue_bytes: int = ...,
        retire_ms: int = ...,
        duplicate_ns: int = ...,
        program: str = ...,
    ) -> Self: ...
    def start(self) -> None:
        """Begin to read: after confine(), which the threads inherit."""
    def read(self) -> Frames | None:
        """The next batch, in the order of time; None when nothing has come."""
    @property
    def load(self) -> float:
        """How full the fullest queue is, 0 to 1."""
    def set_filter(self, program: str) -> None: ...
    def counters(self) -> list[tuple[str, str, dict[str, int]]]:
        """(interface, up/down/gone, counts since it was opened).

        wire = handed + filtered + dropped + duplicate + shed.
        """
    def stop(self) -> None:
        """Ends the threads; what they had read can still be fetched."""

@final
class Endpoints:
    """Ends of tunnels (vxlan, geneve, gre) on this machine's addresses, as long as this lives. Raises OSError."""

    def __new__(cls, names: Sequence[str]) -> Self: ...

def confine(
    *, read: Sequence[str], write: Sequence[str], user: tuple[int, int] | None = ...
) -> dict[str, int]:
    """Give up for good what capturing does not need: capabilities, other files (Landlock), system calls (seccomp).

    read, write: files and folders that may still be opened. user: (uid, gid) to become. Before any thread is started.
    Answers landlock (its level, 0: none), landlock_whole, system_calls. Raises sensor.errors.CaptureError.
    """

def capture_digest(path: str) -> str:
    """SHA-256 (hex) of the file's bytes as they lie on disk: the epoch of its events."""

@final
class Events:
    """Finished events of one batch."""

    @property
    def ndjson(self) -> bytes: ...
    @property
    def count(self) -> int: ...
    @property
    def first_sequence(self) -> int: ...
    @property
    def parts(self) -> list[FilePart]:
        """Contents of carved files, each file's parts in order; a file's last part comes with its `file` event."""

@final
class FilePart:
    """Bytes of a carved file, and what is to become of them."""

    @property
    def file(self) -> int:
        """The same for all parts of one file, another for every file of a decoder."""
    @property
    def content(self) -> bytes:
        """Copied out of Rust at every call."""
    @property
    def size(self) -> int: ...
    @property
    def dropped(self) -> bool:
        """The file is not to be kept after all."""
    @property
    def sha256(self) -> str | None:
        """Of the whole file, when these were its last bytes; None: more will come, or it is dropped."""

@final
class Decoder:
    """Frames to ECS events. The same frames give the same bytes whatever `threads` is.

    platforms: (CIDR, platform id) pairs; the longest match of either address names the event's platforms.
    memory: bytes the flow table, reassembly, fragments and files may hold together; the rest is evicted and said so.
    file_max: bytes of the longest carved file whose content is handed out; 0: files are hashed only.
    Idle flows end on the packet clock: call decode() with the same batches to get the same events.
    """

    def __new__(
        cls,
        *,
        sensor: str,
        epoch: str,
        interface: str = ...,
        threads: int = ...,
        memory: int = ...,
        first_sequence: int = ...,
        platforms: Sequence[tuple[str, str]] = ...,
        file_max: int = ...,
    ) -> Self: ...
    def decode(self, frames: Frames) -> Events: ...
    def advance(self, now_ns: int) -> Events:
        """Live only: let flows idle at `now_ns` end although no packet came."""
    def finish(self) -> Events:
        """End every flow; the decoder is empty afterwards."""
    def note(
        self,
        *,
        time_ns: int,
        dataset: str,
        kind: str,
        types: Sequence[str],
        body: bytes,
        interface: str | None = ...,
    ) -> Events:
        """One event that no packet caused, numbered like the others.

        kind: event.kind. body: members of the document besides every event's frame, JSON without the outer braces.
        """
    def spare(self, limit: int) -> None:
        """Load shedding: payload past so many bytes of a flow's side is counted and not analysed; 2^64-1: all is."""
    def assign(self, platforms: Sequence[tuple[str, str]]) -> None:
        """From now on these networks belong to these platforms."""
    def tally(self, interface: str) -> dict[str, int]:
        """What became of the packets of an interface: analysed, not_ip, malformed; bulk: payload bytes spared."""
    def counters(self) -> dict[str, int]:
        """packets = analysed + not_ip + malformed (filtered, dropped: not decoded at all); bytes, flows, open_flows,
        events, anomalies, evicted, fragments, reassembled, buffered_bytes.
        """

def anomaly_kinds() -> list[tuple[str, str]]:
    """(kind, layer) of every anomaly the core can name; a test compares them with events/anomalies.toml."""

def community_id(
    source: str, destination: str, source_port: int, destination_port: int, protocol: int, seed: int = ...
) -> str: ...

@final
class Record:
    """One record of a segment log, as stored."""

    @property
    def index(self) -> int: ...
    @property
    def meta(self) -> bytes: ...
    @property
    def frame(self) -> bytes:
        """The zstd frame, exactly as stored."""
    def payload(self, limit: int = ...) -> bytes:
        """Decompressed; raises sensor.errors.LogError when it would pass `limit` bytes (default 64 MiB)."""

@final
class LogWriter:
    """The one writer of a segment log directory (an OS lock keeps a second one out).

    Opening recovers: a torn tail is cut, a damaged record inside is skipped and counted, never the ones after it.
    After a failed write or fsync every call raises LogFailedError: a page may be lost, so the descriptor is never used
    again. A disk without room is LogFullError, as is the budget: nothing was written, and the log goes on.
    """

    def __new__(
        cls,
        directory: str,
        *,
        segment_bytes: int | None = ...,
        max_bytes: int | None = ...,
        at_least: int = ...,
    ) -> Self:
        """Makes the directory when missing. The next index is `at_least` or more: what a consumer has seen must not
        be numbered again after a power cut took records that were never synced."""
    def append(self, meta: bytes, payload: bytes) -> int:
        """Compress and write; returns the record's index. Raises LogFullError."""
    def append_frame(self, meta: bytes, frame: bytes) -> int:
        """Write a zstd frame as it came (checked to be one)."""
    def sync(self) -> None:
        """fsync: what append returned before is durable when this returns."""
    def trim(self, index: int) -> None:
        """Delete whole segments below `index`."""
    @property
    def first(self) -> int: ...
    @property
    def next(self) -> int: ...
    @property
    def synced(self) -> int:
        """Records below this index are durable."""
    @property
    def bytes(self) -> int: ...
    @property
    def damaged(self) -> int:
        """Damaged stretches that opening met in the last segment (readers meet those before)."""
    def close(self) -> None: ...

@final
class LogReader:
    """Reads a segment log, also while another process writes it. Sees only whole, checked records."""

    def __new__(cls, directory: str) -> Self: ...
    def read(self, index: int, max_bytes: int = ...) -> list[Record]:
        """Records from `index` on (or from the first one kept), at most about `max_bytes` of frames."""
    def metas(self, index: int = ...) -> list[tuple[int, bytes]]:
        """(index, meta) of all records from `index` on; frames are neither read nor checked."""
    def trim(self, index: int) -> None:
        """Delete whole segments below `index` (for a reader that consumes: the outbox's link)."""
    @property
    def first(self) -> int: ...
    @property
    def next(self) -> int:
        """Index after the last whole record on disk."""
    @property
    def bytes(self) -> int: ...
    @property
    def damaged(self) -> int: ...

def frame_lines(frame: bytes, limit: int = ...) -> int:
    """Lines a zstd frame unpacks to, holding none of them. Raises sensor.errors.LogError when it is not exactly one
    whole frame or would pass `limit` bytes."""

def frame_payload(frame: bytes, limit: int = ...) -> bytes:
    """What a zstd frame unpacks to; raises as frame_lines does."""

@final
class Ring:
    """The packet ring, open for writing; its epoch is that of the frames given to it.

    Writing never waits for the disk: what a stalled or full disk cannot take is counted as missed, and writing goes on
    when there is room. Opening finishes what a crash left unfinished; raises OSError when the folder cannot be used.
    """

    def __new__(
        cls,
        folder: str,
        *,
        epoch: str,
        max_bytes: int,
        segment_bytes: int = ...,
        reserve_percent: int = ...,
    ) -> Self:
        """max_bytes: the oldest segments are deleted beyond it; reserve_percent: of the disk, left free."""
    def write(self, frames: Frames) -> None: ...
    def flush(self) -> None:
        """Readers see what was written before when this returns."""
    def close(self) -> None: ...
    @property
    def packets(self) -> int:
        """Kept since it was opened."""
    @property
    def missed(self) -> int: ...
    @property
    def held_bytes(self) -> int: ...
    @property
    def obstacle(self) -> str:
        """Why nothing is kept at present; empty when it is."""

@final
class Slice:
    """Packets cut out. reason, when not complete: absent, limit, time, damaged, rolled_over, gap or links."""

    @property
    def pcap(self) -> bytes:
        """With nanoseconds; without packets a header alone."""
    @property
    def count(self) -> int: ...
    @property
    def complete(self) -> bool: ...
    @property
    def reason(self) -> str: ...

@final
class Wanted:
    """Which packets. flows: (source, destination or "" for whoever, source port, destination port, protocol); ports 0
    and 0 are any, protocol 0 is any. Without flows and Community ID it is every packet of the span.

    sides: both, or those sent by a flow's source, or by its destination. max_bytes: of the pcap. seconds: for the
    search.
    Raises ValueError for what is no address.
    """

    def __new__(
        cls,
        *,
        epoch: str = ...,
        first_ns: int = ...,
        last_ns: int = ...,
        flows: Sequence[tuple[str, str, int, int, int]] = ...,
        community_id: str | None = ...,
        sides: str = ...,
        max_bytes: int,
        seconds: float,
    ) -> Self: ...

def cut_ring(folder: str, wanted: Wanted) -> Slice:
    """From a ring, also while another process writes it. Raises OSError when it cannot be read."""

def cut_file(path: str, wanted: Wanted) -> Slice:
    """From a capture file; its epoch is not looked at. Raises sensor.errors.CaptureError."""

def ring_epochs(folder: str) -> list[str]:
    """Epochs a ring holds packets of, oldest first."""
