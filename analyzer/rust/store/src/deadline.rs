//! One request's time budget, shared by everything that works on it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};

#[derive(Clone, Debug)]
pub struct Deadline {
    at: Instant,
    passed: Arc<AtomicBool>,
}

impl Deadline {
    pub fn after(budget: Duration) -> Self {
        Self {
            at: Instant::now() + budget,
            passed: Arc::new(AtomicBool::new(false)),
        }
    }

    /// True from the first time somebody asked too late; the answer is then partial.
    pub fn passed(&self) -> bool {
        if self.cut() {
            return true;
        }
        let late = Instant::now() >= self.at;
        if late {
            self.passed.store(true, Ordering::Relaxed);
        }
        late
    }

    /// Whether any work was left undone.
    pub fn cut(&self) -> bool {
        self.passed.load(Ordering::Relaxed)
    }
}
