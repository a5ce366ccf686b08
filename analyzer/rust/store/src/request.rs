//! The JSON that crosses from Python; analyzer/store/embedded/wire.py is its other side.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::error::{Result, StoreFault};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    pub kind: String,
    /// Required: there is no request that forgets whom it is for.
    pub scope: Scope,
    pub query: Node,
    pub start_ns: Option<i64>,
    pub end_ns: Option<i64>,
    pub timeout_ms: u64,
    pub want: Want,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    Everything,
    Platforms(Vec<String>),
}

#[derive(Debug, Deserialize)]
#[serde(tag = "op", rename_all = "lowercase", deny_unknown_fields)]
pub enum Node {
    All {},
    Nothing {},
    Equals { field: String, value: String },
    Prefix { field: String, value: String },
    Wildcard { field: String, pattern: String },
    Regex { field: String, pattern: String },
    Range(Range),
    Cidr { field: String, network: String },
    Exists { field: String },
    Anywhere { value: String },
    And { parts: Vec<Node> },
    Or { parts: Vec<Node> },
    Not { part: Box<Node> },
}

#[derive(Debug, Deserialize)]
pub struct Range {
    pub field: String,
    pub low: Option<String>,
    pub high: Option<String>,
    pub include_low: bool,
    pub include_high: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Want {
    Hits {
        size: usize,
        ascending: bool,
        after: Option<(String, String, String)>,
    },
    Count {},
    /// First and last event time of what matches.
    Bounds {},
    Terms {
        field: String,
        size: usize,
        fewest: bool,
    },
    Histogram {
        interval_ns: i64,
    },
}

/// One shape for every answer; what was not wanted is left out.
#[derive(Default, Serialize)]
pub struct Answer {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hits: Vec<Box<RawValue>>,
    pub total: u64,
    pub next: Option<(String, String, String)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bounds: Option<(i64, i64)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub terms: Vec<(String, u64)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub buckets: Vec<(i64, u64)>,
    pub partial: bool,
}

pub fn parse(json: &str) -> Result<Request> {
    serde_json::from_str(json).map_err(|fault| StoreFault::request(format!("request: {fault}")))
}

pub fn render(answer: &Answer) -> Result<String> {
    serde_json::to_string(answer).map_err(|fault| StoreFault::Failed(format!("answer: {fault}")))
}
