//! What is wrong with a rule, and where.

/// Why a rule document is not in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It contradicts the specification.
    Broken,
    /// It is right, but asks for what this engine does not do.
    Unsupported,
    /// It is right, but no data of its log source arrives here.
    Unmapped,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Broken => "broken",
            Self::Unsupported => "unsupported",
            Self::Unmapped => "unmapped",
        }
    }
}

/// A place in a text: line and column, both from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    pub line: usize,
    pub column: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub path: String,
    pub place: Place,
    pub kind: Kind,
    pub message: String,
    /// What the author should do.
    pub hint: String,
}

/// Gathers every fault of one text, so that its author needs one round.
#[derive(Debug)]
pub struct Faults {
    path: String,
    found: Vec<Fault>,
}

impl Faults {
    pub fn new(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            found: Vec::new(),
        }
    }

    pub fn add(&mut self, kind: Kind, place: Place, message: impl Into<String>, hint: &str) {
        self.found.push(Fault {
            path: self.path.clone(),
            place,
            kind,
            message: message.into(),
            hint: hint.to_owned(),
        });
    }

    pub fn broken(&mut self, place: Place, message: impl Into<String>, hint: &str) {
        self.add(Kind::Broken, place, message, hint);
    }

    pub fn count(&self) -> usize {
        self.found.len()
    }

    pub fn into_vec(self) -> Vec<Fault> {
        self.found
    }
}
