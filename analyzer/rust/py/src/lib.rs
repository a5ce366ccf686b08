//! The one place of the analyzer that knows PyO3: pure crates in, Python objects out.
use pyo3::prelude::*;

#[pymodule(name = "_native", gil_used = false)]
mod analyzer_native {}
