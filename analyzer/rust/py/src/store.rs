//! `EventIndex` for Python. All work on bytes runs without the GIL.

use std::path::Path;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use starwatch_store::{EventIndex as Index, PartitionInfo, StoreFault as Fault};

pyo3::import_exception!(analyzer.errors, StoreError);
pyo3::import_exception!(analyzer.errors, StoreFullError);

/// A fault as the Python class its catcher looks for, with what to do about it.
fn raise(fault: Fault) -> PyErr {
    let message = fault.to_string();
    let raised = match fault {
        Fault::Full(_) => StoreFullError::new_err(message),
        Fault::Failed(_) | Fault::Replay(_) => StoreError::new_err(message),
        Fault::Request(_) => return PyValueError::new_err(message),
    };
    let set = Python::attach(|py| raised.value(py).setattr("hint", fault.hint()));
    set.map_or_else(|failed| failed, |()| raised)
}

/// Half a gigabyte at the most, for the four partitions a writer holds open.
const HEAP_BYTES: usize = 512_000_000;

#[pyclass(frozen, module = "analyzer._native")]
pub struct EventIndex {
    index: Index,
}

#[pymethods]
impl EventIndex {
    #[new]
    #[pyo3(signature = (directory, schema, *, writer = false, heap_bytes = HEAP_BYTES))]
    fn new(
        py: Python<'_>,
        directory: &str,
        schema: &str,
        writer: bool,
        heap_bytes: usize,
    ) -> PyResult<Self> {
        let index = py.detach(|| Index::open(Path::new(directory), schema, writer, heap_bytes));
        Ok(Self {
            index: index.map_err(raise)?,
        })
    }

    fn append(&self, py: Python<'_>, kind: &str, ndjson: &[u8], position: i64) -> PyResult<u64> {
        py.detach(|| self.index.append(kind, ndjson, position))
            .map_err(raise)
    }

    fn commit(&self, py: Python<'_>) -> PyResult<()> {
        py.detach(|| self.index.commit()).map_err(raise)
    }

    fn committed(&self) -> PyResult<i64> {
        self.index.committed().map_err(raise)
    }

    fn refresh(&self, py: Python<'_>) -> PyResult<()> {
        py.detach(|| self.index.refresh()).map_err(raise)
    }

    fn search(&self, py: Python<'_>, request: &str) -> PyResult<String> {
        py.detach(|| self.index.search(request)).map_err(raise)
    }

    fn partitions(&self, py: Python<'_>) -> PyResult<Vec<PartitionInfo>> {
        py.detach(|| self.index.partitions()).map_err(raise)
    }

    fn noticed(&self) -> PyResult<(u64, u64, u64)> {
        let noticed = self.index.noticed().map_err(raise)?;
        Ok((noticed.misfits, noticed.malformed, noticed.oversize))
    }

    fn drop(&self, py: Python<'_>, kind: &str, day: &str) -> PyResult<()> {
        py.detach(|| self.index.drop_day(kind, day)).map_err(raise)
    }

    fn close(&self, py: Python<'_>) -> PyResult<()> {
        py.detach(|| self.index.close()).map_err(raise)
    }
}
