"""The crossing into Rust: frames to events."""

from sensor.decode.files import FILE_BATCH, decode_files

__all__ = ["FILE_BATCH", "decode_files"]
