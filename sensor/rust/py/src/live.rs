//! Interfaces listened on, and the sandbox of the process that listens.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

use pyo3::prelude::*;
use starwatch_capture::live::{self, Counters, Endpoint, Filter, Options, Sandbox};

use crate::error;
use crate::frames::Frames;

#[pyclass(frozen, module = "sensor._native")]
pub struct Taps {
    inner: Mutex<live::Taps>,
}

/// (interface, its state, its counts).
type Counted = (String, &'static str, BTreeMap<&'static str, u64>);

impl Taps {
    fn lock(&self) -> MutexGuard<'_, live::Taps> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl Taps {
    #[new]
    // One argument for each keyword of the stub.
    #[allow(clippy::too_many_arguments)]
    #[pyo3(signature = (interfaces, *, readers = 1, ring_bytes = 64 << 20, queue_bytes = 128 << 20, retire_ms = 20, duplicate_ns = 0, program = ""))]
    fn new(
        py: Python<'_>,
        interfaces: Vec<String>,
        readers: usize,
        ring_bytes: usize,
        queue_bytes: usize,
        retire_ms: u32,
        duplicate_ns: i64,
        program: &str,
    ) -> PyResult<Self> {
        let options = Options {
            readers,
            ring_bytes,
            queue_bytes,
            retire_ms,
            duplicate_ns,
            filter: read_program(py, program)?,
        };
        let opened = py.detach(|| live::Taps::open(&interfaces, &options));
        Ok(Self {
            inner: Mutex::new(opened.map_err(|fault| error::tap(py, &fault))?),
        })
    }

    fn start(&self) -> PyResult<()> {
        Ok(self.lock().start()?)
    }

    fn read(&self, py: Python<'_>) -> Option<Frames> {
        let frames = py.detach(|| self.lock().read())?;
        Some(Frames {
            inner: RwLock::new(frames),
        })
    }

    #[getter]
    fn load(&self) -> f64 {
        self.lock().load()
    }

    fn set_filter(&self, py: Python<'_>, program: &str) -> PyResult<()> {
        let filter = read_program(py, program)?;
        let done = self.lock().set_filter(&filter);
        done.map_err(|fault| error::tap(py, &fault))
    }

    fn counters(&self) -> PyResult<Vec<Counted>> {
        let taps = self.lock();
        let all = taps.counters()?;
        let named = taps.names().iter().cloned().zip(&all);
        Ok(named
            .map(|(name, counters)| (name, counters.state.name(), numbers(counters)))
            .collect())
    }

    fn stop(&self, py: Python<'_>) {
        py.detach(|| self.lock().stop());
    }
}

fn read_program(py: Python<'_>, text: &str) -> PyResult<Filter> {
    text.parse().map_err(|fault| error::filter(py, &fault))
}

fn numbers(counters: &Counters) -> BTreeMap<&'static str, u64> {
    BTreeMap::from([
        ("wire", counters.wire),
        ("bytes", counters.bytes),
        ("handed", counters.handed),
        ("filtered", counters.filtered),
        ("dropped", counters.dropped),
        ("duplicate", counters.duplicate),
        ("shed", counters.shed),
        ("cut", counters.cut),
        ("merged", counters.merged),
        ("freezes", counters.freezes),
        ("gap_ns", counters.gap_ns),
    ])
}

/// Ends of tunnels, held open.
#[pyclass(frozen, module = "sensor._native")]
pub struct Endpoints {
    _sockets: live::Endpoints,
}

#[pymethods]
impl Endpoints {
    #[new]
    fn new(names: Vec<String>) -> PyResult<Self> {
        let wanted: Vec<Endpoint> = names
            .iter()
            .filter_map(|name| match name.as_str() {
                "vxlan" => Some(Endpoint::Vxlan),
                "geneve" => Some(Endpoint::Geneve),
                "gre" => Some(Endpoint::Gre),
                _ => None,
            })
            .collect();
        Ok(Self {
            _sockets: live::open_endpoints(&wanted)?,
        })
    }
}

/// For good: there is no way back out.
#[pyfunction]
#[pyo3(signature = (*, read, write, user = None))]
pub fn confine(
    py: Python<'_>,
    read: Vec<String>,
    write: Vec<String>,
    user: Option<(u32, u32)>,
) -> PyResult<BTreeMap<&'static str, i64>> {
    let confined = live::confine(&Sandbox { user, read, write })
        .map_err(|fault| error::sandbox(py, &fault.to_string()))?;
    Ok(BTreeMap::from([
        ("landlock", i64::from(confined.landlock)),
        ("landlock_whole", i64::from(confined.whole)),
        ("system_calls", confined.system_calls as i64),
    ]))
}
