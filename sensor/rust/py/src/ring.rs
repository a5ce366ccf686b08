//! The packet ring, and packets cut out of it or of a capture file.

use std::net::IpAddr;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use starwatch_capture::ring;
use starwatch_wire::ip::{mapped, Address};

use crate::error;
use crate::frames::Frames;

/// A packet ring open for writing.
#[pyclass(frozen, module = "sensor._native")]
pub struct Ring {
    inner: Mutex<ring::Ring>,
}

impl Ring {
    fn lock(&self) -> MutexGuard<'_, ring::Ring> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl Ring {
    #[new]
    #[pyo3(signature = (folder, *, epoch, max_bytes, segment_bytes = ring::Options::SEGMENT_BYTES, reserve_percent = ring::Options::RESERVE_PERCENT))]
    fn new(
        py: Python<'_>,
        folder: String,
        epoch: String,
        max_bytes: u64,
        segment_bytes: u64,
        reserve_percent: u64,
    ) -> PyResult<Self> {
        let options = ring::Options {
            epoch,
            max_bytes,
            segment_bytes,
            reserve_percent,
        };
        let opened = py.detach(|| ring::Ring::open(Path::new(&folder), options));
        Ok(Self {
            inner: Mutex::new(opened?),
        })
    }

    fn write(&self, py: Python<'_>, frames: &Bound<'_, Frames>) {
        let frames = frames.get();
        py.detach(|| frames.with(|frames| self.lock().write(frames)));
    }

    fn flush(&self, py: Python<'_>) {
        py.detach(|| self.lock().flush());
    }

    fn close(&self, py: Python<'_>) {
        py.detach(|| self.lock().close());
    }

    #[getter]
    fn packets(&self) -> u64 {
        self.lock().tally().packets
    }

    #[getter]
    fn missed(&self) -> u64 {
        self.lock().tally().missed
    }

    #[getter]
    fn held_bytes(&self) -> u64 {
        self.lock().tally().held_bytes
    }

    #[getter]
    fn obstacle(&self) -> String {
        self.lock().tally().obstacle
    }
}

/// Packets cut out.
#[pyclass(frozen, module = "sensor._native")]
pub struct Slice {
    inner: ring::Slice,
}

#[pymethods]
impl Slice {
    #[getter]
    fn pcap<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.inner.pcap)
    }

    #[getter]
    fn count(&self) -> u64 {
        self.inner.count
    }

    #[getter]
    fn complete(&self) -> bool {
        self.inner.complete
    }

    #[getter]
    fn reason(&self) -> &'static str {
        self.inner.reason
    }
}

/// source, destination (empty: whoever), their ports, protocol.
type Flow = (String, String, u16, u16, u8);

/// Which packets, as Python says it.
#[pyclass(frozen, module = "sensor._native")]
pub struct Wanted {
    inner: ring::Wanted,
    seconds: f64,
}

impl Wanted {
    /// The clock starts when the search does.
    fn now(&self) -> PyResult<ring::Wanted> {
        let limit = Duration::try_from_secs_f64(self.seconds)
            .map_err(|fault| PyValueError::new_err(fault.to_string()))?;
        Ok(ring::Wanted {
            deadline: Instant::now().checked_add(limit),
            ..self.inner.clone()
        })
    }
}

#[pymethods]
impl Wanted {
    #[new]
    // One argument for each keyword of the stub.
    #[allow(clippy::too_many_arguments)]
    #[pyo3(signature = (*, epoch = String::new(), first_ns = i64::MIN, last_ns = i64::MAX, flows = Vec::new(), community_id = None, sides = "both", max_bytes, seconds))]
    fn new(
        epoch: String,
        first_ns: i64,
        last_ns: i64,
        flows: Vec<Flow>,
        community_id: Option<String>,
        sides: &str,
        max_bytes: usize,
        seconds: f64,
    ) -> PyResult<Self> {
        Ok(Self {
            inner: ring::Wanted {
                epoch,
                first_ns,
                last_ns,
                flows: flows.iter().map(flow).collect::<PyResult<_>>()?,
                community_id,
                side: side(sides)?,
                max_bytes,
                deadline: None,
            },
            seconds,
        })
    }
}

fn flow(
    (source, destination, source_port, destination_port, protocol): &Flow,
) -> PyResult<ring::FlowWanted> {
    let other = (!destination.is_empty()).then(|| address(destination));
    Ok(ring::FlowWanted {
        source: address(source)?,
        destination: other.transpose()?,
        source_port: *source_port,
        destination_port: *destination_port,
        protocol: *protocol,
    })
}

fn address(text: &str) -> PyResult<Address> {
    match text.parse() {
        Ok(IpAddr::V4(v4)) => Ok(mapped(v4.octets())),
        Ok(IpAddr::V6(v6)) => Ok(v6.octets()),
        Err(_) => Err(PyValueError::new_err(format!("{text} is no IP address"))),
    }
}

fn side(name: &str) -> PyResult<ring::Side> {
    match name {
        "both" => Ok(ring::Side::Both),
        "source" => Ok(ring::Side::Source),
        "destination" => Ok(ring::Side::Destination),
        _ => Err(PyValueError::new_err("sides: both, source or destination")),
    }
}

/// From a ring, also while another process writes it.
#[pyfunction]
pub fn cut_ring(py: Python<'_>, folder: String, wanted: &Bound<'_, Wanted>) -> PyResult<Slice> {
    let wanted = wanted.get().now()?;
    let inner = py.detach(|| ring::cut_ring(Path::new(&folder), &wanted))?;
    Ok(Slice { inner })
}

/// From a capture file.
#[pyfunction]
pub fn cut_file(py: Python<'_>, path: String, wanted: &Bound<'_, Wanted>) -> PyResult<Slice> {
    let wanted = wanted.get().now()?;
    let cut = py.detach(|| ring::cut_file(Path::new(&path), &wanted));
    let inner = cut.map_err(|fault| error::capture(py, &path, &fault))?;
    Ok(Slice { inner })
}

/// Epochs a ring holds packets of, oldest first.
#[pyfunction]
pub fn ring_epochs(py: Python<'_>, folder: String) -> PyResult<Vec<String>> {
    Ok(py.detach(|| ring::epochs(Path::new(&folder)))?)
}
