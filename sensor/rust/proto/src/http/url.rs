//! A request target (RFC 9112 3.2) and the Host header put together to a URL, nothing decoded.

use super::bytes::{cut, first, number};
use super::head::Head;

/// Bytes of a URL an event carries; longer ones are an anomaly already.
const MAX_TEXT: usize = 8_192;

/// Longest file extension that is one.
const MAX_EXTENSION: usize = 16;

const SECRET: &[u8] = b"***";

/// Parts of a URL. Empty: not there.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Url<'a> {
    /// As it stood there, a password masked.
    pub original: Vec<u8>,
    pub scheme: Vec<u8>,
    /// Lower case; an IPv6 address keeps its brackets.
    pub domain: Vec<u8>,
    pub port: Option<u16>,
    pub path: &'a [u8],
    pub query: Option<&'a [u8]>,
}

impl<'a> Url<'a> {
    pub fn of(request: &'a Head) -> Self {
        let target = first(request.target(), MAX_TEXT);
        let host = request.value(b"host").unwrap_or_default();
        if request.method() == b"CONNECT" && !target.starts_with(b"/") {
            return Self::of_authority(target, target);
        }
        match absolute(target) {
            Some((scheme, authority, rest)) => Self {
                scheme: scheme.to_ascii_lowercase(),
                original: masked(target, scheme, authority),
                ..Self::of_authority(target, authority).with_path(rest)
            },
            None => Self {
                scheme: b"http".to_vec(),
                ..Self::of_authority(target, host).with_path(target)
            },
        }
    }

    fn of_authority(target: &[u8], authority: &[u8]) -> Self {
        let (domain, port) = host_and_port(without_user(authority));
        Self {
            original: target.to_vec(),
            domain: domain.to_ascii_lowercase(),
            port,
            ..Self::default()
        }
    }

    fn with_path(self, rest: &'a [u8]) -> Self {
        let rest = cut(rest, b'#').map_or(rest, |(rest, _)| rest);
        let (path, query) = match cut(rest, b'?') {
            Some((path, query)) => (path, Some(query)),
            None => (rest, None),
        };
        Self {
            path,
            query,
            ..self
        }
    }

    /// Scheme, host, path and query in one; empty without a host.
    pub fn full(&self) -> Vec<u8> {
        if self.domain.is_empty() || self.scheme.is_empty() {
            return Vec::new();
        }
        let mut full = [&self.scheme[..], b"://", &self.domain].concat();
        if let Some(port) = self.port {
            full.extend_from_slice(format!(":{port}").as_bytes());
        }
        // The asterisk of OPTIONS speaks of the server as a whole (RFC 9112 3.2.4).
        full.extend_from_slice(if self.path == b"*" { b"" } else { self.path });
        if let Some(query) = self.query {
            full.push(b'?');
            full.extend_from_slice(query);
        }
        full
    }

    pub fn extension(&self) -> Option<&'a [u8]> {
        let name = last_segment(self.path);
        let dot = name.iter().rposition(|byte| *byte == b'.')?;
        let extension = &name[dot + 1..];
        (1..=MAX_EXTENSION)
            .contains(&extension.len())
            .then_some(extension)
            .filter(|text| text.iter().all(u8::is_ascii_alphanumeric))
    }

    /// The domain as an address, where it is one.
    pub fn address(&self) -> Option<std::net::IpAddr> {
        let text = self.domain.strip_prefix(b"[").unwrap_or(&self.domain);
        let text = text.strip_suffix(b"]").unwrap_or(text);
        std::str::from_utf8(text).ok()?.parse().ok()
    }
}

/// Whether the target is absolute and its host not the one of the Host header.
pub fn names_two_hosts(request: &Head) -> bool {
    let in_target = absolute(request.target())
        .map(|(_, authority, _)| host_and_port(without_user(authority)).0);
    let in_header = request.value(b"host").map(|host| host_and_port(host).0);
    match (in_target, in_header) {
        (Some(one), Some(other)) => !one.eq_ignore_ascii_case(other),
        _ => false,
    }
}

fn without_user(authority: &[u8]) -> &[u8] {
    let user = authority.iter().rposition(|byte| *byte == b'@');
    user.map_or(authority, |at| &authority[at + 1..])
}

