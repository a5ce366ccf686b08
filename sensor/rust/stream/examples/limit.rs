//! The machine's limit for a decoder: read a pcap file, parse Ethernet, VLAN, IP, TCP and UDP, count flows in a hash
//! table. Nothing checked, nothing written. `limit FILE` prints packets, bytes, flows and CPU-bound seconds as JSON;
//! `tests/bench` states the decoder's cost as a multiple of it, measured in the same run.
#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::time::Instant;

use ahash::RandomState;

const FILE_HEADER: usize = 24;
const RECORD_HEADER: usize = 16;
/// As much as is read at once; more changes nothing.
const BUFFER: usize = 4 << 20;

type Ends = ([u8; 32], [u8; 4], u8);

struct Counts {
    packets: u64,
    bytes: u64,
    flows: HashMap<Ends, (u64, u64), RandomState>,
}

fn main() -> io::Result<()> {
    let path = std::env::args().nth(1).expect("usage: limit FILE");
    let begun = Instant::now();
    let counts = read(&mut File::open(path)?)?;
    println!(
        r#"{{"packets":{},"bytes":{},"flows":{},"wall":{:.4}}}"#,
        counts.packets,
        counts.bytes,
        counts.flows.len(),
        begun.elapsed().as_secs_f64()
    );
    Ok(())
}

/// A little-endian microsecond pcap, as the throughput capture is.
fn read(file: &mut File) -> io::Result<Counts> {
    let mut counts = Counts {
        packets: 0,
        bytes: 0,
        flows: HashMap::with_hasher(RandomState::new()),
    };
    let mut buffer = vec![0; BUFFER];
    file.read_exact(&mut buffer[..FILE_HEADER])?;
    let mut held = 0;
    loop {
        let more = file.read(&mut buffer[held..])?;
        if more == 0 {
            return Ok(counts);
        }
        let end = held + more;
        let used = records(&buffer[..end], &mut counts);
        buffer.copy_within(used..end, 0);
        held = end - used;
    }
}

/// Counts the whole records; answers how many bytes they were.
fn records(bytes: &[u8], counts: &mut Counts) -> usize {
    let mut at = 0;
    while let Some(header) = bytes.get(at..at + RECORD_HEADER) {
        let captured = u32::from_le_bytes([header[8], header[9], header[10], header[11]]) as usize;
        let start = at + RECORD_HEADER;
        let Some(frame) = bytes.get(start..start + captured) else {
            break;
        };
        counts.packets += 1;
        counts.bytes += captured as u64;
        if let Some(ends) = ends(frame) {
            let flow = counts.flows.entry(ends).or_insert((0, 0));
            *flow = (flow.0 + 1, flow.1 + captured as u64);
        }
        at = start + captured;
    }
    at
}

/// Addresses, ports and protocol, the lower end first.
fn ends(frame: &[u8]) -> Option<Ends> {
    let mut at = 12;
    let mut kind = frame.get(at..at + 2)?;
    while kind == [0x81, 0] || kind == [0x88, 0xa8] {
        at += 4;
        kind = frame.get(at..at + 2)?;
    }
    let ip = frame.get(at + 2..)?;
    let mut low = [0; 16];
    let mut high = [0; 16];
    let (protocol, load) = match kind {
        [8, 0] => {
            low[..4].copy_from_slice(ip.get(12..16)?);
            high[..4].copy_from_slice(ip.get(16..20)?);
            (ip[9], ip.get(usize::from(ip[0] & 15) * 4..)?)
        }
        [0x86, 0xdd] => {
            low.copy_from_slice(ip.get(8..24)?);
            high.copy_from_slice(ip.get(24..40)?);
            (ip[6], ip.get(40..)?)
        }
        _ => return None,
    };
    let mut ports = [0; 4];
    if matches!(protocol, 6 | 17) {
        ports.copy_from_slice(load.get(..4)?);
    }
    if (high, &ports[2..]) < (low, &ports[..2]) {
        std::mem::swap(&mut low, &mut high);
        ports.rotate_left(2);
    }
    let mut both = [0; 32];
    both[..16].copy_from_slice(&low);
    both[16..].copy_from_slice(&high);
    Some((both, ports, protocol))
}
