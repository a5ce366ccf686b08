//! Who logs in (RFC 4954). The account is kept; what proves it never leaves this module.

use crate::mime::coding::{whole, Decoder};

/// An AUTH exchange.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Auth {
    pub mechanism: String,
    pub user: Option<String>,
    pub reply_code: Option<u16>,
    /// Responses seen.
    responses: usize,
}

/// Longest account name kept.
const MAX_USER: usize = 256;

impl Auth {
    pub fn new(mechanism: &[u8]) -> Self {
        let mechanism = &mechanism[..mechanism.len().min(MAX_USER)];
        Self {
            mechanism: String::from_utf8_lossy(mechanism).into_owned(),
            ..Self::default()
        }
    }

    /// A response of the client, Base64.
    pub fn response(&mut self, line: &[u8]) {
        let (bytes, faulty) = whole(Decoder::base64(), line.trim_ascii());
        self.responses += 1;
        if !faulty && self.user.is_none() {
            self.user = self.user_in(&bytes).and_then(readable);
        }
    }

    fn user_in<'a>(&self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        match &self.mechanism[..] {
            "LOGIN" => (self.responses == 1).then_some(bytes),
            "PLAIN" => plain(bytes),
            "CRAM-MD5" | "CRAM-MD4" => bytes.rsplitn(2, |&byte| byte == b' ').nth(1),
            "XOAUTH2" => field(bytes, b'\x01', b"user="),
            "OAUTHBEARER" => field(bytes, b',', b"a="),
            mechanism if mechanism.starts_with("SCRAM-") => field(bytes, b',', b"n="),
            _ => None,
        }
    }
}

/// authorisation identity NUL account NUL password (RFC 4616).
fn plain(bytes: &[u8]) -> Option<&[u8]> {
    let mut parts = bytes.split(|&byte| byte == 0);
    let (_, account, _password) = (parts.next()?, parts.next()?, parts.next()?);
    Some(account)
}

fn field<'a>(bytes: &'a [u8], separator: u8, name: &[u8]) -> Option<&'a [u8]> {
    bytes
        .split(|&byte| byte == separator)
        .find_map(|part| part.strip_prefix(name))
}

/// A name people could type; anything else is no account but noise or a secret in the wrong place.
fn readable(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    let good = !text.is_empty() && text.len() <= MAX_USER && !text.chars().any(char::is_control);
    good.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(mechanism: &str, responses: &[&str]) -> Option<String> {
        let mut auth = Auth::new(mechanism.as_bytes());
        responses
            .iter()
            .for_each(|line| auth.response(line.as_bytes()));
        auth.user
    }

    #[test]
    fn accounts() {
        assert_eq!(user("PLAIN", &["AGJvYgBzZWNyZXQ="]).as_deref(), Some("bob"));
        assert_eq!(user("LOGIN", &["Ym9i", "c2VjcmV0"]).as_deref(), Some("bob"));
        assert_eq!(user("CRAM-MD5", &["Ym9iIDAxMjM="]).as_deref(), Some("bob"));
        assert_eq!(
            user("XOAUTH2", &["dXNlcj1ib2IBYXV0aD1CZWFyZXIgeAEB"]).as_deref(),
            Some("bob")
        );
        assert_eq!(
            user("SCRAM-SHA-256", &["biwsbj1ib2Iscj1hYmM="]).as_deref(),
            Some("bob")
        );
    }

    #[test]
    fn never_the_secret() {
        assert_eq!(user("LOGIN", &["!!", "c2VjcmV0"]), None);
        assert_eq!(user("PLAIN", &["c2VjcmV0"]), None);
        assert_eq!(user("NTLM", &["c2VjcmV0"]), None);
        assert_eq!(user("LOGIN", &["AAEC"]), None);
    }
}
