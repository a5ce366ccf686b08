//! Which of several readers gets a packet: both directions of the innermost address pair the same one.
//!
//! Tunnels are opened once (VXLAN, GENEVE, GRE with Ethernet, IP and ERSPAN II/III in it, IP in IP). Fragments go by the pair of
//! the packet that is fragmented: only its first part shows what is inside. What is no IP goes to the first reader.

use libc::sock_filter;

use super::program::{
    Assembler, Label, ADD, ADD_X, AND, FROM_X, LOAD_BYTE_X, LOAD_HALF_X, LOAD_MEMORY, LOAD_WORD,
    LOAD_WORD_X, LOAD_X, LOAD_X_MEMORY, MULTIPLY, RETURN, RETURN_A, SHIFT_LEFT, SHIFT_RIGHT, STORE,
    TO_X, XOR_X,
};

/// Offsets from the network header, wherever the packet's data begin (linux/filter.h: SKF_NET_OFF, SKF_AD_OFF).
const NETWORK: u32 = -0x10_0000_i32 as u32;
const PROTOCOL: u32 = -0x1000_i32 as u32;

const IPV4: u32 = 0x0800;
const IPV6: u32 = 0x86dd;
const TAGS: [u32; 2] = [0x8100, 0x88a8];
const BRIDGED: u32 = 0x6558;
const ERSPAN2: u32 = 0x88be;
const ERSPAN3: u32 = 0x22eb;
const GRE: u32 = 47;
const UDP: u32 = 17;
/// 8472 is what Linux took for VXLAN before the port was assigned.
const VXLAN_PORTS: [u32; 2] = [4789, 8472];
const GENEVE_PORT: u32 = 6081;
/// More fragments, or not the first one.
const FRAGMENT: u32 = 0x3fff;

/// Memory words of the program: GRE flags and what is put aside, where the pair's header starts, the sum so far.
const FLAGS: u32 = 0;
const START: u32 = 1;
const SUM: u32 = 2;

pub fn program() -> Vec<sock_filter> {
    let mut code = Assembler::default();
    code.put(LOAD_X, 0).put(LOAD_WORD, PROTOCOL);
    tags(
        &mut code,
        ["outer 1", "outer 1 end", "outer 2", "outer 2 end"],
    );
    code.if_equal(IPV4, "outer 4").if_equal(IPV6, "outer 6");
    code.put(RETURN, 0);
    outer4(&mut code);
    outer6(&mut code);
    udp(&mut code);
    gre(&mut code);
    inner(&mut code);
    code.finish()
}

/// X at the network header, A its ethertype: steps over at most two VLAN tags that are still in the frame.
fn tags(code: &mut Assembler, labels: [Label; 4]) {
    for pair in labels.chunks_exact(2) {
        code.if_equal(TAGS[0], pair[0])
            .if_equal(TAGS[1], pair[0])
            .go(pair[1]);
        code.label(pair[0]).put(LOAD_HALF_X, NETWORK + 2);
        code.put(STORE, FLAGS);
        forward(code, 4);
        code.put(LOAD_MEMORY, FLAGS).label(pair[1]);
    }
}

/// X += bytes.
fn forward(code: &mut Assembler, bytes: u32) {
    code.put(FROM_X, 0).put(ADD, bytes).put(TO_X, 0);
}

fn outer4(code: &mut Assembler) {
    code.label("outer 4").put(LOAD_HALF_X, NETWORK + 6);
    code.if_any(FRAGMENT, "pair 4")
        .put(LOAD_BYTE_X, NETWORK + 9);
    code.if_equal(GRE, "past 4 gre").if_equal(UDP, "past 4 udp");
    code.if_equal(4, "past 4 ip4")
        .if_equal(41, "past 4 ip6")
        .go("pair 4");
    for (label, next) in [
        ("past 4 gre", "gre"),
        ("past 4 udp", "udp"),
        ("past 4 ip4", "inner 4"),
        ("past 4 ip6", "inner 6"),
    ] {
        code.label(label)
            .put(LOAD_BYTE_X, NETWORK)
            .put(AND, 15)
            .put(SHIFT_LEFT, 2);
        code.put(ADD_X, 0).put(TO_X, 0).go(next);
    }
}

/// Extension headers hide the tunnel: then the outer pair decides, for both directions alike.
fn outer6(code: &mut Assembler) {
    code.label("outer 6").put(LOAD_BYTE_X, NETWORK + 6);
    code.if_equal(GRE, "past 6 gre").if_equal(UDP, "past 6 udp");
    code.if_equal(4, "past 6 ip4")
        .if_equal(41, "past 6 ip6")
        .go("pair 6");
    for (label, next) in [
        ("past 6 gre", "gre"),
        ("past 6 udp", "udp"),
        ("past 6 ip4", "inner 4"),
        ("past 6 ip6", "inner 6"),
    ] {
        code.label(label);
        forward(code, 40);
        code.go(next);
    }
}

