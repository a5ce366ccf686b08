//! Faults of the pure crates as the exceptions of sensor/errors.py.

use pyo3::import_exception;
use pyo3::prelude::*;
use pyo3::types::IntoPyDict;
use starwatch_capture::CaptureFault;
use starwatch_stream::platform::BadPrefix;

import_exception!(sensor.errors, CaptureError);
import_exception!(sensor.errors, SettingsError);

/// An exception with its message and what the operator should do.
fn with_hint(py: Python<'_>, class: &Bound<'_, PyAny>, message: String, hint: &str) -> PyErr {
    let made = [("hint", hint)]
        .into_py_dict(py)
        .and_then(|hint| class.call((message,), Some(&hint)));
    made.map_or_else(|error| error, PyErr::from_value)
}

pub fn capture(py: Python<'_>, path: &str, fault: &CaptureFault) -> PyErr {
    with_hint(
        py,
        &py.get_type::<CaptureError>(),
        format!("{path} {fault}"),
        fault.hint(),
    )
}

pub fn platform(py: Python<'_>, BadPrefix(cidr): &BadPrefix) -> PyErr {
    let message = format!("{cidr} is no address prefix");
    with_hint(
        py,
        &py.get_type::<SettingsError>(),
        message,
        "write prefixes as 10.0.0.0/8 or 2001:db8::/32",
    )
}
