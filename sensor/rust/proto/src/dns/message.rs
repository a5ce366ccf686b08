//! One DNS message, read as far as it makes sense (RFC 1035 4).

use super::edns::Edns;
use super::fault::{Fault, Kind};
use super::name::{self, Shape};
use super::{codes, rdata, types};
use crate::reader::Reader;

pub const HEADER_BYTES: usize = 12;

/// Records of one section an event carries (the catalogue's promise); the header's counts tell of the rest.
pub const MAX_RECORDS: usize = 256;

/// Text one event carries in names and data. Compression lets 64 KiB of records unfold to many times their size;
/// what real resolvers send stays far below this.
const MAX_TEXT: usize = 256 * 1024;

/// The header's second word, RFC 1035 4.1.1 and RFC 4035 3.2 (AD, CD).
pub mod flag {
    pub const RESPONSE: u16 = 0x8000;
    pub const AUTHORITATIVE: u16 = 0x0400;
    pub const TRUNCATED: u16 = 0x0200;
    pub const RECURSION_DESIRED: u16 = 0x0100;
    pub const RECURSION_AVAILABLE: u16 = 0x0080;
    pub const RESERVED: u16 = 0x0040;
    pub const AUTHENTIC: u16 = 0x0020;
    pub const CHECKING_DISABLED: u16 = 0x0010;
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Header {
    pub id: u16,
    pub flags: u16,
    pub questions: u16,
    /// As announced: answers, authorities, additionals.
    pub records: [u16; 3],
}

impl Header {
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        Ok(Self {
            id: reader.u16()?,
            flags: reader.u16()?,
            questions: reader.u16()?,
            records: [reader.u16()?, reader.u16()?, reader.u16()?],
        })
    }

    pub fn has(&self, flag: u16) -> bool {
        self.flags & flag != 0
    }

    pub fn is_answer(&self) -> bool {
        self.has(flag::RESPONSE)
    }

    pub fn opcode(&self) -> u8 {
        (self.flags >> 11 & 0x0f) as u8
    }

    pub fn rcode(&self) -> u16 {
        self.flags & 0x0f
    }
}

/// A stretch of a message's text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    start: usize,
    end: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    pub name: Span,
    pub shape: Shape,
    pub kind: u16,
    pub class: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    Answer,
    Authority,
    Additional,
}

const SECTIONS: [Section; 3] = [Section::Answer, Section::Authority, Section::Additional];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    pub section: Section,
    pub name: Span,
    pub kind: u16,
    pub class: u16,
    pub ttl: u32,
    pub data: Span,
}

/// What could be read, and what was wrong. Names and data are in presentation form, behind [`Message::text`].
#[derive(Debug, Default)]
pub struct Message {
    /// Bytes it was read from.
    pub length: usize,
    pub header: Header,
    /// The first question; a second one has no agreed meaning (RFC 9619).
    pub question: Option<Question>,
    pub records: Vec<Record>,
    pub edns: Option<Edns>,
    /// The first of each kind.
    pub faults: Vec<Fault>,
    text: Vec<u8>,
}

impl Message {
    /// Read a message; `faults` says where it stopped making sense, what stands before is kept.
    pub fn read(bytes: &[u8]) -> Self {
        let mut message = Self {
            length: bytes.len(),
            ..Self::default()
        };
        let mut reader = Reader::new(bytes);
        if let Err(fault) = message.read_all(&mut reader) {
            message.fault(fault);
        }
        message
    }

    pub fn text(&self, span: Span) -> &[u8] {
        &self.text[span.start..span.end]
    }

    pub fn section(&self, section: Section) -> impl Iterator<Item = &Record> {
        self.records
            .iter()
            .filter(move |record| record.section == section)
    }

    /// RFC 6891 6.1.3: EDNS adds eight bits in front of the header's four.
    pub fn rcode(&self) -> u16 {
        let extended = self.edns.as_ref().map_or(0, |edns| edns.extended_rcode);
        u16::from(extended) << 4 | self.header.rcode()
    }

