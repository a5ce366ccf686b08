//! The one place of the analyzer that knows PyO3: pure crates in, Python objects out.
use pyo3::prelude::*;

mod matcher;
mod store;

#[pymodule(name = "_native", gil_used = false)]
mod analyzer_native {
    #[pymodule_export]
    use crate::store::EventIndex;

    #[pymodule_export]
    use crate::matcher::{Condition, Match, RuleFault, RuleMatcher};
}
