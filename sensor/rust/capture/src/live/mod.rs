//! Interfaces listened on: AF_PACKET with TPACKET_V3 rings, one reader thread each, and the sandbox the process
//! goes into once its sockets are open. The only place of the sensor with `unsafe`, and of that only in `sys` and `blocks`.

mod blocks;
mod counters;
mod duplicate;
mod endpoint;
mod fanout;
mod filter;
mod frame;
mod merge;
mod program;
mod queue;
mod reader;
mod sandbox;
mod socket;
mod sys;
mod taps;

pub use counters::{Counters, State};
pub use endpoint::{open_endpoints, Endpoint, Endpoints};
pub use filter::{BadFilter, Filter};
pub use sandbox::{confine, Confined, Sandbox};
pub use socket::TapFault;
pub use taps::{Options, Taps};
