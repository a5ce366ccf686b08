//! Packets a mirror sends twice: a SPAN port that copies both what enters and what leaves a switch.
//!
//! The same bytes from the IP header on, within a short time. TTL and checksum belong to them (a routed packet is another one),
//! VLAN tags and MAC addresses do not: the two copies may come from different sides of the switch.

use super::frame;

/// Places are found by hash, four to a row; 2^14 rows hold what 10 ms of 6 million packets a second bring.
const ROWS: usize = 1 << 14;
const PLACES: usize = 4;

#[derive(Clone, Copy, Default)]
struct Place {
    hash: u64,
    time_ns: i64,
}

pub struct Mirror {
    rows: Vec<[Place; PLACES]>,
    window_ns: i64,
    /// Secret: nobody can send packets that only seem to be duplicates of others.
    seed: u64,
}

impl Mirror {
    /// window_ns 0: no packet is a duplicate.
    pub fn new(window_ns: i64, seed: u64) -> Self {
        let rows = if window_ns > 0 { ROWS } else { 0 };
        Self {
            rows: vec![[Place::default(); PLACES]; rows],
            window_ns,
            seed,
        }
    }

    /// Whether the packet was here within the window; if not it is remembered.
    pub fn saw(&mut self, link: u32, bytes: &[u8], time_ns: i64) -> bool {
        if self.window_ns == 0 {
            return false;
        }
        let Some(packet) = frame::packet(link, bytes) else {
            return false;
        };
        let hash = hash(self.seed, packet);
        let row = &mut self.rows[(hash >> 32) as usize % ROWS];
        let recent = |place: &Place| time_ns.abs_diff(place.time_ns) <= self.window_ns as u64;
        if row.iter().any(|place| place.hash == hash && recent(place)) {
            return true;
        }
        if let Some(oldest) = row.iter_mut().min_by_key(|place| place.time_ns) {
            *oldest = Place { hash, time_ns };
        }
        false
    }
}

/// Multiply and fold, eight bytes a step; the length and the seed take part.
fn hash(seed: u64, bytes: &[u8]) -> u64 {
    let mut state = seed ^ bytes.len() as u64;
    let words = bytes.chunks_exact(8);
    let tail = words.remainder();
    for word in words {
        let word = u64::from_le_bytes([
            word[0], word[1], word[2], word[3], word[4], word[5], word[6], word[7],
        ]);
        state = fold(state ^ word, seed | 1);
    }
    let mut last = [0u8; 8];
    last[..tail.len()].copy_from_slice(tail);
    fold(
        fold(state ^ u64::from_le_bytes(last), seed | 1),
        0x9e37_79b9_7f4a_7c15,
    )
}

fn fold(one: u64, other: u64) -> u64 {
    let product = u128::from(one ^ 0xff51_afd7_ed55_8ccd) * u128::from(other);
    (product >> 64) as u64 ^ product as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ethernet(vlan: bool, id: u8) -> Vec<u8> {
        let mut bytes = vec![id; 12];
        if vlan {
            bytes.extend([0x81, 0, 0, 7]);
        }
        bytes.extend([8, 0]);
        bytes.extend([
            0x45, 0, 0, 24, 1, 2, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 1, 2, 3, 4,
        ]);
        bytes
    }

    #[test]
    fn a_copy_within_the_window_is_a_duplicate_whatever_its_tag_and_padding() {
        let mut mirror = Mirror::new(1000, 7);
        let mut padded = ethernet(true, 9);
        padded.extend([0; 20]);
        assert!(!mirror.saw(1, &ethernet(false, 1), 5000));
        assert!(mirror.saw(1, &padded, 5900));
        assert!(!mirror.saw(1, &ethernet(false, 1), 6100));
    }

    #[test]
    fn another_ttl_or_payload_is_another_packet() {
        let mut mirror = Mirror::new(1000, 7);
        assert!(!mirror.saw(1, &ethernet(false, 1), 0));
        for at in [22, 37] {
            let mut other = ethernet(false, 1);
            other[at] ^= 1;
            assert!(!mirror.saw(1, &other, 1));
        }
    }

    #[test]
    fn what_is_no_ip_and_a_window_of_nothing_let_all_pass() {
        let arp = [[1; 12].as_slice(), &[8, 6], &[0; 28]].concat();
        let mut mirror = Mirror::new(1000, 7);
        assert!(!mirror.saw(1, &arp, 0));
        assert!(!mirror.saw(1, &arp, 0));
        let mut off = Mirror::new(0, 7);
        assert!(!off.saw(1, &ethernet(false, 1), 0));
        assert!(!off.saw(1, &ethernet(false, 1), 0));
    }
}
