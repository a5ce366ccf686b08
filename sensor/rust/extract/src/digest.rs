//! The three hashes people exchange about files.

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// Content is hashed in runs that stay in the first-level cache for all three.
const RUN: usize = 16 << 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digests {
    pub md5: [u8; 16],
    pub sha1: [u8; 20],
    pub sha256: [u8; 32],
}

impl Digests {
    pub fn of(content: &[u8]) -> Self {
        let mut hasher = Hasher::default();
        hasher.update(content);
        hasher.finish()
    }
}

/// All three at once, piece by piece.
#[derive(Clone, Debug, Default)]
pub struct Hasher {
    md5: Md5,
    sha1: Sha1,
    sha256: Sha256,
}

impl Hasher {
    pub fn update(&mut self, bytes: &[u8]) {
        for run in bytes.chunks(RUN) {
            self.md5.update(run);
            self.sha1.update(run);
            self.sha256.update(run);
        }
    }

    pub fn finish(self) -> Digests {
        Digests {
            md5: self.md5.finalize().into(),
            sha1: self.sha1.finalize().into(),
            sha256: self.sha256.finalize().into(),
        }
    }
}

/// Lower-case hexadecimal, as hashes are written.
pub fn hex(bytes: &[u8], out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        out.push(DIGITS[usize::from(byte >> 4)]);
        out.push(DIGITS[usize::from(byte & 15)]);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(bytes: &[u8]) -> String {
        let mut out = Vec::new();
        hex(bytes, &mut out);
        String::from_utf8(out).expect("hexadecimal")
    }

    /// The test vectors of RFC 1321 A.5, RFC 3174 7.3 and FIPS 180-4.
    #[test]
    fn the_hashes_are_those_of_the_standards() {
        let abc = Digests::of(b"abc");
        assert_eq!(text(&abc.md5), "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(text(&abc.sha1), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(
            text(&abc.sha256),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(
            text(&Digests::of(b"").md5),
            "d41d8cd98f00b204e9800998ecf8427e"
        );
    }

    proptest! {
        #[test]
        fn pieces_give_what_the_whole_gives(content in proptest::collection::vec(any::<u8>(), 0..70_000), cut in any::<prop::sample::Index>()) {
            let at = cut.index(content.len() + 1);
            let mut hasher = Hasher::default();
            hasher.update(&content[..at]);
            hasher.update(&content[at..]);
            prop_assert_eq!(hasher.finish(), Digests::of(&content));
        }
    }
}