/// X at a UDP header. A plain datagram's pair is that of its packet, which starts at the network header again.
fn udp(code: &mut Assembler) {
    code.label("udp").put(LOAD_HALF_X, NETWORK + 2);
    for port in VXLAN_PORTS {
        code.if_equal(port, "vxlan");
    }
    code.if_equal(GENEVE_PORT, "geneve").go("no tunnel");
    code.label("vxlan");
    forward(code, 16);
    code.go("ethernet");
    code.label("geneve")
        .put(LOAD_BYTE_X, NETWORK + 8)
        .put(AND, 63)
        .put(SHIFT_LEFT, 2);
    code.put(ADD, 16)
        .put(ADD_X, 0)
        .put(STORE, FLAGS)
        .put(LOAD_HALF_X, NETWORK + 10);
    code.put(LOAD_X_MEMORY, FLAGS);
    code.if_equal(BRIDGED, "ethernet")
        .if_equal(IPV4, "inner 4")
        .if_equal(IPV6, "inner 6");
    code.go("no tunnel");
}

/// X at a GRE header: 4 bytes, and 4 more for each of checksum, key and sequence number (RFC 2890).
fn gre(code: &mut Assembler) {
    code.label("gre")
        .put(LOAD_HALF_X, NETWORK)
        .put(STORE, FLAGS);
    code.if_any(7, "no tunnel");
    code.put(LOAD_HALF_X, NETWORK + 2);
    code.if_equal(IPV4, "gre ip4")
        .if_equal(IPV6, "gre ip6")
        .if_equal(BRIDGED, "gre ethernet");
    code.if_equal(ERSPAN2, "gre erspan 2")
        .if_equal(ERSPAN3, "gre erspan 3")
        .go("no tunnel");
    for (label, next, steps) in [
        ("gre ip4", "inner 4", GRE_STEPS[0]),
        ("gre ip6", "inner 6", GRE_STEPS[1]),
        ("gre ethernet", "ethernet", GRE_STEPS[2]),
        ("gre erspan 2", "erspan 2", GRE_STEPS[3]),
        ("gre erspan 3", "erspan 3", GRE_STEPS[4]),
    ] {
        code.label(label);
        forward(code, 4);
        for (bit, [there, after]) in [0x8000, 0x2000, 0x1000].into_iter().zip(steps) {
            code.put(LOAD_MEMORY, FLAGS)
                .if_any(bit, there)
                .go(after)
                .label(there);
            forward(code, 4);
            code.label(after);
        }
        code.go(next);
    }
    // Type I has no sequence number and no header of its own; type III may have 8 bytes more (O, the last bit).
    code.label("erspan 2")
        .put(LOAD_MEMORY, FLAGS)
        .if_any(0x1000, "erspan ii")
        .go("ethernet");
    code.label("erspan ii");
    forward(code, 8);
    code.go("ethernet");
    code.label("erspan 3")
        .put(LOAD_BYTE_X, NETWORK + 11)
        .put(AND, 1)
        .put(SHIFT_LEFT, 3);
    code.put(ADD, 12).put(ADD_X, 0).put(TO_X, 0).go("ethernet");
}

const GRE_STEPS: [[[Label; 2]; 3]; 5] = [
    [["4c", "4c-"], ["4k", "4k-"], ["4s", "4s-"]],
    [["6c", "6c-"], ["6k", "6k-"], ["6s", "6s-"]],
    [["ec", "ec-"], ["ek", "ek-"], ["es", "es-"]],
    [["2c", "2c-"], ["2k", "2k-"], ["2s", "2s-"]],
    [["3c", "3c-"], ["3k", "3k-"], ["3s", "3s-"]],
];

/// The pair that decides.
fn inner(code: &mut Assembler) {
    code.label("ethernet")
        .put(LOAD_HALF_X, NETWORK + 12)
        .put(STORE, FLAGS);
    forward(code, 14);
    code.put(LOAD_MEMORY, FLAGS);
    tags(code, ["inner 1", "inner 1 end", "inner 2", "inner 2 end"]);
    code.if_equal(IPV4, "inner 4").if_equal(IPV6, "inner 6");
    code.label("no tunnel")
        .put(LOAD_X, 0)
        .put(LOAD_WORD, PROTOCOL);
    tags(code, ["again 1", "again 1 end", "again 2", "again 2 end"]);
    code.if_equal(IPV4, "pair 4")
        .if_equal(IPV6, "pair 6")
        .put(RETURN, 0);
    code.label("inner 4").label("pair 4");
    sum(code, [12, 16]);
    code.go("mix");
    code.label("inner 6").label("pair 6");
    sum(code, [8, 12, 16, 20, 24, 28, 32, 36]);
    // A sum is the same whichever end sent; its bits are spread, for readers are chosen by remainder.
    code.label("mix")
        .put(MULTIPLY, 0x9e37_79b1)
        .put(STORE, FLAGS)
        .put(SHIFT_RIGHT, 15);
    code.put(TO_X, 0)
        .put(LOAD_MEMORY, FLAGS)
        .put(XOR_X, 0)
        .put(RETURN_A, 0);
}

/// A = sum of the words at these offsets from X.
fn sum<const N: usize>(code: &mut Assembler, offsets: [u32; N]) {
    code.put(FROM_X, 0).put(STORE, START);
    for (at, offset) in offsets.into_iter().enumerate() {
        code.put(LOAD_X_MEMORY, START)
            .put(LOAD_WORD_X, NETWORK + offset);
        if at > 0 {
            code.put(LOAD_X_MEMORY, SUM).put(ADD_X, 0);
        }
        code.put(STORE, SUM);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_fits_and_every_test_reaches_its_jump() {
        let code = program();
        assert!(code.len() < 400, "{}", code.len());
        assert!(code.iter().all(|one| one.jt == 0 && one.jf <= 1));
    }
}
