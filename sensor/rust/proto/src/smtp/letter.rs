//! The message of a transaction: its header fields, its files, its links.

use starwatch_stream::application::{FileHead, Piece, Side, Sink};
use starwatch_stream::carve::Carving;

use crate::mime::address::{self, Mailbox};
use crate::mime::links::Links;
use crate::mime::{date, words, Kind, Part, Parts, Reader};

use super::event;

/// Attachments listed in an event; every one is a file all the same.
const MAX_ATTACHMENTS: usize = 100;
/// Links listed in an event.
const MAX_LINKS: usize = 100;
/// Longest text of a header field in an event.
const MAX_TEXT: usize = 4096;

/// What a message said.
#[derive(Debug)]
pub struct Page {
    pub from: Vec<Mailbox>,
    pub to: Vec<Mailbox>,
    pub cc: Vec<Mailbox>,
    pub reply_to: Vec<Mailbox>,
    pub sender: Option<String>,
    pub subject: Option<String>,
    pub message_id: Option<String>,
    pub x_mailer: Option<String>,
    pub date: Option<i64>,
    pub content_type: Option<String>,
    pub attachments: Vec<Attachment>,
    pub links: Links,
    pub bytes: u64,
    pub missing: u64,
    pub complete: bool,
}

#[derive(Debug)]
pub struct Attachment {
    pub name: String,
    pub mime_type: String,
    pub size: u64,
}

/// Who sends the message to whom, for the events of its files.
pub struct Envelope<'a> {
    pub helo: Option<&'a [u8]>,
    pub mail_from: Option<&'a [u8]>,
    pub rcpt_to: &'a [Vec<u8>],
}

/// A message being read.
#[derive(Debug)]
pub struct Letter {
    reader: Reader,
    page: Page,
    open: Open,
}

/// The part being read.
#[derive(Debug, Default)]
struct Open {
    file: Option<(Carving, Attachment)>,
    text: bool,
}

/// Where a message's parts go.
pub struct Desk<'a> {
    pub piece: &'a Piece<'a>,
    pub sink: &'a mut dyn Sink,
    pub envelope: Envelope<'a>,
}

impl Letter {
    pub fn new() -> Self {
        Self {
            reader: Reader::message(),
            page: Page::new(),
            open: Open::default(),
        }
    }

    pub fn feed(&mut self, bytes: &[u8], desk: &mut Desk<'_>) {
        self.page.bytes = self.page.bytes.saturating_add(bytes.len() as u64);
        let Self { reader, page, open } = self;
        reader.feed(bytes, &mut Clerk { page, open, desk });
    }

    pub fn gap(&mut self, missing: u64, desk: &mut Desk<'_>) {
        self.page.missing = self.page.missing.saturating_add(missing);
        let Self { reader, page, open } = self;
        reader.gap(missing, &mut Clerk { page, open, desk });
    }

    /// Whether bytes of it were lost.
    pub fn gapped(&self) -> bool {
        self.page.missing > 0
    }

    /// `dotted`: it was ended by a dot (DATA), not by its length (BDAT).
    pub fn end(mut self, complete: bool, dotted: bool, desk: &mut Desk<'_>) -> Page {
        let Self { reader, page, open } = &mut self;
        let complete = complete && page.missing == 0;
        reader.end(complete, dotted, &mut Clerk { page, open, desk });
        self.page.complete = complete;
        self.page
    }

    pub fn held(&self) -> usize {
        let file = self.open.file.as_ref();
        self.reader.held() + self.page.held() + file.map_or(0, |(carving, _)| carving.held())
    }
}

impl Page {
    fn new() -> Self {
        Self {
            from: Vec::new(),
            to: Vec::new(),
            cc: Vec::new(),
            reply_to: Vec::new(),
            sender: None,
            subject: None,
            message_id: None,
            x_mailer: None,
            date: None,
            content_type: None,
            attachments: Vec::new(),
            links: Links::new(MAX_LINKS),
            bytes: 0,
            missing: 0,
            complete: false,
        }
    }

    pub fn held(&self) -> usize {
        let lists = [&self.from, &self.to, &self.cc, &self.reply_to];
        let mailboxes = lists.iter().flat_map(|list| list.iter());
        let mailboxes: usize = mailboxes
            .map(|each| each.text.capacity() + each.address.capacity())
            .sum();
        let files: usize = self
            .attachments
            .iter()
            .map(|each| each.name.capacity())
            .sum();
        mailboxes + files + self.links.held()
    }

