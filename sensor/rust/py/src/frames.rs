//! Capture files and the batches of frames they give.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

use pyo3::prelude::*;
use starwatch_capture as capture;
use starwatch_wire::frames;

use crate::error;

/// A batch of captured frames, owned by Rust.
#[pyclass(frozen, module = "sensor._native")]
pub struct Frames {
    pub inner: RwLock<frames::Frames>,
}

impl Frames {
    pub fn with<R>(&self, look: impl FnOnce(&frames::Frames) -> R) -> R {
        look(&self.inner.read().unwrap_or_else(PoisonError::into_inner))
    }
}

#[pymethods]
impl Frames {
    #[getter]
    fn packets(&self) -> usize {
        self.with(frames::Frames::len)
    }

    #[getter]
    fn bytes(&self) -> u64 {
        self.with(frames::Frames::bytes)
    }

    #[getter]
    fn first_ns(&self) -> i64 {
        self.with(frames::Frames::first_ns)
    }

    #[getter]
    fn last_ns(&self) -> i64 {
        self.with(frames::Frames::last_ns)
    }

    fn shift(&self, delta_ns: i64) {
        self.inner
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .shift(delta_ns);
    }

    fn __len__(&self) -> usize {
        self.packets()
    }
}

/// One capture file.
#[pyclass(frozen, module = "sensor._native")]
pub struct CaptureFile {
    inner: Mutex<capture::CaptureFile>,
}

impl CaptureFile {
    fn lock(&self) -> MutexGuard<'_, capture::CaptureFile> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl CaptureFile {
    #[new]
    fn new(py: Python<'_>, path: String) -> PyResult<Self> {
        let opened = py.detach(|| capture::CaptureFile::open(Path::new(&path)));
        let file = opened.map_err(|fault| error::capture(py, &path, &fault))?;
        Ok(Self {
            inner: Mutex::new(file),
        })
    }

    #[pyo3(signature = (packets, last_ns = i64::MAX))]
    fn read(&self, py: Python<'_>, packets: usize, last_ns: i64) -> Option<Frames> {
        let frames = py.detach(|| self.lock().read(packets, last_ns))?;
        Some(Frames {
            inner: RwLock::new(frames),
        })
    }

    #[getter]
    fn finished(&self) -> bool {
        self.lock().finished()
    }

    #[getter]
    fn next_ns(&self) -> Option<i64> {
        self.lock().next_ns()
    }
}

/// SHA-256 (hex) of the file's bytes as they lie on disk.
#[pyfunction]
pub fn capture_digest(py: Python<'_>, path: String) -> PyResult<String> {
    let digest = py.detach(|| capture::capture_digest(Path::new(&path)));
    digest.map_err(|fault| error::capture(py, &path, &fault))
}
