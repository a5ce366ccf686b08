//! Chains of certificates (RFC 5246 7.4.2) and what the first says (X.509, RFC 5280).
//!
//! Read by hand rather than by a crate: those give all of a certificate or nothing, and refuse dates before 1970. An
//! odd certificate is where one looks hardest: each part stands for itself here, and the hashes need none of them.

use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::der::{self, tag, Element};
use super::fault::Fault;
use super::name::Name;
use super::oid;
use super::time::Moment;
use crate::reader::Reader;

/// Alternative names one event lists; CDN certificates have a few hundred.
pub const MAX_NAMES: usize = 512;

/// Bytes of a certificate's and of a list's length.
const LENGTH_BYTES: usize = 3;

/// Forms of a GeneralName (RFC 5280 4.2.1.6) that name a place: context tags.
const RFC_822: u8 = 0x81;
const DNS: u8 = 0x82;
const URI: u8 = 0x86;
const IP: u8 = 0x87;

/// What one side sent.
#[derive(Debug)]
pub struct Chain {
    pub count: usize,
    pub leaf: Leaf,
    pub fault: Option<Fault>,
}

/// The first certificate: its owner's.
#[derive(Debug)]
pub struct Leaf {
    pub md5: [u8; 16],
    pub sha1: [u8; 20],
    pub sha256: [u8; 32],
    pub certificate: Certificate,
    pub fault: Option<Fault>,
}

/// What could be read; the rest is as at the start.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Certificate {
    /// 1, 2 or 3; 0: not read.
    pub version: u8,
    pub serial: String,
    pub issuer: Option<Name>,
    pub subject: Option<Name>,
    pub self_issued: bool,
    pub not_before: Option<Moment>,
    pub not_after: Option<Moment>,
    pub key: Option<Key>,
    pub signature: Option<Cow<'static, str>>,
    pub names: Vec<String>,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Key {
    pub algorithm: Cow<'static, str>,
    pub bits: Option<u64>,
    pub curve: Option<&'static str>,
}

impl Chain {
    /// A Certificate message, whole or its beginning. None: not one whole certificate in it.
    pub fn read(body: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(body);
        let mut list = length(&mut reader).ok()?;
        let announced = list;
        let (mut leaf, mut count) = (None, 0);
        while list > 0 {
            let Ok(der) = certificate(&mut reader) else {
                break;
            };
            list = list.saturating_sub(LENGTH_BYTES + der.len());
            leaf.get_or_insert_with(|| Leaf::read(der));
            count += 1;
        }
        let honest = announced + LENGTH_BYTES == body.len() && reader.is_empty();
        let fault =
            (!honest).then(|| Fault::new("the list of certificates is not as long as it says", 0));
        Some(Self {
            count,
            leaf: leaf?,
            fault,
        })
    }
}

fn certificate<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], Fault> {
    let length = length(reader)?;
    Ok(reader.take(length)?)
}

fn length(reader: &mut Reader<'_>) -> Result<usize, Fault> {
    let [high, middle, low] = reader.array()?;
    Ok(u32::from_be_bytes([0, high, middle, low]) as usize)
}

impl Leaf {
    pub fn read(der: &[u8]) -> Self {
        let (certificate, fault) = Certificate::read(der);
        Self {
            md5: Md5::digest(der).into(),
            sha1: Sha1::digest(der).into(),
            sha256: Sha256::digest(der).into(),
            certificate,
            fault,
        }
    }
}

impl Certificate {
    /// What could be read, and what stopped the reading.
    fn read(der: &[u8]) -> (Self, Option<Fault>) {
        let mut certificate = Self::default();
        let fault = certificate.parts(der).err();
        (certificate, fault)
    }

    fn parts(&mut self, der: &[u8]) -> Result<(), Fault> {
        let mut outer = der::expect(&mut Reader::new(der), tag::SEQUENCE)?.body;
        let mut body = der::expect(&mut outer, tag::SEQUENCE)?.body;
        self.signed(&mut body)?;
        let mut algorithm = der::expect(&mut outer, tag::SEQUENCE)?.body;
        let algorithm = der::expect(&mut algorithm, tag::OBJECT_IDENTIFIER)?;
        self.signature = Some(oid::signature(algorithm.bytes()));
        Ok(())
    }

    /// TBSCertificate (RFC 5280 4.1).
    fn signed(&mut self, body: &mut Reader<'_>) -> Result<(), Fault> {
        self.version = version(der::optional(body, tag::EXPLICIT_0)?)?;
        self.serial = serial(der::expect(body, tag::INTEGER)?.bytes());
        der::expect(body, tag::SEQUENCE)?; // signature algorithm, repeated outside
        let issuer = der::expect(body, tag::SEQUENCE)?;
        self.issuer = Some(Name::read(issuer.body)?);
        let validity = der::expect(body, tag::SEQUENCE)?;
        let subject = der::expect(body, tag::SEQUENCE)?;
        self.subject = Some(Name::read(subject.body)?);
        self.self_issued = issuer.bytes() == subject.bytes();
        let key = der::expect(body, tag::SEQUENCE)?;
        let validity = self.validity(validity.body);
        self.key = Some(Key::read(key.body)?);
        self.extensions(body)?;
        validity
    }

    fn validity(&mut self, mut validity: Reader<'_>) -> Result<(), Fault> {
        let at = validity.position();
        self.not_before = Moment::read(&der::next(&mut validity)?);
        self.not_after = Moment::read(&der::next(&mut validity)?);
        match (self.not_before, self.not_after) {
            (Some(_), Some(_)) => Ok(()),
            _ => Err(Fault::new("a date that is none", at)),
        }
    }