    /// A field of the message itself; the first of each name counts. Answers what is wrong with it.
    fn field(&mut self, name: &[u8], value: &[u8]) -> Option<(Kind, &'static str)> {
        match &name.to_ascii_lowercase()[..] {
            b"from" => mailboxes(&mut self.from, value, "From"),
            b"to" => mailboxes(&mut self.to, value, "To"),
            b"cc" => mailboxes(&mut self.cc, value, "Cc"),
            b"reply-to" => mailboxes(&mut self.reply_to, value, "Reply-To"),
            b"sender" => once(&mut self.sender, first_address(value), "Sender"),
            b"subject" => text(&mut self.subject, value, "Subject"),
            b"message-id" => once(&mut self.message_id, identifier(value), "Message-ID"),
            b"x-mailer" => text(&mut self.x_mailer, value, "X-Mailer"),
            b"user-agent" if self.x_mailer.is_none() => {
                text(&mut self.x_mailer, value, "User-Agent")
            }
            b"date" => once(&mut self.date, date::parse(value), "Date"),
            b"content-type" if self.content_type.is_none() => {
                self.content_type = media_type(value);
                None
            }
            _ => None,
        }
    }
}

type Problem = Option<(Kind, &'static str)>;

/// RFC 5322 3.6: these stand once. What a list software adds (X-Mailer) may repeat without being a trick.
fn once<T>(slot: &mut Option<T>, value: Option<T>, name: &'static str) -> Problem {
    if slot.is_some() {
        return Some((Kind::DuplicateHeader, name));
    }
    *slot = value;
    None
}

fn text(slot: &mut Option<String>, value: &[u8], name: &'static str) -> Problem {
    let mut found = words::decode(value);
    truncate(&mut found.text);
    let problem = once(slot, Some(found.text), name);
    problem.or(found.faulty.then_some((Kind::BadEncodedWord, name)))
}

/// Cuts at the last character that ends within the limit.
fn truncate(text: &mut String) {
    let ends = text.char_indices().map(|(at, _)| at);
    let end = ends.take_while(|at| *at <= MAX_TEXT).last();
    if text.len() > MAX_TEXT {
        text.truncate(end.unwrap_or(0));
    }
}

fn mailboxes(slot: &mut Vec<Mailbox>, value: &[u8], name: &'static str) -> Problem {
    if !slot.is_empty() {
        return Some((Kind::DuplicateHeader, name));
    }
    let (list, faulty) = address::list(value);
    *slot = list;
    faulty.then_some((Kind::BadEncodedWord, name))
}

fn first_address(value: &[u8]) -> Option<String> {
    address::list(value)
        .0
        .into_iter()
        .next()
        .map(|mailbox| mailbox.address)
}

fn identifier(value: &[u8]) -> Option<String> {
    let value = value.strip_prefix(b"<").unwrap_or(value);
    let value = value.strip_suffix(b">").unwrap_or(value);
    Some(String::from_utf8_lossy(&value[..value.len().min(MAX_TEXT)]).into_owned())
}

fn media_type(value: &[u8]) -> Option<String> {
    let value = value.split(|&byte| byte == b';').next()?.trim_ascii();
    Some(String::from_utf8_lossy(value).to_ascii_lowercase())
}

/// Takes the parts of one piece.
struct Clerk<'a, 'd> {
    page: &'a mut Page,
    open: &'a mut Open,
    desk: &'a mut Desk<'d>,
}

impl Parts for Clerk<'_, '_> {
    fn field(&mut self, depth: usize, name: &[u8], value: &[u8]) {
        if depth == 0 {
            if let Some((kind, detail)) = self.page.field(name, value) {
                self.fault(kind, detail);
            }
        }
    }

    fn begin(&mut self, part: &Part) {
        self.open.text = part.is_text();
        if part.is_file() {
            let name = part.name.clone().unwrap_or_default();
            let carving = self.desk.sink.carve(&FileHead {
                name: name.as_bytes(),
                declared: &part.kind,
                announced: None,
                offset: 0,
                sender: Side::Client,
            });
            let mime_type = String::from_utf8_lossy(&part.kind).into_owned();
            let size = 0;
            self.open.file = Some((
                carving,
                Attachment {
                    name,
                    mime_type,
                    size,
                },
            ));
        }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        if let Some((carving, attachment)) = &mut self.open.file {
            attachment.size = attachment.size.saturating_add(bytes.len() as u64);
            self.desk.sink.feed(carving, bytes);
        }
        if self.open.text {
            self.page.links.feed(bytes);
        }
    }

    fn gap(&mut self, missing: u64) {
        if let Some((carving, _)) = &mut self.open.file {
            carving.gap(missing);
        }
        self.page.links.end();
    }

    fn finish(&mut self, complete: bool) {
        self.page.links.end();
        let Some((carving, attachment)) = self.open.file.take() else {
            return;
        };
        let Desk {
            piece,
            sink,
            envelope,
        } = &mut *self.desk;
        let complete = complete && carving.missing == 0;
        let page = &*self.page;
        sink.carved(piece, carving, complete, &mut |json| {
            event::file_context(page, envelope, json)
        });
        if self.page.attachments.len() < MAX_ATTACHMENTS {
            self.page.attachments.push(attachment);
        }
    }

    fn fault(&mut self, kind: Kind, detail: &str) {
        self.desk.sink.anomaly(self.desk.piece, kind.name(), detail);
    }
}
