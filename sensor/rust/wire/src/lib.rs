//! Frames to packets, and to the packets inside them: link, network and transport headers, tunnels, checksums, Community ID. Pure, no state, no allocation per packet.
#![forbid(unsafe_code)]

pub mod anomaly;
pub mod bytes;
pub mod checksum;
pub mod community;
pub mod frames;
pub mod ip;
pub mod layer;
pub mod link;
pub mod packet;
pub mod sctp;
pub mod transport;
mod tunnel;
