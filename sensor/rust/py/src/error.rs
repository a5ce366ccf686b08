//! Faults of the pure crates as the exceptions of sensor/errors.py.

use pyo3::import_exception;
use pyo3::prelude::*;
use pyo3::types::IntoPyDict;
use starwatch_capture::live::{BadFilter, TapFault};
use starwatch_capture::CaptureFault;
use starwatch_log::LogError as LogFault;
use starwatch_stream::platform::BadPrefix;

import_exception!(sensor.errors, CaptureError);
import_exception!(sensor.errors, DecoderError);
import_exception!(sensor.errors, LogError);
import_exception!(sensor.errors, LogFailedError);
import_exception!(sensor.errors, LogFullError);
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

pub fn tap(py: Python<'_>, fault: &TapFault) -> PyErr {
    let hint = match fault {
        TapFault::NotAllowed => {
            "start it as root or by the unit starwatch-sensor.service, or give it CAP_NET_RAW (deploy/units/README.md)"
        }
        TapFault::NoInterface(_) => "`starwatch sensor interfaces` lists what there is",
        TapFault::LinkUnknown(..) => "listen on an Ethernet, loopback or IP tunnel interface",
        TapFault::Refused(..) => "see the reason; less capture_ring_mib helps when memory is short",
    };
    with_hint(py, &py.get_type::<CaptureError>(), fault.to_string(), hint)
}

pub fn filter(py: Python<'_>, fault: &BadFilter) -> PyErr {
    with_hint(
        py,
        &py.get_type::<SettingsError>(),
        fault.to_string(),
        "write what `starwatch sensor filter EXPRESSION` prints",
    )
}

pub fn sandbox(py: Python<'_>, reason: &str) -> PyErr {
    with_hint(
        py,
        &py.get_type::<CaptureError>(),
        reason.to_owned(),
        "this kernel refuses what the sensor gives up by itself; see the reason",
    )
}

pub fn decoder(py: Python<'_>, reason: &str) -> PyErr {
    with_hint(
        py,
        &py.get_type::<DecoderError>(),
        format!("the decoder failed: {reason}"),
        "keep the capture and report it: this is a defect of the sensor, not of the traffic",
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

pub fn log(py: Python<'_>, fault: &LogFault) -> PyErr {
    let (class, hint) = match fault {
        LogFault::Full => (
            py.get_type::<LogFullError>(),
            "free disk space or raise the log's budget in settings.toml; writing goes on by itself",
        ),
        LogFault::Failed(_) => (
            py.get_type::<LogFailedError>(),
            "check the disk (dmesg, SMART); every record that was confirmed is kept",
        ),
        LogFault::Locked => (
            py.get_type::<LogError>(),
            "stop the other process that uses this data folder",
        ),
        _ => (
            py.get_type::<LogError>(),
            "check that the data folder is there, readable and this user's",
        ),
    };
    with_hint(py, &class, fault.to_string(), hint)
}
