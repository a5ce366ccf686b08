//! The one place of the sensor that knows PyO3: pure crates in, Python objects out.
use pyo3::prelude::*;

mod decoder;
mod error;
mod frames;
mod live;
mod log;
mod ring;

#[pymodule(name = "_native", gil_used = false)]
mod sensor_native {
    #[pymodule_export]
    use super::decoder::{anomaly_kinds, community_id, Decoder, Events, FilePart};
    #[pymodule_export]
    use super::frames::{capture_digest, CaptureFile, Frames};
    #[pymodule_export]
    use super::live::{confine, Endpoints, Taps};
    #[pymodule_export]
    use super::log::{frame_lines, frame_payload, LogReader, LogWriter, Record};
    #[pymodule_export]
    use super::ring::{cut_file, cut_ring, ring_epochs, Ring, Slice, Wanted};
}
