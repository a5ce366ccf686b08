//! Who a client says it is (RFC 7617 Basic, RFC 7616 Digest). The secret is read by nobody.

use base64::engine::{general_purpose::GeneralPurpose, DecodePaddingMode, GeneralPurposeConfig};
use base64::Engine;

use super::bytes::{cut, trim};
use super::disposition;

/// Longest user name an event carries.
const MAX_NAME: usize = 256;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

#[derive(Debug, PartialEq, Eq)]
pub enum Credentials {
    User(Vec<u8>),
    /// Basic, but not readable as user and password.
    Malformed,
    /// Another scheme, or none.
    Unknown,
}

/// What an Authorization header says of the user.
pub fn read(value: &[u8]) -> Credentials {
    let Some((scheme, rest)) = cut(trim(value), b' ') else {
        return Credentials::Unknown;
    };
    let user = if scheme.eq_ignore_ascii_case(b"basic") {
        match basic(trim(rest)) {
            Some(user) => Some(user),
            None => return Credentials::Malformed,
        }
    } else if scheme.eq_ignore_ascii_case(b"digest") {
        digest(rest)
    } else {
        None
    };
    user.map_or(Credentials::Unknown, |mut user| {
        user.truncate(MAX_NAME);
        Credentials::User(user)
    })
}

fn basic(encoded: &[u8]) -> Option<Vec<u8>> {
    let text = BASE64.decode(encoded).ok()?;
    cut(&text, b':').map(|(user, _)| user.to_vec())
}

/// `username="…"` among parameters that commas part.
fn digest(parameters: &[u8]) -> Option<Vec<u8>> {
    let parted: Vec<u8> = parameters
        .iter()
        .map(|byte| if *byte == b',' { b';' } else { *byte })
        .collect();
    disposition::parameter(&[b";", &parted[..]].concat(), b"username")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_of_each_scheme() {
        for (value, user) in [
            ("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin"),
            ("basic  QWxhZGRpbjpvcGVuIHNlc2FtZQ", "Aladdin"),
            (
                "Digest realm=\"a, b\", username=\"Mufasa\", uri=\"/\"",
                "Mufasa",
            ),
        ] {
            assert_eq!(
                read(value.as_bytes()),
                Credentials::User(user.into()),
                "{value}"
            );
        }
    }

    #[test]
    fn what_names_nobody() {
        assert_eq!(read(b"Bearer abc"), Credentials::Unknown);
        assert_eq!(read(b"Basic !!!"), Credentials::Malformed);
        assert_eq!(read(b"Basic bm9jb2xvbg=="), Credentials::Malformed);
    }
}
