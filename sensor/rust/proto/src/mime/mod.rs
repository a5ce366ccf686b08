//! MIME (RFC 2045 to 2049, RFC 2231) and the message format around it (RFC 5322): bytes in, parts out, whatever carries
//! them. SMTP feeds whole messages; HTTP's multipart bodies begin at a boundary ([`Reader::multipart`]).
//!
//! The road of a message: [`reader`] cuts it into header blocks and part bodies and keeps the stack of open multiparts;
//! [`head`] puts header fields together; [`part`] says from them what a part is; [`coding`] takes its transfer encoding off.
//! The receiver implements [`Parts`]. For what it wants to say of a header field there are [`address`], [`date`],
//! [`words`], and for what stands in a text [`links`].
//!
//! Everything streams: at most one header field, one line's beginning and a few bytes of encoding are held.

pub mod address;
mod charset;
pub mod coding;
pub mod date;
pub mod fault;
mod head;
pub mod links;
mod parameters;
pub mod part;
pub mod reader;
pub mod words;

pub use fault::Kind;
pub use part::Part;
pub use reader::Reader;

/// Who receives a message piece by piece.
pub trait Parts {
    /// A header field, unfolded, as it stands. `depth`: 0 for the message itself, more for what is inside.
    fn field(&mut self, depth: usize, name: &[u8], value: &[u8]);
    /// A part begins that is no multipart and no opened message. Parts do not overlap.
    fn begin(&mut self, part: &Part);
    /// Its next bytes, transfer encoding taken off.
    fn bytes(&mut self, bytes: &[u8]);
    /// So many of its bytes were never seen.
    fn gap(&mut self, missing: u64);
    /// It is over; `complete`: its end was seen.
    fn finish(&mut self, complete: bool);
    fn fault(&mut self, kind: Kind, detail: &str);
}
