//! Who is the client when the beginning was not seen.

use starwatch_wire::transport::flag;

/// Ports below are given to services (RFC 6335 6).
const SYSTEM_PORTS: u16 = 1024;
/// Linux takes ephemeral ports from here (ip_local_port_range), the IANA range lies above: clients.
const EPHEMERAL_PORTS: u16 = 32_768;

/// Whether the sender of a flow's first TCP segment is its client.
pub fn tcp_sender_is_client(flags: u8, source: u16, destination: u16) -> bool {
    match (flags & flag::SYN != 0, flags & flag::ACK != 0) {
        (true, false) => true,
        (true, true) => false,
        _ => !looks_like_server(source, destination),
    }
}

/// Whether the sending port is a service's and the other is not.
fn looks_like_server(source: u16, destination: u16) -> bool {
    rank(source) < rank(destination)
}

fn rank(port: u16) -> u8 {
    match port {
        0..SYSTEM_PORTS => 0,
        SYSTEM_PORTS..EPHEMERAL_PORTS => 1,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_syn_names_the_client_and_a_syn_ack_the_server() {
        assert!(tcp_sender_is_client(flag::SYN, 80, 50_000));
        assert!(!tcp_sender_is_client(flag::SYN | flag::ACK, 50_000, 80));
    }

    #[test]
    fn mid_stream_the_ports_decide_and_then_the_first_sender() {
        assert!(!tcp_sender_is_client(flag::ACK, 443, 50_000));
        assert!(!tcp_sender_is_client(flag::ACK, 8080, 50_000));
        assert!(tcp_sender_is_client(flag::ACK, 50_000, 443));
        assert!(tcp_sender_is_client(flag::ACK, 50_000, 50_001));
    }
}
