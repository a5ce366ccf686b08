//! Community ID v1 (<https://github.com/corelight/community-id-spec>): one short name for a conversation, alike in every tool.

use base64::engine::general_purpose::STANDARD;
use base64::Engine;
use sha1::{Digest, Sha1};

use crate::ip::{Address, Version};
use crate::transport::Ports;

/// ICMP types with an answering type (RFC 792, 950, 1256): the pair shares an id.
const ICMP_PAIRS: [(u8, u8); 5] = [(8, 0), (13, 14), (15, 16), (17, 18), (10, 9)];
/// ICMPv6 likewise (RFC 4443, 2710, 4861, 4620, 4286).
const ICMPV6_PAIRS: [(u8, u8); 6] = [
    (128, 129),
    (130, 131),
    (133, 134),
    (135, 136),
    (139, 140),
    (144, 145),
];
/// Length of "1:" and 20 bytes in base64.
pub const LENGTH: usize = 30;

/// ICMP has no ports; type and the answering type (or the code, where nothing answers) stand in.
pub fn icmp_ports(version: Version, kind: u8, code: u8) -> Ports {
    let pairs = match version {
        Version::V4 => &ICMP_PAIRS[..],
        Version::V6 => &ICMPV6_PAIRS[..],
    };
    let counterpart = pairs.iter().find_map(|&(ask, answer)| match kind {
        kind if kind == ask => Some(answer),
        kind if kind == answer => Some(ask),
        _ => None,
    });
    Ports {
        source: u16::from(kind),
        destination: u16::from(counterpart.unwrap_or(code)),
        one_way: counterpart.is_none(),
    }
}

/// One end of a conversation.
#[derive(Clone, Copy, Debug)]
pub struct End<'a> {
    /// As on the wire: 4 or 16 bytes.
    pub address: &'a [u8],
    pub port: u16,
}

/// The id as text. `ports`: None for protocols without; `seed` sets deployments apart.
pub fn id(
    seed: u16,
    version: Version,
    source: &Address,
    destination: &Address,
    protocol: u8,
    ports: Option<Ports>,
) -> [u8; LENGTH] {
    let from = if version == Version::V4 { 12 } else { 0 };
    let (source_port, destination_port) =
        ports.map_or((0, 0), |ports| (ports.source, ports.destination));
    let mut ends = [
        End {
            address: &source[from..],
            port: source_port,
        },
        End {
            address: &destination[from..],
            port: destination_port,
        },
    ];
    let ordered = (ends[0].address, ends[0].port) <= (ends[1].address, ends[1].port);
    if !ordered && !ports.is_some_and(|ports| ports.one_way) {
        ends.swap(0, 1);
    }
    text(&digest(seed, ends, protocol, ports.is_some()))
}

fn digest(seed: u16, ends: [End<'_>; 2], protocol: u8, with_ports: bool) -> [u8; 20] {
    let mut hash = Sha1::new();
    hash.update(seed.to_be_bytes());
    hash.update(ends[0].address);
    hash.update(ends[1].address);
    hash.update([protocol, 0]);
    if with_ports {
        hash.update(ends[0].port.to_be_bytes());
        hash.update(ends[1].port.to_be_bytes());
    }
    hash.finalize().into()
}

fn text(digest: &[u8; 20]) -> [u8; LENGTH] {
    let mut out = *b"1:0000000000000000000000000000";
    STANDARD
        .encode_slice(digest, &mut out[2..])
        .expect("20 bytes are 28 characters of base64");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ip::mapped;

    fn tcp(source: u16, destination: u16) -> Option<Ports> {
        Some(Ports {
            source,
            destination,
            one_way: false,
        })
    }

    #[test]
    fn both_directions_share_the_id_of_the_specification() {
        let (a, b) = (mapped([128, 232, 110, 120]), mapped([66, 35, 250, 204]));
        let there = id(0, Version::V4, &a, &b, 6, tcp(34855, 80));
        assert_eq!(&there, b"1:LQU9qZlK+B5F3KDmev6m5PMibrg=");
        assert_eq!(id(0, Version::V4, &b, &a, 6, tcp(80, 34855)), there);
    }

    #[test]
    fn a_seed_changes_the_id() {
        let (a, b) = (mapped([128, 232, 110, 120]), mapped([66, 35, 250, 204]));
        assert_eq!(
            &id(1, Version::V4, &a, &b, 6, tcp(34855, 80)),
            b"1:3V71V58M3Ksw/yuFALMcW0LAHvc="
        );
    }

    #[test]
    fn an_unanswered_icmp_type_keeps_its_direction() {
        let (a, b) = (mapped([10, 0, 0, 2]), mapped([10, 0, 0, 1]));
        let ports = Some(icmp_ports(Version::V4, 3, 3));
        assert_ne!(
            id(0, Version::V4, &a, &b, 1, ports),
            id(0, Version::V4, &b, &a, 1, ports)
        );
    }
}
