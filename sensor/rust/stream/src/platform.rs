//! Which protected platform an address belongs to: longest prefix first.

use std::collections::HashMap;
use std::net::IpAddr;

use starwatch_wire::ip::{mapped, Address};

/// IPv4 lies at ::ffff:0:0/96.
const MAPPED_BITS: u32 = 96;

/// A CIDR that cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub struct BadPrefix(pub String);

/// Prefixes by length, the longest first.
#[derive(Debug, Default)]
pub struct Platforms(Vec<(u32, HashMap<u128, Box<str>>)>);

impl Platforms {
    /// From (CIDR, platform id) pairs; a later pair of the same prefix wins.
    pub fn new<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, BadPrefix> {
        let mut platforms = Self::default();
        for (cidr, id) in pairs {
            let (bits, prefix) = parse(cidr).ok_or_else(|| BadPrefix(cidr.to_owned()))?;
            platforms.level(bits).insert(prefix, id.into());
        }
        Ok(platforms)
    }

    fn level(&mut self, bits: u32) -> &mut HashMap<u128, Box<str>> {
        let at = self.0.partition_point(|level| level.0 > bits);
        if self.0.get(at).is_none_or(|level| level.0 != bits) {
            self.0.insert(at, (bits, HashMap::new()));
        }
        &mut self.0[at].1
    }

    pub fn find(&self, address: &Address) -> Option<&str> {
        let address = u128::from_be_bytes(*address);
        self.0
            .iter()
            .find_map(|(bits, level)| level.get(&masked(address, *bits)).map(|id| &**id))
    }
}

fn masked(address: u128, bits: u32) -> u128 {
    address & u128::MAX.checked_shl(128 - bits).unwrap_or(0)
}

/// Prefix length on the 128-bit line, and the masked address.
fn parse(cidr: &str) -> Option<(u32, u128)> {
    let (address, bits) = cidr
        .split_once('/')
        .map_or((cidr, None), |(address, bits)| (address, Some(bits)));
    let (address, base) = match address.parse().ok()? {
        IpAddr::V4(v4) => (mapped(v4.octets()), MAPPED_BITS),
        IpAddr::V6(v6) => (v6.octets(), 0),
    };
    let bits = match bits {
        Some(bits) => base.checked_add(bits.parse().ok()?)?,
        None => 128,
    };
    (bits <= 128).then(|| (bits, masked(u128::from_be_bytes(address), bits)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_prefix_wins_in_either_family() {
        let pairs = [
            ("10.0.0.0/8", "park"),
            ("10.1.0.0/16", "cloud"),
            ("2001:db8::/32", "port"),
            ("10.1.2.3", "one"),
        ];
        let platforms = Platforms::new(pairs).unwrap();
        assert_eq!(platforms.find(&mapped([10, 9, 9, 9])), Some("park"));
        assert_eq!(platforms.find(&mapped([10, 1, 9, 9])), Some("cloud"));
        assert_eq!(platforms.find(&mapped([10, 1, 2, 3])), Some("one"));
        assert_eq!(platforms.find(&mapped([11, 0, 0, 1])), None);
        let v6: std::net::Ipv6Addr = "2001:db8::7".parse().unwrap();
        assert_eq!(platforms.find(&v6.octets()), Some("port"));
    }

    #[test]
    fn a_prefix_of_length_zero_takes_everything() {
        let platforms = Platforms::new([("::/0", "all")]).unwrap();
        assert_eq!(platforms.find(&mapped([1, 2, 3, 4])), Some("all"));
    }

    #[test]
    fn a_bad_prefix_is_named() {
        for bad in ["10.0.0.0/33", "x", "10.0.0.0/-1", "::/129", "10.0.0/8"] {
            assert_eq!(
                Platforms::new([(bad, "x")]).unwrap_err(),
                BadPrefix(bad.into())
            );
        }
    }
}