/// What a download is called when nothing else names it: the last segment of the target's path.
pub fn file_name(target: &[u8]) -> &[u8] {
    let rest = absolute(target).map_or(target, |(_, _, rest)| rest);
    let end = rest.iter().position(|byte| matches!(byte, b'?' | b'#'));
    last_segment(&rest[..end.unwrap_or(rest.len())])
}

fn last_segment(path: &[u8]) -> &[u8] {
    let slash = path.iter().rposition(|byte| *byte == b'/');
    slash.map_or(b"", |slash| &path[slash + 1..])
}

/// `http://host/path` → scheme, authority, the rest.
fn absolute(target: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (scheme, rest) = cut(target, b':')?;
    let rest = rest.strip_prefix(b"//")?;
    let end = rest
        .iter()
        .position(|byte| matches!(byte, b'/' | b'?' | b'#'));
    let (authority, rest) = rest.split_at(end.unwrap_or(rest.len()));
    let is_scheme = !scheme.is_empty() && scheme.iter().all(u8::is_ascii_alphanumeric);
    is_scheme.then_some((scheme, authority, rest))
}

/// `name:123` or `[::1]:123`.
fn host_and_port(host: &[u8]) -> (&[u8], Option<u16>) {
    let colon = host.iter().rposition(|byte| *byte == b':');
    let bracket = host.iter().rposition(|byte| *byte == b']');
    let Some(colon) = colon.filter(|colon| bracket.is_none_or(|bracket| *colon > bracket)) else {
        return (host, None);
    };
    let port = number(&host[colon + 1..]).and_then(|port| u16::try_from(port).ok());
    (&host[..colon], port)
}

/// The target with the password in front of @ made unreadable (RFC 3986 3.2.1).
fn masked(target: &[u8], scheme: &[u8], authority: &[u8]) -> Vec<u8> {
    let start = scheme.len() + b"://".len();
    let user = authority.iter().rposition(|byte| *byte == b'@');
    let Some((name, _)) = user.and_then(|at| cut(&authority[..at], b':')) else {
        return target.to_vec();
    };
    let before = &target[..start + name.len() + 1];
    let behind = &target[start + user.unwrap_or_default()..];
    [before, SECRET, behind].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str, check: impl FnOnce(Url<'_>)) {
        let head =
            Head::read(format!("{line}\r\nHost: Www.Example.COM.cn:8080\r\n\r\n").as_bytes());
        check(Url::of(&head.unwrap()));
    }

    fn expect(target: &str, full: &str, path: &str, query: Option<&str>) {
        read(&format!("GET {target} HTTP/1.1"), |url| {
            assert_eq!(String::from_utf8(url.full()).unwrap(), full);
            assert_eq!(url.path, path.as_bytes());
            assert_eq!(url.query, query.map(str::as_bytes));
        });
    }

    #[test]
    fn four_forms() {
        let host = "http://www.example.com.cn:8080";
        expect(
            "/a/b.php?x=%20#f",
            &format!("{host}/a/b.php?x=%20"),
            "/a/b.php",
            Some("x=%20"),
        );
        expect("HTTPS://X.cn:1?q", "https://x.cn:1?q", "", Some("q"));
        expect("*", host, "*", None);
        read("CONNECT [::1]:443 HTTP/1.1", |url| {
            assert_eq!((&url.domain[..], url.port), (&b"[::1]"[..], Some(443)));
            assert_eq!(url.address(), "::1".parse().ok());
        });
    }

    #[test]
    fn a_password_is_not_shown() {
        read("GET http://joe:s3cret@a.cn/x HTTP/1.1", |url| {
            assert_eq!(url.original, b"http://joe:***@a.cn/x");
            assert_eq!(url.full(), b"http://a.cn/x");
        });
    }

    #[test]
    fn extensions_and_names() {
        read("GET /a.b/c.tar.GZ?x=/y.z HTTP/1.1", |url| {
            assert_eq!(url.extension(), Some(&b"GZ"[..]));
        });
        read("GET /a.b/c HTTP/1.1", |url| {
            assert_eq!(url.extension(), None)
        });
        assert_eq!(file_name(b"http://h/a/b.exe?c/d"), b"b.exe");
        assert_eq!(file_name(b"http://h"), b"");
    }
}
