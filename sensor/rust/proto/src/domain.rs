//! A name split by the Public Suffix List: subdomain, registered domain, effective top-level domain.

/// No name people register is longer in text (RFC 1035 2.3.4).
const MAX_NAME: usize = 255;

/// Parts of a presentation-form name, in its own case. `registered` is None for a public suffix itself.
#[derive(Debug, PartialEq, Eq)]
pub struct Parts<'a> {
    pub subdomain: Option<&'a [u8]>,
    pub registered: Option<&'a [u8]>,
    pub top_level: &'a [u8],
}

/// Split `name`. None for the root and for names whose escapes make them longer than any name people register.
pub fn split(name: &[u8]) -> Option<Parts<'_>> {
    let mut lower = [0u8; MAX_NAME];
    let lower = lower.get_mut(..name.len())?;
    lower.copy_from_slice(name);
    lower.make_ascii_lowercase();
    if name == b"." {
        return None;
    }
    let suffix = psl::suffix(lower)?.as_bytes().len();
    let registered = psl::domain(lower).map(|domain| domain.as_bytes().len());
    Some(Parts {
        subdomain: registered.and_then(|length| before(name, length)),
        registered: registered.map(|length| tail(name, length)),
        top_level: tail(name, suffix),
    })
}

fn tail(name: &[u8], length: usize) -> &[u8] {
    &name[name.len() - length.min(name.len())..]
}

/// What stands before the last `length` bytes and their dot.
fn before(name: &[u8], length: usize) -> Option<&[u8]> {
    name.get(..name.len().checked_sub(length + 1)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(name: &str) -> Option<(String, String, String)> {
        let text = |part: Option<&[u8]>| String::from_utf8(part.unwrap_or(b"-").into()).unwrap();
        let parts = split(name.as_bytes())?;
        Some((
            text(parts.subdomain),
            text(parts.registered),
            text(Some(parts.top_level)),
        ))
    }

    fn expect(name: &str, subdomain: &str, registered: &str, top_level: &str) {
        let expected = (subdomain.into(), registered.into(), top_level.into());
        assert_eq!(parts(name), Some(expected), "{name}");
    }

    #[test]
    fn rules_of_the_list() {
        expect("www.example.com", "www", "example.com", "com");
        expect("a.b.example.co.uk", "a.b", "example.co.uk", "co.uk");
        expect("example.com.cn", "-", "example.com.cn", "com.cn");
        expect("x.www.ck", "x", "www.ck", "ck");
        expect("com", "-", "-", "com");
    }

    #[test]
    fn case_is_kept_and_ignored() {
        expect("WwW.ExAmPlE.CoM", "WwW", "ExAmPlE.CoM", "CoM");
    }

    #[test]
    fn an_unlisted_suffix_counts_as_one_label() {
        expect("printer.office.local", "printer", "office.local", "local");
    }

    #[test]
    fn hostile_names_do_no_harm() {
        assert_eq!(parts("."), None);
        assert_eq!(parts(&"\\255".repeat(200)), None);
        for name in [
            "\\.",
            "..",
            "a..b",
            ".com",
            "\\000\\001.example.com",
            "\\..com",
        ] {
            split(name.as_bytes());
        }
    }
}
