//! A body on its way by: counted, decoded, its first bytes kept for rules, its files carved.

use starwatch_stream::application::{FileHead, Piece, Side, Sink};
use starwatch_stream::carve::Carving;

use super::bytes::{cut, number, trim};
use super::coding::Decoder;
use super::disposition;
use super::event;
use super::exchange::Transaction;
use super::fault::{Fault, Kind};
use super::framing::Framing;
use super::head::Head;
use super::multipart::{Event, Multipart};
use super::url;

/// First bytes of a body that an event carries, decoded.
pub const EXCERPT: usize = 4_096;

/// Where a body is seen: whom to tell, and of which transaction it is a part.
pub struct Scene<'a> {
    pub piece: &'a Piece<'a>,
    pub sink: &'a mut dyn Sink,
    pub transaction: Option<&'a Transaction>,
}

/// What a file will be called when its first byte comes.
struct Plan {
    name: Vec<u8>,
    declared: Vec<u8>,
    announced: Option<u64>,
    offset: u64,
    sender: Side,
}

enum Content {
    Nothing,
    /// The whole body is one file.
    File(Plan, Option<Carving>),
    /// Its parts are.
    Parts(Box<Multipart>, Part),
}

struct Part {
    /// Fields of a form are no files; what is sent as a file has a name (RFC 7578 4.2).
    only_named: bool,
    sender: Side,
    plan: Option<Plan>,
    carving: Option<Carving>,
}

pub struct Body {
    /// As sent, chunk framing taken off.
    pub bytes: u64,
    pub missing: u64,
    pub excerpt: Vec<u8>,
    /// Content behind the excerpt was left out.
    pub excerpt_cut: bool,
    decoder: Option<Box<Decoder>>,
    content: Content,
}

impl Body {
    /// What `head` says of the body that follows it. `target`: of the request.
    pub fn of(head: &mut Head, framing: &Framing, sender: Side, target: &[u8]) -> Self {
        let decoder = Decoder::of(head).map(Box::new);
        let announced = match framing {
            Framing::Length(length) if decoder.is_none() => Some(*length),
            _ => None,
        };
        let content = if matches!(framing, Framing::Length(0)) {
            Content::Nothing
        } else {
            content(head, announced, sender, target)
        };
        Self {
            bytes: 0,
            missing: 0,
            excerpt: Vec::new(),
            excerpt_cut: false,
            decoder,
            content,
        }
    }

    pub fn feed(&mut self, bytes: &[u8], scene: &mut Scene<'_>) {
        self.bytes += bytes.len() as u64;
        let Some(mut decoder) = self.decoder.take() else {
            return self.plain(bytes, scene);
        };
        decoder.feed(bytes, &mut |plain| self.plain(plain, scene));
        for fault in decoder.faults() {
            fault.tell(scene.piece, scene.sink);
        }
        self.decoder = Some(decoder);
    }

    fn plain(&mut self, bytes: &[u8], scene: &mut Scene<'_>) {
        let room = EXCERPT - self.excerpt.len();
        self.excerpt
            .extend_from_slice(&bytes[..bytes.len().min(room)]);
        self.excerpt_cut |= bytes.len() > room;
        match &mut self.content {
            Content::Nothing => {}
            Content::File(plan, carving) => carve(plan, carving, bytes, scene),
            Content::Parts(parts, part) => parts.feed(bytes, &mut |event| part.on(event, scene)),
        }
    }

    /// Bytes of the body were never seen.
    pub fn lose(&mut self, missing: u64) {
        self.missing = self.missing.saturating_add(missing);
        if let Some(decoder) = &mut self.decoder {
            decoder.lose();
        } else if let Content::File(_, Some(carving)) = &mut self.content {
            carving.gap(missing);
        } else if let Content::File(plan, None) = &mut self.content {
            plan.offset = plan.offset.saturating_add(missing);
        }
    }

