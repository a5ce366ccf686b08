//! The decoder: batches of frames in, batches of event lines out. The GIL is free while it works.

use std::any::Any;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use starwatch_extract::digest;
use starwatch_proto::PROTOCOLS;
use starwatch_stream::carve::{Fate, Part};
use starwatch_stream::engine::{self, Engine, Note, Settings};
use starwatch_stream::platform::Platforms;
use starwatch_wire::anomaly::Kind;
use starwatch_wire::community;
use starwatch_wire::ip::{mapped, Address, Version};
use starwatch_wire::transport::{Ports, ICMP, ICMPV6, SCTP, TCP, UDP};

use crate::error;
use crate::frames::Frames;

/// 10^6 half-open flows of about 260 bytes, with room for streams; inside 512 MiB with everything else.
const DEFAULT_MEMORY: usize = 320 << 20;

/// Finished events of one batch.
#[pyclass(frozen, module = "sensor._native")]
pub struct Events {
    inner: engine::Events,
}

#[pymethods]
impl Events {
    #[getter]
    fn ndjson<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.inner.ndjson)
    }

    #[getter]
    fn count(&self) -> u64 {
        self.inner.count
    }

    #[getter]
    fn first_sequence(&self) -> u64 {
        self.inner.first_sequence
    }

    #[getter]
    fn parts(slf: &Bound<'_, Self>) -> Vec<FilePart> {
        let count = slf.get().inner.parts.len();
        (0..count)
            .map(|at| FilePart {
                events: slf.clone().unbind(),
                at,
            })
            .collect()
    }
}

/// A part of a file among a batch's events; its bytes cross over only when they are asked for.
#[pyclass(frozen, module = "sensor._native")]
pub struct FilePart {
    events: Py<Events>,
    at: usize,
}

impl FilePart {
    fn part(&self) -> &Part {
        &self.events.get().inner.parts[self.at]
    }
}

#[pymethods]
impl FilePart {
    #[getter]
    fn file(&self) -> u64 {
        self.part().file
    }

    #[getter]
    fn content<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.part().bytes)
    }

    #[getter]
    fn size(&self) -> usize {
        self.part().bytes.len()
    }

    #[getter]
    fn dropped(&self) -> bool {
        self.part().fate == Fate::Drop
    }

    #[getter]
    fn sha256(&self) -> Option<String> {
        match self.part().fate {
            Fate::Keep(digest) => Some(text(&digest)),
            Fate::More | Fate::Drop => None,
        }
    }
}

fn text(digest: &[u8]) -> String {
    let mut out = Vec::new();
    digest::hex(digest, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

/// Frames to ECS events.
#[pyclass(frozen, module = "sensor._native")]
pub struct Decoder {
    inner: Mutex<Engine>,
}

impl Decoder {
    fn lock(&self) -> MutexGuard<'_, Engine> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn detached(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut Engine) -> engine::Events + Send,
    ) -> PyResult<Events> {
        py.detach(|| self.guarded(work))
            .map(|inner| Events { inner })
            .map_err(|reason| error::decoder(py, &reason))
    }

    /// A panic below is a defect of ours that some traffic found: it must cost that traffic, not the process.
    /// The lock stays poisoned, so the decoder answers nothing more.
    fn guarded(
        &self,
        work: impl FnOnce(&mut Engine) -> engine::Events,
    ) -> Result<engine::Events, String> {
        catch_unwind(AssertUnwindSafe(|| match self.inner.lock() {
            Ok(mut engine) => Ok(work(&mut engine)),
            Err(_) => Err("it failed before".to_owned()),
        }))
        .unwrap_or_else(|panic| Err(said(panic.as_ref())))
    }
}

/// The message of a panic.
fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message")
        .to_owned()
}

#[pymethods]
impl Decoder {
    #[new]
    // One argument for each keyword of the stub.
    #[allow(clippy::too_many_arguments)]
    #[pyo3(signature = (*, sensor, epoch, interface = String::new(), threads = 1, memory = DEFAULT_MEMORY, first_sequence = 0, platforms = Vec::new(), file_max = 0))]
    fn new(
        py: Python<'_>,
        sensor: String,
        epoch: String,
        interface: String,
        threads: usize,
        memory: usize,
        first_sequence: u64,
        platforms: Vec<(String, String)>,
        file_max: u64,
    ) -> PyResult<Self> {
        let platforms = platforms_of(py, &platforms)?;
        let settings = Settings {
            sensor,
            epoch,
            interface,
            threads,
            memory,
            first_sequence,
            platforms,
            protocols: PROTOCOLS,
            file_max,
        };
        Ok(Self {
            inner: Mutex::new(Engine::new(settings)),
        })
    }

