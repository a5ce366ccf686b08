//! Frames to packets: link, network and transport headers, checksums, Community ID. Pure, no state, no allocation per packet.
#![forbid(unsafe_code)]

pub mod anomaly;
pub mod bytes;
pub mod checksum;
pub mod community;
pub mod frames;
pub mod ip;
pub mod link;
pub mod packet;
pub mod transport;
