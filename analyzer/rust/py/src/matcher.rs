//! The Sigma matcher for Python: texts and bytes in, matches out; the GIL is free while events are matched.

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use starwatch_matcher::{Engine, Fault, Match as Found};
use std::sync::atomic::{AtomicU64, Ordering};

#[pyclass(frozen, get_all, module = "analyzer._native")]
pub struct RuleFault {
    path: String,
    line: usize,
    column: usize,
    kind: &'static str,
    message: String,
    hint: String,
}

#[pyclass(frozen, get_all, module = "analyzer._native")]
pub struct Condition {
    selection: String,
    field: String,
    operator: String,
    expected: String,
    value: String,
}

#[pyclass(frozen, get_all, module = "analyzer._native")]
pub struct Match {
    rule: u32,
    line: usize,
    event: Py<PyBytes>,
    conditions: Vec<Py<Condition>>,
}

#[pyclass(frozen, module = "analyzer._native")]
pub struct RuleMatcher {
    engine: Engine,
    faults: Vec<Fault>,
    skipped: AtomicU64,
}

#[pymethods]
impl RuleMatcher {
    #[new]
    fn new(py: Python<'_>, documents: Vec<(String, String)>, logsources: &str) -> Self {
        let (engine, faults) = py.detach(|| Engine::new(&documents, logsources));
        Self {
            engine,
            faults,
            skipped: AtomicU64::new(0),
        }
    }

    #[getter]
    fn faults(&self) -> Vec<RuleFault> {
        self.faults.iter().map(fault).collect()
    }

    #[getter]
    fn rules(&self) -> Vec<(&str, &str)> {
        self.engine.rules().collect()
    }

    #[getter]
    fn skipped(&self) -> u64 {
        self.skipped.load(Ordering::Relaxed)
    }

    #[pyo3(name = "match")]
    fn matches(&self, py: Python<'_>, ndjson: &[u8]) -> PyResult<Vec<Match>> {
        let outcome = py.detach(|| self.engine.match_batch(ndjson));
        self.skipped.fetch_add(outcome.skipped, Ordering::Relaxed);
        outcome
            .matches
            .into_iter()
            .map(|found| convert(py, found))
            .collect()
    }
}

fn fault(fault: &Fault) -> RuleFault {
    RuleFault {
        path: fault.path.clone(),
        line: fault.place.line,
        column: fault.place.column,
        kind: fault.kind.name(),
        message: fault.message.clone(),
        hint: fault.hint.clone(),
    }
}

fn convert(py: Python<'_>, found: Found) -> PyResult<Match> {
    let condition = |one: starwatch_matcher::Condition| {
        let starwatch_matcher::Condition {
            selection,
            field,
            operator,
            expected,
            value,
        } = one;
        Py::new(
            py,
            Condition {
                selection,
                field,
                operator,
                expected,
                value,
            },
        )
    };
    Ok(Match {
        rule: found.rule,
        line: found.line,
        event: PyBytes::new(py, &found.event).unbind(),
        conditions: found
            .conditions
            .into_iter()
            .map(condition)
            .collect::<PyResult<_>>()?,
    })
}
