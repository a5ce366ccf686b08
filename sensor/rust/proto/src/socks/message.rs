//! The messages, each with the bytes it takes. `Err(Short)`: not all there yet; `Ok(None)`: not of this form.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::reader::{Reader, Short};

pub const VERSION_4: u8 = 4;
pub const VERSION_5: u8 = 5;

/// A user's or host's name in SOCKS 4 ends with NUL, wherever that is; RFC 1929 and DNS know none longer.
const MAX_TEXT: usize = 255;

/// Version of the messages of RFC 1929.
const PASSWORD_VERSION: u8 = 1;

/// Version in the reply of SOCKS 4.
const REPLY_VERSION_4: u8 = 0;

/// Where a client wants to go, or a proxy came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub host: Host,
    pub port: u16,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    Address(String),
    Domain(Vec<u8>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub command: u8,
    pub target: Target,
    /// SOCKS 4 alone names the user here.
    pub user: Option<Vec<u8>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    pub code: u8,
    pub bound: Target,
}

type Read<T> = Result<Option<T>, Short>;

/// Methods of authentication a client offers (RFC 1928 3).
pub fn greeting<'a>(reader: &mut Reader<'a>) -> Read<&'a [u8]> {
    if reader.u8()? != VERSION_5 {
        return Ok(None);
    }
    let count = reader.u8()?;
    let methods = reader.take(count.into())?;
    Ok((count > 0).then_some(methods))
}

/// The method the proxy chose.
pub fn choice(reader: &mut Reader<'_>) -> Read<u8> {
    let version = reader.u8()?;
    Ok((version == VERSION_5).then_some(reader.u8()?))
}

/// The user's name; the password behind it is stepped over (RFC 1929 2).
pub fn credentials(reader: &mut Reader<'_>) -> Read<Vec<u8>> {
    if reader.u8()? != PASSWORD_VERSION {
        return Ok(None);
    }
    let length = reader.u8()?;
    let user = reader.take(length.into())?.to_vec();
    let length = reader.u8()?;
    reader.take(length.into())?;
    Ok(Some(user))
}

/// Whether the proxy took the password.
pub fn verdict(reader: &mut Reader<'_>) -> Read<bool> {
    let version = reader.u8()?;
    let status = reader.u8()?;
    // Some proxies repeat the version of SOCKS here.
    Ok(matches!(version, PASSWORD_VERSION | VERSION_5).then_some(status == 0))
}

/// RFC 1928 4.
pub fn request_5(reader: &mut Reader<'_>) -> Read<Request> {
    Ok(message_5(reader)?.map(|(command, target)| Request {
        command,
        target,
        user: None,
    }))
}

/// RFC 1928 6.
pub fn reply_5(reader: &mut Reader<'_>) -> Read<Reply> {
    Ok(message_5(reader)?.map(|(code, bound)| Reply { code, bound }))
}

/// Requests and replies have the same form.
fn message_5(reader: &mut Reader<'_>) -> Read<(u8, Target)> {
    let [version, code, reserved, kind] = reader.array()?;
    if version != VERSION_5 || reserved != 0 {
        return Ok(None);
    }
    let host = match kind {
        1 => Host::Address(Ipv4Addr::from(reader.array::<4>()?).to_string()),
        3 => {
            let length = reader.u8()?;
            Host::Domain(reader.take(length.into())?.to_ascii_lowercase())
        }
        4 => Host::Address(Ipv6Addr::from(reader.array::<16>()?).to_string()),
        _ => return Ok(None),
    };
    let port = reader.u16()?;
    Ok(Some((code, Target { host, port })))
}

/// With 4a's host name where the address is one that cannot be (0.0.0.x).
pub fn request_4(reader: &mut Reader<'_>) -> Read<Request> {
    let [version, command] = reader.array()?;
    if version != VERSION_4 {
        return Ok(None);
    }
    let port = reader.u16()?;
    let address = reader.array::<4>()?;
    let Some(user) = text(reader)? else {
        return Ok(None);
    };
    let host = match address {
        [0, 0, 0, last] if last > 0 => match text(reader)? {
            Some(name) => Host::Domain(name.to_ascii_lowercase()),
            None => return Ok(None),
        },
        address => Host::Address(Ipv4Addr::from(address).to_string()),
    };
    Ok(Some(Request {
        command,
        target: Target { host, port },
        user: (!user.is_empty()).then(|| user.to_vec()),
    }))
}

pub fn reply_4(reader: &mut Reader<'_>) -> Read<Reply> {
    let [version, code] = reader.array()?;
    let port = reader.u16()?;
    let host = Host::Address(Ipv4Addr::from(reader.array::<4>()?).to_string());
    let bound = Target { host, port };
    Ok((version == REPLY_VERSION_4).then_some(Reply { code, bound }))
}

/// Up to NUL.
fn text<'a>(reader: &mut Reader<'a>) -> Read<&'a [u8]> {
    let mut rest = *reader;
    let seen = rest.rest();
    match seen.iter().take(MAX_TEXT + 1).position(|&byte| byte == 0) {
        Some(length) => {
            let text = reader.take(length)?;
            reader.u8()?;
            Ok(Some(text))
        }
        None if seen.len() > MAX_TEXT => Ok(None),
        None => Err(Short {
            at: reader.position() + seen.len(),
        }),
    }
}
