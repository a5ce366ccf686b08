//! Where a data connection goes: PORT and 227 (RFC 959 4.1.2), EPRT and 229 (RFC 2428 2, 3).

use starwatch_wire::ip::{mapped, Address};
use std::net::IpAddr;

/// Address (None: the listener's own) and port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub address: Option<Address>,
    pub port: u16,
}

/// `h1,h2,h3,h4,p1,p2` somewhere in the text: PORT's argument, or a 227 reply with or without parentheses.
pub fn six_numbers(text: &[u8]) -> Option<Endpoint> {
    let mut runs = text
        .split(|byte| !byte.is_ascii_digit() && *byte != b',')
        .filter(|run| run.contains(&b','));
    let mut numbers = [0u8; 6];
    let mut parts = runs.next()?.split(|&byte| byte == b',');
    for number in &mut numbers {
        *number = std::str::from_utf8(parts.next()?).ok()?.parse().ok()?;
    }
    let [a, b, c, d, high, low] = numbers;
    let port = u16::from_be_bytes([high, low]);
    let whole = parts.next().is_none() && port > 0;
    let address = Some(mapped([a, b, c, d]));
    whole.then_some(Endpoint { address, port })
}

/// `|1|192.0.2.1|5282|`; any printable delimiter.
pub fn extended_port(text: &[u8]) -> Option<Endpoint> {
    let text = text.trim_ascii();
    let mut fields = text.get(1..)?.split(|byte| Some(byte) == text.first());
    let (family, address, port) = (fields.next()?, fields.next()?, fields.next()?);
    let address: IpAddr = std::str::from_utf8(address).ok()?.parse().ok()?;
    let fits = matches!(
        (family, &address),
        (b"1", IpAddr::V4(_)) | (b"2", IpAddr::V6(_))
    );
    let address = Some(bytes(&address)).filter(|_| fits)?;
    Some(Endpoint {
        address: Some(address),
        port: number(port)?,
    })
}

/// `… (|||6446|)`.
pub fn extended_passive(text: &[u8]) -> Option<Endpoint> {
    let start = memchr::memchr(b'(', text)?;
    let inner = text.get(start + 1..)?;
    let delimiter = inner.first()?;
    let mut fields = inner.get(1..)?.split(|byte| byte == delimiter);
    let (family, address, port) = (fields.next()?, fields.next()?, fields.next()?);
    let empty = family.is_empty() && address.is_empty();
    let port = number(port).filter(|_| empty)?;
    let address = None;
    Some(Endpoint { address, port })
}

fn number(text: &[u8]) -> Option<u16> {
    std::str::from_utf8(text)
        .ok()?
        .parse()
        .ok()
        .filter(|port| *port > 0)
}

fn bytes(address: &IpAddr) -> Address {
    match address {
        IpAddr::V4(address) => mapped(address.octets()),
        IpAddr::V6(address) => address.octets(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v4(octets: [u8; 4], port: u16) -> Option<Endpoint> {
        let address = Some(mapped(octets));
        Some(Endpoint { address, port })
    }

    #[test]
    fn six() {
        assert_eq!(six_numbers(b"10,0,0,1,4,1"), v4([10, 0, 0, 1], 1025));
        assert_eq!(
            six_numbers(b"Entering Passive Mode (10,0,0,1,4,1)."),
            v4([10, 0, 0, 1], 1025)
        );
        assert_eq!(six_numbers(b"Passive Mode, 3 10,0,0,1,4,1"), None);
        assert_eq!(six_numbers(b"=10,0,0,1,4,1"), v4([10, 0, 0, 1], 1025));
        for bad in [
            "",
            "1,2,3",
            "1,2,3,4,5,6,7",
            "256,0,0,1,4,1",
            "10,0,0,1,0,0",
            "1234",
        ] {
            assert_eq!(six_numbers(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn extended() {
        assert_eq!(extended_port(b"|1|10.0.0.1|1025|"), v4([10, 0, 0, 1], 1025));
        let six = extended_port(b"|2|2001:db8::1|1025|").unwrap();
        assert_eq!((six.address.unwrap()[0], six.port), (0x20, 1025));
        assert_eq!(extended_port(b"|2|10.0.0.1|1025|"), None);
        assert_eq!(extended_port(b""), None);
        let passive = extended_passive(b"Entering Extended Passive Mode (|||6446|)").unwrap();
        assert_eq!(
            passive,
            Endpoint {
                address: None,
                port: 6446
            }
        );
        for bad in ["(|||0|)", "(|||70000|)", "(|1||6446|)", "(", "none"] {
            assert_eq!(extended_passive(bad.as_bytes()), None, "{bad}");
        }
    }
}