    fn extensions(&mut self, body: &mut Reader<'_>) -> Result<(), Fault> {
        while !body.is_empty() {
            let mut element = der::next(body)?;
            if element.tag == tag::EXPLICIT_3 {
                let mut list = der::expect(&mut element.body, tag::SEQUENCE)?.body;
                while !list.is_empty() {
                    self.extension(der::expect(&mut list, tag::SEQUENCE)?.body)?;
                }
            }
        }
        Ok(())
    }

    fn extension(&mut self, mut extension: Reader<'_>) -> Result<(), Fault> {
        let kind = der::expect(&mut extension, tag::OBJECT_IDENTIFIER)?;
        if oid::dotted(kind.bytes()) != oid::SUBJECT_ALTERNATIVE_NAME {
            return Ok(());
        }
        let mut value = der::next(&mut extension)?;
        if value.tag != tag::OCTET_STRING {
            value = der::expect(&mut extension, tag::OCTET_STRING)?; // a `critical` stood before it
        }
        let mut names = der::expect(&mut value.body, tag::SEQUENCE)?.body;
        while !names.is_empty() && self.names.len() < MAX_NAMES {
            self.names.extend(alternative(&der::next(&mut names)?));
        }
        Ok(())
    }
}

/// Without the field it is version 1, which is written as 0.
fn version(field: Option<Element<'_>>) -> Result<u8, Fault> {
    let Some(mut field) = field else { return Ok(1) };
    let number = der::expect(&mut field.body, tag::INTEGER)?;
    Ok(number
        .bytes()
        .last()
        .map_or(1, |last| last.saturating_add(1)))
}

/// Without the byte that only keeps the number positive.
fn serial(bytes: &[u8]) -> String {
    let digits = match bytes {
        [0, rest @ ..] if !rest.is_empty() => rest,
        all => all,
    };
    digits.iter().map(|byte| format!("{byte:02X}")).collect()
}

fn alternative(name: &Element<'_>) -> Option<String> {
    let bytes = name.bytes();
    match name.tag {
        RFC_822 | DNS | URI => Some(String::from_utf8_lossy(bytes).into_owned()),
        IP => address(bytes),
        _ => None,
    }
}

fn address(bytes: &[u8]) -> Option<String> {
    let four = <[u8; 4]>::try_from(bytes).map(|bytes| Ipv4Addr::from(bytes).to_string());
    let sixteen = <[u8; 16]>::try_from(bytes).map(|bytes| Ipv6Addr::from(bytes).to_string());
    four.or(sixteen).ok()
}

impl Key {
    /// SubjectPublicKeyInfo (RFC 5280 4.1.2.7).
    fn read(mut info: Reader<'_>) -> Result<Self, Fault> {
        let mut algorithm = der::expect(&mut info, tag::SEQUENCE)?.body;
        let kind = der::expect(&mut algorithm, tag::OBJECT_IDENTIFIER)?;
        let bits = der::expect(&mut info, tag::BIT_STRING)?;
        let kind = oid::key(kind.bytes());
        Ok(match &*kind {
            "RSA" => Self::of_modulus(kind, rsa_modulus(bits.body).ok()),
            "DSA" => Self::of_modulus(kind, dsa_modulus(algorithm).ok()),
            "ECDSA" => Self::of_curve(kind, algorithm),
            "Ed25519" => Self::of_modulus(kind, Some(256)),
            "Ed448" => Self::of_modulus(kind, Some(456)),
            _ => Self::of_modulus(kind, None),
        })
    }

    fn of_modulus(algorithm: Cow<'static, str>, bits: Option<u64>) -> Self {
        Self {
            algorithm,
            bits,
            curve: None,
        }
    }

    /// SM2 keys are those of its curve (GB/T 35276).
    fn of_curve(algorithm: Cow<'static, str>, mut parameters: Reader<'_>) -> Self {
        let named = der::expect(&mut parameters, tag::OBJECT_IDENTIFIER);
        let known = named.ok().and_then(|curve| oid::curve(curve.bytes()));
        let (curve, bits) = known.unzip();
        let algorithm = match curve {
            Some("curveSM2") => "SM2".into(),
            _ => algorithm,
        };
        Self {
            algorithm,
            bits,
            curve,
        }
    }
}

/// Bits of n in RSAPublicKey, which stands behind the bit string's count of unused bits.
fn rsa_modulus(mut bits: Reader<'_>) -> Result<u64, Fault> {
    bits.u8()?;
    integer_bits(der::expect(&mut bits, tag::SEQUENCE)?.body)
}

/// Bits of p in Dss-Parms.
fn dsa_modulus(mut parameters: Reader<'_>) -> Result<u64, Fault> {
    integer_bits(der::expect(&mut parameters, tag::SEQUENCE)?.body)
}

fn integer_bits(mut sequence: Reader<'_>) -> Result<u64, Fault> {
    let number = der::expect(&mut sequence, tag::INTEGER)?.bytes();
    let zeros = number.iter().take_while(|&&byte| byte == 0).count();
    let top = number.get(zeros).map_or(0, |byte| byte.leading_zeros());
    Ok((number.len() - zeros) as u64 * 8 - u64::from(top))
}

impl Chain {
    /// Bytes of memory held.
    pub fn held(&self) -> usize {
        let certificate = &self.leaf.certificate;
        let names = [&certificate.issuer, &certificate.subject];
        let names: usize = names.into_iter().flatten().map(Name::held).sum();
        let others = certificate
            .names
            .iter()
            .map(|name| name.capacity() + size_of::<String>());
        names + others.sum::<usize>() + certificate.serial.capacity()
    }
}
