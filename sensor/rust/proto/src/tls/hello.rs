//! The two hellos (RFC 8446 4.1.2, 4.1.3; RFC 5246 7.4.1) and those of their extensions that tell something.

use super::codes;
use super::fault::Fault;
use crate::reader::{Reader, Short};

/// Longest session id (RFC 5246 7.4.1.2).
pub const MAX_SESSION_ID: usize = 32;

const RANDOM_BYTES: usize = 32;

/// SHA-256 of "HelloRetryRequest": the random that makes a server's hello one (RFC 8446 4.1.3).
const RETRY: [u8; RANDOM_BYTES] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// End of the random of a server that knows TLS 1.3 (1.2) and was asked for less (RFC 8446 4.1.3).
const DOWNGRADED_FROM_1_3: &[u8] = b"DOWNGRD\x01";
const DOWNGRADED_FROM_1_2: &[u8] = b"DOWNGRD\x00";

pub mod extension {
    pub const SERVER_NAME: u16 = 0;
    pub const SUPPORTED_GROUPS: u16 = 10;
    pub const EC_POINT_FORMATS: u16 = 11;
    pub const SIGNATURE_ALGORITHMS: u16 = 13;
    pub const ALPN: u16 = 16;
    pub const PRE_SHARED_KEY: u16 = 41;
    pub const SUPPORTED_VERSIONS: u16 = 43;
    pub const KEY_SHARE: u16 = 51;
    /// RFC 9849.
    pub const ENCRYPTED_CLIENT_HELLO: u16 = 0xfe0d;
}

/// What a client offers. Lists are in the order of the wire, GREASE included.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ClientHello {
    pub version: u16,
    pub ciphers: Vec<u16>,
    pub extensions: Vec<u16>,
    pub groups: Vec<u16>,
    pub point_formats: Vec<u8>,
    pub signatures: Vec<u16>,
    pub versions: Vec<u16>,
    pub alpn: Vec<Vec<u8>>,
    pub server_name: Option<Vec<u8>>,
    /// Read to its end: only then fingerprints mean something.
    pub whole: bool,
    pub fault: Option<Fault>,
}

/// What a server chose.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ServerHello {
    /// The field of that name; the version that counts may stand in an extension.
    pub legacy_version: u16,
    pub version: u16,
    pub random: [u8; RANDOM_BYTES],
    pub cipher: u16,
    pub extensions: Vec<u16>,
    pub group: Option<u16>,
    pub alpn: Option<Vec<u8>>,
    pub whole: bool,
    pub fault: Option<Fault>,
}

impl ClientHello {
    pub fn read(body: &[u8]) -> Self {
        let mut hello = Self::default();
        let mut reader = Reader::new(body);
        hello.fault = hello.parts(&mut reader).err();
        hello
    }

    fn parts(&mut self, reader: &mut Reader<'_>) -> Result<(), Fault> {
        self.version = reader.u16()?;
        reader.take(RANDOM_BYTES)?;
        session_id(reader)?;
        self.ciphers = numbers(&mut long(reader)?)?;
        short(reader)?; // compression methods
        let mut fault = Ok(());
        extensions(reader, |kind, data| {
            self.extensions.push(kind);
            let read = self.extension(kind, data);
            fault = fault.and(read.map_err(Fault::from));
        })?;
        self.whole = true;
        fault
    }

    fn extension(&mut self, kind: u16, mut data: Reader<'_>) -> Result<(), Short> {
        let data = &mut data;
        match kind {
            extension::SERVER_NAME => self.server_name = server_name(data)?,
            extension::SUPPORTED_GROUPS => self.groups = numbers(&mut long(data)?)?,
            extension::EC_POINT_FORMATS => self.point_formats = short(data)?.rest().to_vec(),
            extension::SIGNATURE_ALGORITHMS => self.signatures = numbers(&mut long(data)?)?,
            extension::ALPN => self.alpn = protocols(data)?,
            extension::SUPPORTED_VERSIONS => self.versions = numbers(&mut short(data)?)?,
            _ => {}
        }
        Ok(())
    }

    pub fn has(&self, extension: u16) -> bool {
        self.extensions.contains(&extension)
    }

    /// Versions offered, without GREASE; the hello's own when it does not list them.
    pub fn offered(&self) -> Vec<u16> {
        let mut versions = self.versions.clone();
        versions.retain(|&version| !codes::is_grease(version));
        if versions.is_empty() {
            versions.push(self.version);
        }
        versions
    }

    /// Bytes of memory held.
    pub fn held(&self) -> usize {
        let lists = [
            &self.ciphers,
            &self.extensions,
            &self.groups,
            &self.signatures,
            &self.versions,
        ];
        let numbers: usize = lists.iter().map(|list| list.capacity() * 2).sum();
        let protocols: usize = self.alpn.iter().map(|name| name.capacity() + 24).sum();
        let name = self.server_name.as_ref().map_or(0, Vec::capacity);
        numbers + protocols + name + self.point_formats.capacity()
    }
}