    fn decode(&self, py: Python<'_>, frames: &Bound<'_, Frames>) -> PyResult<Events> {
        let frames = frames.get();
        self.detached(py, |engine| frames.with(|frames| engine.decode(frames)))
    }

    fn advance(&self, py: Python<'_>, now_ns: i64) -> PyResult<Events> {
        self.detached(py, |engine| engine.advance(now_ns))
    }

    fn finish(&self, py: Python<'_>) -> PyResult<Events> {
        self.detached(py, Engine::finish)
    }

    // One argument for each member of the event's frame.
    #[allow(clippy::too_many_arguments)]
    #[pyo3(signature = (*, time_ns, dataset, kind, types, body, interface = None))]
    fn note(
        &self,
        py: Python<'_>,
        time_ns: i64,
        dataset: &str,
        kind: &str,
        types: Vec<String>,
        body: &[u8],
        interface: Option<&str>,
    ) -> PyResult<Events> {
        let types: Vec<&str> = types.iter().map(String::as_str).collect();
        let note = Note {
            time_ns,
            kind,
            dataset,
            types: &types,
            interface,
            body,
        };
        self.detached(py, |engine| engine.note(&note))
    }

    fn spare(&self, limit: u64) {
        self.lock().spare(limit);
    }

    fn assign(&self, py: Python<'_>, platforms: Vec<(String, String)>) -> PyResult<()> {
        self.lock().assign(platforms_of(py, &platforms)?);
        Ok(())
    }

    fn tally(&self, interface: &str) -> BTreeMap<&'static str, u64> {
        let tally = self.lock().tally(interface);
        BTreeMap::from([
            ("analysed", tally.analysed),
            ("not_ip", tally.not_ip),
            ("malformed", tally.malformed),
            ("bulk", tally.bulk),
        ])
    }

    fn counters(&self) -> BTreeMap<&'static str, u64> {
        let totals = self.lock().totals();
        BTreeMap::from([
            ("packets", totals.packets),
            ("bytes", totals.bytes),
            ("analysed", totals.analysed),
            ("not_ip", totals.not_ip),
            ("malformed", totals.malformed),
            ("filtered", 0),
            ("dropped", 0),
            ("events", totals.events),
            ("open_flows", totals.open_flows),
            ("buffered_bytes", totals.buffered_bytes),
            ("flows", totals.counters.flows),
            ("anomalies", totals.counters.anomalies),
            ("evicted", totals.counters.evicted),
            ("fragments", totals.counters.fragments),
            ("reassembled", totals.counters.reassembled),
        ])
    }
}

fn platforms_of(py: Python<'_>, platforms: &[(String, String)]) -> PyResult<Platforms> {
    let pairs = platforms
        .iter()
        .map(|(cidr, id)| (cidr.as_str(), id.as_str()));
    Platforms::new(pairs).map_err(|fault| error::platform(py, &fault))
}

/// (kind, layer) of every anomaly the core can name.
#[pyfunction]
pub fn anomaly_kinds() -> Vec<(&'static str, &'static str)> {
    let core = Kind::all().map(|kind| (kind.name(), kind.layer()));
    let applications = PROTOCOLS.iter().flat_map(|protocol| protocol.anomalies);
    core.chain(applications.map(|kind| (*kind, "application")))
        .collect()
}

/// Community ID v1. For ICMP the ports are type and code.
#[pyfunction]
#[pyo3(signature = (source, destination, source_port, destination_port, protocol, seed = 0))]
pub fn community_id(
    source: &str,
    destination: &str,
    source_port: u16,
    destination_port: u16,
    protocol: u8,
    seed: u16,
) -> PyResult<String> {
    let (version, source) = address(source)?;
    let (other, destination) = address(destination)?;
    if version != other {
        return Err(PyValueError::new_err(
            "the two addresses are of different families",
        ));
    }
    let ports = match protocol {
        TCP | UDP | SCTP => Some(Ports {
            source: source_port,
            destination: destination_port,
            one_way: false,
        }),
        ICMP | ICMPV6 => Some(community::icmp_ports(
            version,
            source_port as u8,
            destination_port as u8,
        )),
        _ => None,
    };
    let id = community::id(seed, version, &source, &destination, protocol, ports);
    Ok(String::from_utf8_lossy(&id).into_owned())
}

fn address(text: &str) -> PyResult<(Version, Address)> {
    match text.parse() {
        Ok(IpAddr::V4(v4)) => Ok((Version::V4, mapped(v4.octets()))),
        Ok(IpAddr::V6(v6)) => Ok((Version::V6, v6.octets())),
        Err(_) => Err(PyValueError::new_err(format!("{text} is no IP address"))),
    }
}