    fn fault(&mut self, fault: Fault) {
        if self.faults.iter().all(|known| known.kind != fault.kind) {
            self.faults.push(fault);
        }
    }

    fn read_all(&mut self, reader: &mut Reader<'_>) -> Result<(), Fault> {
        self.header = Header::read(reader)?;
        self.read_questions(reader)?;
        for (section, count) in SECTIONS.into_iter().zip(self.header.records) {
            self.read_section(section, count.into(), reader)?;
        }
        match reader.left() {
            0 => Ok(()),
            _ => Err(Fault::malformed(
                "bytes behind the last record",
                reader.position(),
            )),
        }
    }

    fn read_questions(&mut self, reader: &mut Reader<'_>) -> Result<(), Fault> {
        for index in 0..self.header.questions {
            if index == 0 {
                self.question = Some(self.read_question(reader)?);
            } else {
                name::skip(reader)?;
                reader.u32()?;
            }
        }
        Ok(())
    }

    fn read_question(&mut self, reader: &mut Reader<'_>) -> Result<Question, Fault> {
        let (name, shape) = self.read_name(reader)?;
        Ok(Question {
            name,
            shape,
            kind: reader.u16()?,
            class: reader.u16()?,
        })
    }

    /// A section ends the reading when its bytes do; data of one record that makes no sense does not.
    fn read_section(
        &mut self,
        section: Section,
        count: usize,
        reader: &mut Reader<'_>,
    ) -> Result<(), Fault> {
        for index in 0..count {
            if index < MAX_RECORDS && self.text.len() < MAX_TEXT {
                self.read_record(section, reader)?;
            } else {
                self.fault(Fault {
                    kind: Kind::TooManyRecords,
                    what: "more records than an event carries",
                    at: reader.position(),
                });
                skip_record(reader)?;
            }
        }
        Ok(())
    }

    fn read_record(&mut self, section: Section, reader: &mut Reader<'_>) -> Result<(), Fault> {
        let (name, _) = self.read_name(reader)?;
        let kind = reader.u16()?;
        let class = reader.u16()?;
        let ttl = reader.u32()?;
        let length = reader.u16()?;
        let data = reader.window(length.into())?;
        if kind == types::OPT {
            self.read_edns(class, ttl, data);
            return Ok(());
        }
        let data = self.read_data(kind, class, data);
        self.records.push(Record {
            section,
            name,
            kind,
            class,
            ttl,
            data,
        });
        Ok(())
    }

    fn read_edns(&mut self, class: u16, ttl: u32, data: Reader<'_>) {
        let mut edns = Edns::new(class, ttl);
        if let Err(fault) = edns.read_options(data) {
            self.fault(fault);
        }
        self.edns = Some(edns);
    }

    fn read_data(&mut self, kind: u16, class: u16, data: Reader<'_>) -> Span {
        let start = self.text.len();
        if !(data.is_empty() && self.may_be_empty(class)) {
            if let Err(fault) = rdata::write(kind, data, &mut self.text) {
                self.fault(fault);
            }
        }
        self.since(start)
    }

    /// An update's prerequisites and deletions name a record without giving its data (RFC 2136 2.4, 2.5).
    fn may_be_empty(&self, class: u16) -> bool {
        self.header.opcode() == codes::UPDATE
            || matches!(class, codes::CLASS_NONE | codes::CLASS_ANY)
    }

    fn read_name(&mut self, reader: &mut Reader<'_>) -> Result<(Span, Shape), Fault> {
        let start = self.text.len();
        let shape = name::read(reader, &mut self.text)?;
        Ok((self.since(start), shape))
    }

    fn since(&self, start: usize) -> Span {
        Span {
            start,
            end: self.text.len(),
        }
    }
}

fn skip_record(reader: &mut Reader<'_>) -> Result<(), Fault> {
    /// Type, class, TTL.
    const FIXED: usize = 8;
    name::skip(reader)?;
    reader.take(FIXED)?;
    let length = reader.u16()?;
    reader.take(length.into())?;
    Ok(())
}
