//! The `file` event: what a carved file is, and how much of it was there.

use starwatch_extract::digest::{self, Digests};

use crate::application::{Header, Side};
use crate::carve::{Carving, Finding};
use crate::json::Json;

/// Longer ones are no extensions but the end of a sentence.
const EXTENSION_BYTES: usize = 16;
/// End of the names of protocols that are a data channel of the one before: ftp-data is FTP.
const DATA_CHANNEL: &str = "-data";

/// A file that is over.
pub struct File<'a> {
    carving: &'a Carving,
    finding: &'a Finding,
    complete: bool,
    source: &'static str,
    hashes: Vec<String>,
}

impl<'a> File<'a> {
    /// `complete`: the protocol said that nothing is left out at the end. `protocol`: that of the flow.
    pub fn new(
        carving: &'a Carving,
        finding: &'a Finding,
        complete: bool,
        protocol: Option<&'static str>,
    ) -> Self {
        let protocol = protocol.unwrap_or_default();
        Self {
            carving,
            finding,
            complete: complete && carving.missing == 0,
            source: protocol.strip_suffix(DATA_CHANNEL).unwrap_or(protocol),
            hashes: finding.digests.as_ref().map(texts).unwrap_or_default(),
        }
    }

    pub fn header(&self) -> Header<'static> {
        Header {
            dataset: "file",
            categories: &["file"],
            types: &["info"],
            ..Header::default()
        }
    }

    /// In hexadecimal; none when there is none to be had.
    pub fn hashes(&self) -> &[String] {
        &self.hashes
    }

    /// What never came by: holes, and the rest up to the announced size.
    fn missing(&self) -> u64 {
        let Carving {
            announced,
            seen,
            missing,
            ..
        } = *self.carving;
        let rest = announced.map_or(0, |size| size.saturating_sub(seen).saturating_sub(missing));
        missing.saturating_add(if self.complete { 0 } else { rest })
    }

    pub fn write(&self, json: &mut Json<'_>) {
        json.key("file").object(|json| {
            self.names(json);
            self.sizes(json);
            self.write_hashes(json);
            json.key("complete").boolean(self.complete);
            json.key("truncated")
                .boolean(!self.complete || self.finding.oversize);
            json.key("stored").boolean(self.finding.stored);
        });
    }

    fn names(&self, json: &mut Json<'_>) {
        let Carving {
            name,
            declared,
            sender,
            ..
        } = self.carving;
        if !name.is_empty() {
            json.key("name").string(name);
        }
        if let Some(extension) = extension(name) {
            json.member("extension", &extension);
        }
        if let Some(kind) = self.finding.kind {
            json.member("mime_type", kind.mime);
            json.member("type", kind.name);
        }
        if !declared.is_empty() {
            json.key("declared_mime_type").string(declared);
        }
        let sender = match sender {
            Side::Client => "client",
            Side::Server => "server",
        };
        json.member("source", self.source);
        json.member("sender", sender);
    }

    fn sizes(&self, json: &mut Json<'_>) {
        let Carving {
            announced,
            offset,
            seen,
            ..
        } = *self.carving;
        let missing = self.missing();
        let size = announced.unwrap_or(seen.saturating_add(missing));
        json.key("size").integer(size);
        json.key("bytes_seen").integer(seen);
        json.key("bytes_missing").integer(missing);
        if offset > 0 {
            json.key("offset").integer(offset);
        }
    }

    fn write_hashes(&self, json: &mut Json<'_>) {
        if self.hashes.is_empty() {
            return;
        }
        json.key("hash").object(|json| {
            for (name, hash) in ["md5", "sha1", "sha256"].into_iter().zip(&self.hashes) {
                json.member(name, hash);
            }
        });
    }
}

fn texts(digests: &Digests) -> Vec<String> {
    let text = |bytes: &[u8]| {
        let mut out = Vec::with_capacity(2 * bytes.len());
        digest::hex(bytes, &mut out);
        String::from_utf8(out).unwrap_or_default()
    };
    vec![
        text(&digests.md5),
        text(&digests.sha1),
        text(&digests.sha256),
    ]
}

/// What follows the last dot of a name, in small letters.
fn extension(name: &[u8]) -> Option<String> {
    let base = name.rsplit(|byte| matches!(byte, b'/' | b'\\')).next()?;
    let dot = base.iter().rposition(|&byte| byte == b'.')?;
    let extension = &base[dot + 1..];
    let fits = (1..=EXTENSION_BYTES).contains(&extension.len())
        && extension.iter().all(u8::is_ascii_alphanumeric);
    fits.then(|| String::from_utf8_lossy(extension).to_ascii_lowercase())
}
