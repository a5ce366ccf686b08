//! EDNS: the OPT record (RFC 6891 6.1) and the options worth a field of their own.

use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::codes;
use super::fault::Fault;
use crate::reader::Reader;

const CLIENT_SUBNET: u16 = 8;
const DNSSEC_OK: u32 = 0x8000;

/// Options named in an event; real messages carry fewer than ten.
const MAX_OPTIONS: usize = 32;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edns {
    pub udp_size: u16,
    /// Upper eight bits of the response code.
    pub extended_rcode: u8,
    pub version: u8,
    pub dnssec_ok: bool,
    pub options: Vec<Cow<'static, str>>,
    /// RFC 7871 6, as address/prefix.
    pub client_subnet: Option<String>,
}

impl Edns {
    /// From an OPT record's class and TTL, which it uses for its own ends.
    pub fn new(class: u16, ttl: u32) -> Self {
        Self {
            udp_size: class,
            extended_rcode: (ttl >> 24) as u8,
            version: (ttl >> 16) as u8,
            dnssec_ok: ttl & DNSSEC_OK != 0,
            ..Self::default()
        }
    }

    /// Read the options (RFC 6891 6.1.2); those before a fault stay.
    pub fn read_options(&mut self, mut data: Reader<'_>) -> Result<(), Fault> {
        while !data.is_empty() {
            let code = data.u16()?;
            let length = data.u16()?;
            let value = data.window(length.into())?;
            if self.options.len() < MAX_OPTIONS {
                self.options.push(codes::edns_option(code));
            }
            if code == CLIENT_SUBNET {
                self.client_subnet = Some(client_subnet(value)?);
            }
        }
        Ok(())
    }
}

/// Family, prefix lengths, then only as many address bytes as the prefix needs.
fn client_subnet(mut value: Reader<'_>) -> Result<String, Fault> {
    let at = value.position();
    let family = value.u16()?;
    let prefix = value.u8()?;
    let _scope = value.u8()?;
    match family {
        1 => Ok(format!("{}/{prefix}", Ipv4Addr::from(padded(value)?))),
        2 => Ok(format!("{}/{prefix}", Ipv6Addr::from(padded(value)?))),
        _ => Err(Fault::malformed("a client subnet of unknown family", at)),
    }
}

fn padded<const N: usize>(mut value: Reader<'_>) -> Result<[u8; N], Fault> {
    let at = value.position();
    let mut address = [0; N];
    let given = value.rest();
    match address.get_mut(..given.len()) {
        Some(head) => head.copy_from_slice(given),
        None => {
            return Err(Fault::malformed(
                "a client subnet longer than an address",
                at,
            ))
        }
    }
    Ok(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn class_and_ttl_are_taken_apart() {
        let edns = Edns::new(1232, 0x01_00_80_00);
        assert_eq!(edns.udp_size, 1232);
        assert_eq!((edns.extended_rcode, edns.version), (1, 0));
        assert!(edns.dnssec_ok);
    }

    #[test]
    fn options_are_named_and_the_subnet_read() {
        let mut edns = Edns::default();
        let data =
            b"\x00\x08\x00\x07\x00\x01\x18\x00\xc0\x00\x02\x00\x0a\x00\x02ab\x12\x34\x00\x00";
        edns.read_options(Reader::new(data)).unwrap();
        assert_eq!(edns.options, ["CLIENT-SUBNET", "COOKIE", "OPT4660"]);
        assert_eq!(edns.client_subnet.as_deref(), Some("192.0.2.0/24"));
    }

    #[test]
    fn an_ipv6_subnet() {
        let value = b"\x00\x02\x20\x00\x20\x01\x0d\xb8";
        assert_eq!(client_subnet(Reader::new(value)).unwrap(), "2001:db8::/32");
    }

    #[test]
    fn wrong_options_are_faults_and_the_good_ones_stay() {
        let mut edns = Edns::default();
        assert!(edns
            .read_options(Reader::new(b"\x00\x03\x00\x00\x00\x0a\x00\x09a"))
            .is_err());
        assert_eq!(edns.options, ["NSID"]);
        assert!(client_subnet(Reader::new(b"\x00\x09\x18\x00")).is_err());
        assert!(client_subnet(Reader::new(b"\x00\x01\x18\x00\x01\x02\x03\x04\x05")).is_err());
    }
}
