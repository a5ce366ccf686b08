//! Every malformation the layers below the applications can name (sensor/events/anomalies.toml).

/// Kind of a malformation; the name is what events carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kind {
    CaptureTruncated,
    CaptureCorrupt,
    LinkTruncated,
    LinkUnknown,
    IpTruncated,
    IpBadHeader,
    IpBadChecksum,
    IpExtensionLoop,
    FragmentOverlap,
    FragmentOversize,
    FragmentTimeout,
    TunnelMalformed,
    TunnelBadChecksum,
    TunnelTooDeep,
    TransportTruncated,
    TransportBadChecksum,
    SctpMalformed,
    TcpBadFlags,
    TcpOverlapDiffers,
    TcpGap,
    TcpBufferFull,
    FlowEvicted,
}

/// Name, layer and what the numbers of a `Fault` count, in the order of `Kind`.
const TABLE: [(Kind, &str, &str, &str); 22] = [
    (
        Kind::CaptureTruncated,
        "capture_truncated",
        "capture",
        "bytes",
    ),
    (Kind::CaptureCorrupt, "capture_corrupt", "capture", "bytes"),
    (
        Kind::LinkTruncated,
        "link_truncated",
        "link",
        "header bytes",
    ),
    (Kind::LinkUnknown, "link_unknown", "link", "link type"),
    (Kind::IpTruncated, "ip_truncated", "network", "bytes"),
    (
        Kind::IpBadHeader,
        "ip_bad_header",
        "network",
        "version or header bytes",
    ),
    (
        Kind::IpBadChecksum,
        "ip_bad_checksum",
        "network",
        "checksum",
    ),
    (
        Kind::IpExtensionLoop,
        "ip_extension_loop",
        "network",
        "extension headers",
    ),
    (
        Kind::FragmentOverlap,
        "fragment_overlap",
        "network",
        "offset",
    ),
    (
        Kind::FragmentOversize,
        "fragment_oversize",
        "network",
        "last byte",
    ),
    (
        Kind::FragmentTimeout,
        "fragment_timeout",
        "network",
        "bytes",
    ),
    (
        Kind::TunnelMalformed,
        "tunnel_malformed",
        "network",
        "bytes or version",
    ),
    (
        Kind::TunnelBadChecksum,
        "tunnel_bad_checksum",
        "network",
        "checksum",
    ),
    (Kind::TunnelTooDeep, "tunnel_too_deep", "network", "layers"),
    (
        Kind::TransportTruncated,
        "transport_truncated",
        "transport",
        "bytes",
    ),
    (
        Kind::TransportBadChecksum,
        "transport_bad_checksum",
        "transport",
        "checksum",
    ),
    (
        Kind::SctpMalformed,
        "sctp_malformed",
        "transport",
        "chunk bytes",
    ),
    (Kind::TcpBadFlags, "tcp_bad_flags", "transport", "flags"),
    (
        Kind::TcpOverlapDiffers,
        "tcp_overlap_differs",
        "stream",
        "byte",
    ),
    (Kind::TcpGap, "tcp_gap", "stream", "missing bytes"),
    (
        Kind::TcpBufferFull,
        "tcp_buffer_full",
        "stream",
        "bytes or segments ahead",
    ),
    (Kind::FlowEvicted, "flow_evicted", "stream", "flows"),
];

impl Kind {
    pub fn all() -> impl Iterator<Item = Kind> {
        TABLE.iter().map(|row| row.0)
    }

    pub fn name(self) -> &'static str {
        TABLE[self as usize].1
    }

    pub fn layer(self) -> &'static str {
        TABLE[self as usize].2
    }
}

/// One malformation, in numbers: what the format asks for and what was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    pub kind: Kind,
    pub expected: u32,
    pub found: u32,
}

impl Fault {
    pub fn new(kind: Kind, expected: usize, found: usize) -> Self {
        let clamp = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
        Self {
            kind,
            expected: clamp(expected),
            found: clamp(found),
        }
    }

    pub fn detail(&self) -> String {
        let unit = TABLE[self.kind as usize].3;
        format!("{unit}: expected {}, found {}", self.expected, self.found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_kinds() {
        for (at, kind) in Kind::all().enumerate() {
            assert_eq!(kind as usize, at);
        }
    }
}
