//! The segment log. Every call that touches the disk or compresses runs without the GIL.
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::{prelude::*, types::PyBytes};
use starwatch_log as log;

use crate::error;

/// What a record may unpack to unless the caller says otherwise.
const PAYLOAD_LIMIT: usize = 64 << 20;
/// What one read hands over unless the caller says otherwise.
const READ_BYTES: usize = 4 << 20;

/// A panic while a lock was held is a defect elsewhere; the log's own state is checked on every call.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[pyclass(frozen, module = "sensor._native")]
pub struct Record {
    inner: log::Record,
}

#[pymethods]
impl Record {
    #[getter]
    fn index(&self) -> u64 {
        self.inner.index
    }

    #[getter]
    fn meta<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.inner.meta())
    }

    #[getter]
    fn frame<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.inner.frame())
    }

    #[pyo3(signature = (limit = PAYLOAD_LIMIT))]
    fn payload<'py>(&self, py: Python<'py>, limit: usize) -> PyResult<Bound<'py, PyBytes>> {
        let payload = py.detach(|| self.inner.payload(limit));
        Ok(PyBytes::new(
            py,
            &payload.map_err(|fault| error::log(py, &fault))?,
        ))
    }
}

#[pyclass(frozen, module = "sensor._native")]
pub struct LogWriter {
    inner: Mutex<Option<log::Writer<log::Folder>>>,
}

impl LogWriter {
    fn with<T: Send>(
        &self,
        py: Python<'_>,
        call: impl FnOnce(&mut log::Writer<log::Folder>) -> Result<T, log::LogError> + Send,
    ) -> PyResult<T> {
        let answer = py.detach(|| match held(&self.inner).as_mut() {
            Some(writer) => call(writer),
            None => Err(log::LogError::Failed("closed".into())),
        });
        answer.map_err(|fault| error::log(py, &fault))
    }
}

#[pymethods]
impl LogWriter {
    #[new]
    #[pyo3(signature = (directory, *, segment_bytes = None, max_bytes = None, at_least = 0))]
    fn new(
        py: Python<'_>,
        directory: &str,
        segment_bytes: Option<u64>,
        max_bytes: Option<u64>,
        at_least: u64,
    ) -> PyResult<Self> {
        let usual = log::Options::default();
        let options = log::Options {
            segment_bytes: segment_bytes.unwrap_or(usual.segment_bytes),
            max_bytes: max_bytes.unwrap_or(usual.max_bytes),
            at_least,
            ..usual
        };
        let writer = py.detach(|| log::Writer::open(log::Folder::make(directory)?, options));
        Ok(Self {
            inner: Mutex::new(Some(writer.map_err(|fault| error::log(py, &fault))?)),
        })
    }

    fn append(&self, py: Python<'_>, meta: &[u8], payload: &[u8]) -> PyResult<u64> {
        self.with(py, |writer| writer.append(meta, payload))
    }

    fn append_frame(&self, py: Python<'_>, meta: &[u8], frame: &[u8]) -> PyResult<u64> {
        self.with(py, |writer| writer.append_frame(meta, frame))
    }

    fn sync(&self, py: Python<'_>) -> PyResult<()> {
        self.with(py, log::Writer::sync)
    }

    fn trim(&self, py: Python<'_>, index: u64) -> PyResult<()> {
        self.with(py, |writer| writer.trim(index))
    }

    #[getter]
    fn first(&self, py: Python<'_>) -> PyResult<u64> {
        self.with(py, |writer| writer.first())
    }

    #[getter]
    fn next(&self, py: Python<'_>) -> PyResult<u64> {
        self.with(py, |writer| Ok(writer.next()))
    }

    #[getter]
    fn synced(&self, py: Python<'_>) -> PyResult<u64> {
        self.with(py, |writer| Ok(writer.synced()))
    }

    #[getter]
    fn bytes(&self, py: Python<'_>) -> PyResult<u64> {
        self.with(py, log::Writer::bytes)
    }

    #[getter]
    fn damaged(&self, py: Python<'_>) -> PyResult<u64> {
        self.with(py, |writer| Ok(writer.damaged()))
    }

    /// Gives the directory free; what was not synced is not promised.
    fn close(&self, py: Python<'_>) {
        py.detach(|| held(&self.inner).take());
    }
}

#[pyclass(frozen, module = "sensor._native")]
pub struct LogReader {
    inner: Mutex<log::Reader<log::Folder>>,
}

impl LogReader {
    fn with<T: Send>(
        &self,
        py: Python<'_>,
        call: impl FnOnce(&mut log::Reader<log::Folder>) -> Result<T, log::LogError> + Send,
    ) -> PyResult<T> {
        let answer = py.detach(|| call(&mut held(&self.inner)));
        answer.map_err(|fault| error::log(py, &fault))
    }
}

#[pymethods]
impl LogReader {
    #[new]
    fn new(directory: &str) -> Self {
        Self {
            inner: Mutex::new(log::Reader::new(log::Folder::at(directory))),
        }
    }

    #[pyo3(signature = (index, max_bytes = READ_BYTES))]
    fn read(&self, py: Python<'_>, index: u64, max_bytes: usize) -> PyResult<Vec<Record>> {
        let records = self.with(py, |reader| reader.read(index, max_bytes))?;
        Ok(records.into_iter().map(|inner| Record { inner }).collect())
    }

    #[pyo3(signature = (index = 0))]
    fn metas<'py>(&self, py: Python<'py>, index: u64) -> PyResult<Vec<(u64, Bound<'py, PyBytes>)>> {
        let metas = self.with(py, |reader| reader.metas(index))?;
        let bytes = |(index, meta): (u64, Vec<u8>)| (index, PyBytes::new(py, &meta));
        Ok(metas.into_iter().map(bytes).collect())
    }

    fn trim(&self, py: Python<'_>, index: u64) -> PyResult<()> {
        self.with(py, |reader| reader.trim(index))
    }

    #[getter]
    fn first(&self, py: Python<'_>) -> PyResult<u64> {
        self.with(py, |reader| reader.first())
    }

    #[getter]
    fn next(&self, py: Python<'_>) -> PyResult<u64> {
        self.with(py, log::Reader::end)
    }

    #[getter]
    fn bytes(&self, py: Python<'_>) -> PyResult<u64> {
        self.with(py, |reader| reader.bytes())
    }

    #[getter]
    fn damaged(&self, py: Python<'_>) -> PyResult<u64> {
        self.with(py, |reader| Ok(reader.damaged()))
    }
}

/// Lines a zstd frame unpacks to, holding none of them.
#[pyfunction]
#[pyo3(signature = (frame, limit = PAYLOAD_LIMIT))]
pub fn frame_lines(py: Python<'_>, frame: &[u8], limit: usize) -> PyResult<usize> {
    py.detach(|| log::frame::lines(frame, limit))
        .map_err(|fault| error::log(py, &fault))
}

/// What a zstd frame unpacks to.
#[pyfunction]
#[pyo3(signature = (frame, limit = PAYLOAD_LIMIT))]
pub fn frame_payload<'py>(
    py: Python<'py>,
    frame: &[u8],
    limit: usize,
) -> PyResult<Bound<'py, PyBytes>> {
    let payload = py.detach(|| log::frame::decompress(frame, limit));
    Ok(PyBytes::new(
        py,
        &payload.map_err(|fault| error::log(py, &fault))?,
    ))
}
