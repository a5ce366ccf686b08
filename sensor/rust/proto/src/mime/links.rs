//! Links in running text and HTML: what a person may click on.

use memchr::memmem;

/// Longest link kept; browsers take 2,083 characters and more, mail has no use for them.
const MAX_LINK: usize = 2048;

const SCHEMES: [&[u8]; 4] = [b"https://", b"http://", b"ftp://", b"www."];

/// Finds links in text that comes in pieces. Holds one word.
#[derive(Debug)]
pub struct Links {
    found: Vec<String>,
    most: usize,
    word: Vec<u8>,
    long: bool,
}

impl Links {
    /// At most `most` links, each once.
    pub fn new(most: usize) -> Self {
        Self {
            found: Vec::new(),
            most,
            word: Vec::new(),
            long: false,
        }
    }

    pub fn found(&self) -> &[String] {
        &self.found
    }

    pub fn held(&self) -> usize {
        self.word.capacity() + self.found.iter().map(String::capacity).sum::<usize>()
    }

    pub fn feed(&mut self, bytes: &[u8]) {
        if self.found.len() >= self.most {
            return;
        }
        let mut rest = bytes;
        while let Some(at) = rest.iter().position(|&byte| ends_word(byte)) {
            self.push(&rest[..at]);
            self.end();
            rest = &rest[at + 1..];
        }
        self.push(rest);
    }

    fn push(&mut self, bytes: &[u8]) {
        let room = MAX_LINK - self.word.len();
        self.long |= bytes.len() > room;
        self.word.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    /// The text, or a word of it, is over.
    pub fn end(&mut self) {
        let long = std::mem::take(&mut self.long);
        if !self.word.is_empty() && !long {
            if let Some(link) = link(&self.word) {
                self.keep(link);
            }
        }
        self.word.clear();
    }

    fn keep(&mut self, link: String) {
        if self.found.len() < self.most && !self.found.contains(&link) {
            self.found.push(link);
        }
    }
}

/// White space, quotes, brackets of HTML and prose: no link has them unescaped (RFC 3986 appendix C).
fn ends_word(byte: u8) -> bool {
    byte <= b' '
        || matches!(
            byte,
            b'"' | b'\'' | b'<' | b'>' | b'`' | b'{' | b'}' | b'|' | b'\\' | b'^' | 0x7f
        )
}

/// The link in a word: from its scheme on, without the punctuation of the sentence around it.
fn link(word: &[u8]) -> Option<String> {
    let lower = word.to_ascii_lowercase();
    let starts = SCHEMES
        .iter()
        .filter_map(|scheme| Some((memmem::find(&lower, scheme)?, scheme.len())));
    let (start, scheme) = starts.min()?;
    let mut link = &word[start..];
    while let Some((last, before)) = link.split_last() {
        if !b".,;:!?)]*".contains(last) {
            break;
        }
        link = before;
    }
    let text = String::from_utf8_lossy(link).replace("&amp;", "&");
    (link.len() > scheme).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(text: &str) -> Vec<String> {
        let mut all: Option<Vec<String>> = None;
        for size in [1, 2, 5, text.len().max(1)] {
            let mut links = Links::new(3);
            text.as_bytes()
                .chunks(size)
                .for_each(|piece| links.feed(piece));
            links.end();
            let found = links.found().to_vec();
            assert_eq!(all.get_or_insert_with(|| found.clone()), &found);
        }
        all.unwrap()
    }

    #[test]
    fn text_and_html() {
        assert_eq!(
            links("See http://x.example/a?b=1. (www.y.example)"),
            ["http://x.example/a?b=1", "www.y.example"]
        );
        assert_eq!(
            links("<a href='HTTPS://x/?a=1&amp;b=2'>x</a>"),
            ["HTTPS://x/?a=1&b=2"]
        );
        assert_eq!(links("<a href=http://x/>"), ["http://x/"]);
        assert_eq!(links("http:// www. mailto:a@x"), Vec::<String>::new());
    }

    #[test]
    fn bounded() {
        assert_eq!(
            links("www.a www.a www.b www.c www.d"),
            ["www.a", "www.b", "www.c"]
        );
        assert_eq!(
            links(&format!("http://{}", "a".repeat(MAX_LINK))),
            Vec::<String>::new()
        );
    }
}