impl ServerHello {
    pub fn read(body: &[u8]) -> Self {
        let mut hello = Self::default();
        let mut reader = Reader::new(body);
        hello.fault = hello.parts(&mut reader).err();
        hello
    }

    fn parts(&mut self, reader: &mut Reader<'_>) -> Result<(), Fault> {
        self.legacy_version = reader.u16()?;
        self.version = self.legacy_version;
        self.random = reader.array()?;
        // Drafts of TLS 1.3 up to 21, which name themselves or TLS 1.3 here, had no session id and no compression.
        let early_draft = codes::is_1_3(self.version);
        if !early_draft {
            session_id(reader)?;
        }
        self.cipher = reader.u16()?;
        if !early_draft {
            reader.u8()?; // compression method
        }
        let mut fault = Ok(());
        extensions(reader, |kind, data| {
            self.extensions.push(kind);
            let read = self.extension(kind, data);
            fault = fault.and(read.map_err(Fault::from));
        })?;
        self.whole = true;
        fault
    }

    fn extension(&mut self, kind: u16, mut data: Reader<'_>) -> Result<(), Short> {
        let data = &mut data;
        match kind {
            extension::SUPPORTED_VERSIONS => self.version = data.u16()?,
            extension::KEY_SHARE => self.group = Some(data.u16()?),
            extension::ALPN => self.alpn = protocols(data)?.into_iter().next(),
            _ => {}
        }
        Ok(())
    }

    pub fn is_retry(&self) -> bool {
        self.random == RETRY
    }

    pub fn is_1_3(&self) -> bool {
        codes::is_1_3(self.version)
    }

    /// TLS 1.3 took a key from an earlier session.
    pub fn takes_psk(&self) -> bool {
        self.is_1_3() && self.extensions.contains(&extension::PRE_SHARED_KEY)
    }

    /// Whether server and client both know a newer version than the one chosen.
    pub fn is_downgraded(&self, offered: &[u16]) -> bool {
        let newest = |least| {
            offered
                .iter()
                .any(|&version| version >= least && version <= codes::TLS_1_3)
        };
        self.random.ends_with(DOWNGRADED_FROM_1_3)
            && self.version < codes::TLS_1_3
            && newest(codes::TLS_1_3)
            || self.random.ends_with(DOWNGRADED_FROM_1_2)
                && self.version < codes::TLS_1_2
                && newest(codes::TLS_1_2)
    }

    /// Bytes of memory held.
    pub fn held(&self) -> usize {
        self.extensions.capacity() * 2 + self.alpn.as_ref().map_or(0, Vec::capacity)
    }
}

/// Type and data of each extension. A hello may end before the list (RFC 5246 7.4.1.2), not inside it or behind it.
fn extensions(reader: &mut Reader<'_>, mut each: impl FnMut(u16, Reader<'_>)) -> Result<(), Fault> {
    if reader.is_empty() {
        return Ok(());
    }
    let mut list = long(reader)?;
    while !list.is_empty() {
        let kind = list.u16()?;
        each(kind, long(&mut list)?);
    }
    match reader.is_empty() {
        true => Ok(()),
        false => Err(Fault::new("bytes follow the extensions", reader.position())),
    }
}

fn session_id(reader: &mut Reader<'_>) -> Result<(), Fault> {
    let at = reader.position();
    match short(reader)?.left() {
        0..=MAX_SESSION_ID => Ok(()),
        _ => Err(Fault::new("a session id of more than 32 bytes", at)),
    }
}

/// What stands behind a length of one byte.
fn short<'a>(reader: &mut Reader<'a>) -> Result<Reader<'a>, Short> {
    let length = reader.u8()?;
    reader.window(length.into())
}

/// What stands behind a length of two bytes.
fn long<'a>(reader: &mut Reader<'a>) -> Result<Reader<'a>, Short> {
    let length = reader.u16()?;
    reader.window(length.into())
}

fn numbers(reader: &mut Reader<'_>) -> Result<Vec<u16>, Short> {
    let mut numbers = Vec::with_capacity(reader.left() / 2);
    while !reader.is_empty() {
        numbers.push(reader.u16()?);
    }
    Ok(numbers)
}

/// The name of type host_name (RFC 6066 3), in lower case. Some clients send the extension empty.
fn server_name(reader: &mut Reader<'_>) -> Result<Option<Vec<u8>>, Short> {
    if reader.is_empty() {
        return Ok(None);
    }
    let mut names = long(reader)?;
    while !names.is_empty() {
        let kind = names.u8()?;
        let name = long(&mut names)?.rest();
        if kind == 0 {
            return Ok(Some(name.to_ascii_lowercase()));
        }
    }
    Ok(None)
}

/// RFC 7301 3.1.
fn protocols(reader: &mut Reader<'_>) -> Result<Vec<Vec<u8>>, Short> {
    let mut list = long(reader)?;
    let mut protocols = Vec::new();
    while !list.is_empty() {
        protocols.push(short(&mut list)?.rest().to_vec());
    }
    Ok(protocols)
}
