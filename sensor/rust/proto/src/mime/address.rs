//! Address lists of header fields (RFC 5322 3.4): From, To, Cc, Reply-To.

use super::words;

/// Mailboxes read of one field; the rest is not in the event.
pub const MAX_MAILBOXES: usize = 100;

/// One mailbox.
#[derive(Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// As written, display name decoded.
    pub text: String,
    /// What is between the angle brackets, else the text without comments; empty when there is none.
    pub address: String,
}

/// The mailboxes of a field, and whether a display name could not be decoded.
pub fn list(field: &[u8]) -> (Vec<Mailbox>, bool) {
    let mut faulty = false;
    let mut mailboxes = Vec::new();
    for item in items(field) {
        let item = item.trim_ascii();
        if !item.is_empty() && mailboxes.len() < MAX_MAILBOXES {
            let text = words::decode(item);
            faulty |= text.faulty;
            mailboxes.push(Mailbox {
                address: address(item),
                text: text.text,
            });
        }
    }
    (mailboxes, faulty)
}

/// Where the scan stands.
#[derive(Default)]
struct Nesting {
    quoted: bool,
    escaped: bool,
    comments: usize,
    angle: bool,
}

impl Nesting {
    fn step(&mut self, byte: u8) {
        if std::mem::take(&mut self.escaped) {
            return;
        }
        match byte {
            b'\\' if self.quoted || self.comments > 0 => self.escaped = true,
            b'"' if self.comments == 0 => self.quoted ^= true,
            _ if self.quoted => {}
            b'(' => self.comments += 1,
            b')' => self.comments = self.comments.saturating_sub(1),
            b'<' if self.comments == 0 => self.angle = true,
            b'>' if self.comments == 0 => self.angle = false,
            _ => {}
        }
    }

    fn outside(&self) -> bool {
        !self.quoted && !self.escaped && self.comments == 0 && !self.angle
    }
}

/// The items between commas; a group's name (`friends: a, b;`) is left out.
fn items(field: &[u8]) -> Vec<&[u8]> {
    let mut items = Vec::new();
    let mut nesting = Nesting::default();
    let mut from = 0;
    for (at, &byte) in field.iter().enumerate() {
        if nesting.outside() && b",;:".contains(&byte) {
            if byte != b':' {
                items.push(&field[from..at]);
            }
            from = at + 1;
        }
        nesting.step(byte);
    }
    items.push(&field[from..]);
    items
}

fn address(item: &[u8]) -> String {
    let mut nesting = Nesting::default();
    let (mut bare, mut angle) = (Vec::new(), None::<Vec<u8>>);
    for &byte in item {
        let comment = nesting.comments > 0;
        nesting.step(byte);
        match &mut angle {
            _ if comment || nesting.comments > 0 => {}
            Some(angle) if nesting.angle => angle.push(byte),
            Some(_) => break,
            None if nesting.angle => angle = Some(Vec::new()),
            None => bare.push(byte),
        }
    }
    let found = angle.unwrap_or(bare);
    String::from_utf8_lossy(found.trim_ascii()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(field: &str) -> Vec<(String, String)> {
        let (list, _) = list(field.as_bytes());
        list.into_iter()
            .map(|each| (each.text, each.address))
            .collect()
    }

    fn addresses(field: &str) -> Vec<String> {
        read(field)
            .into_iter()
            .map(|(_, address)| address)
            .collect()
    }

    #[test]
    fn forms_of_mailboxes() {
        assert_eq!(addresses("a@x.example"), ["a@x.example"]);
        assert_eq!(addresses("A <a@x>, \"B, C\" <b@x>"), ["a@x", "b@x"]);
        assert_eq!(addresses("<a@x> (Accounts, (b) <c@x>)"), ["a@x"]);
        assert_eq!(addresses("a@x (comment)"), ["a@x"]);
        assert_eq!(addresses("friends: a@x, b@x;, c@x"), ["a@x", "b@x", "c@x"]);
        assert_eq!(addresses("undisclosed-recipients:;"), Vec::<String>::new());
        assert_eq!(addresses("\"a\\\"<b@x>\" <c@x>"), ["c@x"]);
        assert_eq!(addresses("a@x <b@x> <c@x>"), ["b@x"]);
    }

    #[test]
    fn display_names_are_decoded() {
        let found = read("=?GBK?B?1tDOxA==?= <a@x>");
        assert_eq!(found, [("中文 <a@x>".to_owned(), "a@x".to_owned())]);
    }

    #[test]
    fn no_more_than_the_limit() {
        assert_eq!(addresses(&"a@x,".repeat(500)).len(), MAX_MAILBOXES);
        assert_eq!(addresses(&"(".repeat(5000)), [""]);
    }
}
