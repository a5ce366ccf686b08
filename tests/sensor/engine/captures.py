"""The corpus's captures, and ways to decode one."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from sensor._native import CaptureFile, Decoder
from tests.corpus import corpus

BATCH = 4_096


@cache
def captures() -> tuple[Path, ...]:
    """Every capture of the corpus, in the order of the manifest's names."""
    rows = corpus("pcap", "MANIFEST.tsv").read_text().splitlines()[1:]
    return tuple(corpus("pcap", name) for name in sorted({row.split("\t")[0] for row in rows}))


def some(step: int) -> tuple[Path, ...]:
    """Every `step`-th capture."""
    return captures()[::step]


def decoder(threads: int = 1, memory: int = 64 << 20) -> Decoder:
    return Decoder(sensor="test", epoch="test", threads=threads, memory=memory)


def decode(path: Path, core: Decoder) -> Iterator[bytes]:
    """The event lines of one file, batch by batch."""
    source = CaptureFile(str(path))
    while (frames := source.read(BATCH)) is not None:
        yield core.decode(frames).ndjson
    yield core.finish().ndjson


def ndjson(path: Path, threads: int = 1, memory: int = 64 << 20) -> bytes:
    return b"".join(decode(path, decoder(threads, memory)))