    /// The body is over; `complete`: the framing said so.
    pub fn end(&mut self, complete: bool, scene: &mut Scene<'_>) {
        let mut complete = complete && self.missing == 0;
        if let Some(mut decoder) = self.decoder.take() {
            // A body that was cut short breaks its coding off: no fault of its sender.
            if !complete {
                decoder.lose();
            }
            decoder.end(&mut |plain| self.plain(plain, scene));
            complete &= !decoder.has_failed();
            for fault in decoder.faults() {
                fault.tell(scene.piece, scene.sink);
            }
        }
        match std::mem::replace(&mut self.content, Content::Nothing) {
            Content::File(_, Some(carving)) => carved(carving, complete, scene),
            Content::Parts(mut parts, mut part) => parts.end(&mut |event| part.on(event, scene)),
            Content::File(_, None) | Content::Nothing => {}
        }
    }

    /// Bytes of memory held.
    pub fn held(&self) -> usize {
        let content = match &self.content {
            Content::Nothing => 0,
            Content::File(plan, carving) => {
                plan.name.capacity() + carving.as_ref().map_or(0, Carving::held)
            }
            Content::Parts(parts, part) => {
                parts.held() + part.carving.as_ref().map_or(0, Carving::held)
            }
        };
        content + self.excerpt.capacity() + self.decoder.as_ref().map_or(0, |some| some.held())
    }
}

fn content(head: &mut Head, announced: Option<u64>, sender: Side, target: &[u8]) -> Content {
    let kind = head.media_type().to_ascii_lowercase();
    if kind.starts_with(b"multipart/") {
        let content_type = head.value(b"content-type").unwrap_or_default();
        if let Some(parts) = Multipart::of(content_type) {
            let part = Part {
                only_named: kind == b"multipart/form-data",
                sender,
                plan: None,
                carving: None,
            };
            return Content::Parts(Box::new(parts), part);
        }
        head.fault(Kind::Multipart, "a multipart body without usable boundary");
    }
    // Fields of a form, passwords among them, are no file (the excerpt has them, masked).
    if kind == b"application/x-www-form-urlencoded" {
        return Content::Nothing;
    }
    Content::File(plan(head, announced, sender, url::file_name(target)), None)
}

fn plan(head: &Head, announced: Option<u64>, sender: Side, otherwise: &[u8]) -> Plan {
    Plan {
        name: head
            .value(b"content-disposition")
            .and_then(disposition::file_name)
            .unwrap_or_else(|| otherwise.to_vec()),
        declared: head.value(b"content-type").unwrap_or_default().to_vec(),
        announced,
        offset: head
            .value(b"content-range")
            .and_then(first_byte)
            .unwrap_or(0),
        sender,
    }
}

/// `bytes 500-999/1234` (RFC 9110 14.4): where the range begins.
fn first_byte(range: &[u8]) -> Option<u64> {
    let (unit, range) = cut(range, b' ')?;
    let (first, _) = cut(trim(range), b'-')?;
    number(first).filter(|_| unit.eq_ignore_ascii_case(b"bytes"))
}

fn carve(plan: &Plan, carving: &mut Option<Carving>, bytes: &[u8], scene: &mut Scene<'_>) {
    if bytes.is_empty() {
        return;
    }
    let carving = carving.get_or_insert_with(|| {
        scene.sink.carve(&FileHead {
            name: &plan.name,
            declared: &plan.declared,
            announced: plan.announced,
            offset: plan.offset,
            sender: plan.sender,
        })
    });
    scene.sink.feed(carving, bytes);
}

fn carved(carving: Carving, complete: bool, scene: &mut Scene<'_>) {
    let transaction = scene.transaction;
    scene
        .sink
        .carved(scene.piece, carving, complete, &mut |json| {
            event::context(transaction, json)
        });
}

impl Part {
    fn on(&mut self, event: Event<'_>, scene: &mut Scene<'_>) {
        match event {
            Event::Begin(head) => self.plan = self.planned(&head),
            Event::Data(bytes) => {
                if let Some(plan) = &self.plan {
                    carve(plan, &mut self.carving, bytes, scene);
                }
            }
            Event::End { complete } => {
                self.plan = None;
                if let Some(carving) = self.carving.take() {
                    carved(carving, complete, scene);
                }
            }
            Event::Fault(fault) => Fault::tell(fault, scene.piece, scene.sink),
        }
    }

    fn planned(&self, head: &Head) -> Option<Plan> {
        let plan = plan(head, None, self.sender, b"");
        (!self.only_named || !plan.name.is_empty()).then_some(plan)
    }
}
