//! Transfer encodings (RFC 2045 6, and uuencode), streaming: encoded bytes in, decoded bytes out.

/// Takes one part's encoding off.
#[derive(Debug)]
pub enum Decoder {
    /// 7bit, 8bit, binary.
    Identity,
    Base64(Base64),
    Quoted(Quoted),
    Uuencode(Uuencode),
}

impl Decoder {
    pub fn base64() -> Self {
        Decoder::Base64(Base64::default())
    }

    /// By the value of Content-Transfer-Encoding. None: an encoding nobody knows; its bytes are carried as they are.
    pub fn named(name: &[u8]) -> Option<Self> {
        match &name.to_ascii_lowercase()[..] {
            b"" | b"7bit" | b"8bit" | b"binary" => Some(Decoder::Identity),
            b"base64" => Some(Decoder::base64()),
            b"quoted-printable" => Some(Decoder::Quoted(Quoted::default())),
            b"x-uuencode" | b"uuencode" | b"x-uue" | b"uue" => {
                Some(Decoder::Uuencode(Uuencode::default()))
            }
            _ => None,
        }
    }

    /// Appends what `bytes` say.
    pub fn feed(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        match self {
            Decoder::Identity => out.extend_from_slice(bytes),
            Decoder::Base64(decoder) => decoder.feed(bytes, out),
            Decoder::Quoted(decoder) => bytes.iter().for_each(|&byte| decoder.byte(byte, out)),
            Decoder::Uuencode(decoder) => bytes.iter().for_each(|&byte| decoder.byte(byte, out)),
        }
    }

    /// The part is over: appends what is still held, answers whether something did not belong there.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> bool {
        match self {
            Decoder::Identity => false,
            Decoder::Base64(decoder) => decoder.finish(out),
            Decoder::Quoted(decoder) => decoder.finish(out),
            Decoder::Uuencode(decoder) => decoder.finish(out),
        }
    }

    /// Bytes are missing: what was held of a group or line is worth nothing.
    pub fn gap(&mut self) {
        match self {
            Decoder::Identity => {}
            Decoder::Base64(decoder) => decoder.gap(),
            Decoder::Quoted(decoder) => *decoder = decoder.after_gap(),
            Decoder::Uuencode(decoder) => decoder.line.clear(),
        }
    }
}

/// All of a short text, and whether something did not belong there.
pub fn whole(mut decoder: Decoder, text: &[u8]) -> (Vec<u8>, bool) {
    let mut out = Vec::with_capacity(text.len());
    decoder.feed(text, &mut out);
    let faulty = decoder.finish(&mut out);
    (out, faulty)
}

pub fn hex_pair(pair: &[u8]) -> Option<u8> {
    let [high, low] = *pair else { return None };
    Some(hex(high)? << 4 | hex(low)?)
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

const NONE: u8 = 0xff;
const SPACE: u8 = 0xfe;
const PAD: u8 = 0xfd;

/// Value of each base64 character (RFC 4648 4), or what else it is.
const SEXTETS: [u8; 256] = {
    let mut table = [NONE; 256];
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut at = 0;
    while at < alphabet.len() {
        table[alphabet[at] as usize] = at as u8;
        at += 1;
    }
    table[b' ' as usize] = SPACE;
    table[b'\t' as usize] = SPACE;
    table[b'\r' as usize] = SPACE;
    table[b'\n' as usize] = SPACE;
    table[b'=' as usize] = PAD;
    table
};

/// Base64 as receivers read it: foreign characters are passed over (RFC 2045 6.8), padding ends a group, not the data.
#[derive(Debug, Default)]
pub struct Base64 {
    bits: u32,
    /// Characters of the group so far.
    count: u8,
    faulty: bool,
}

impl Base64 {
    fn feed(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        out.reserve(bytes.len() / 4 * 3);
        for &byte in bytes {
            match SEXTETS[usize::from(byte)] {
                SPACE => {}
                PAD => self.pad(out),
                NONE => self.faulty = true,
                sextet => self.sextet(sextet, out),
            }
        }
    }

    fn sextet(&mut self, sextet: u8, out: &mut Vec<u8>) {
        self.bits = (self.bits << 6 | u32::from(sextet)) & 0x00ff_ffff;
        self.count += 1;
        if self.count == 4 {
            out.extend_from_slice(&self.bits.to_be_bytes()[1..]);
            self.count = 0;
        }
    }

    /// The first padding of a group gives its last bytes; the second says nothing more.
    fn pad(&mut self, out: &mut Vec<u8>) {
        match self.count {
            2 => out.push((self.bits >> 4) as u8),
            3 => out.extend_from_slice(&((self.bits >> 2) as u16).to_be_bytes()),
            _ => {}
        }
        self.faulty |= self.count == 1;
        self.count = 0;
    }

    /// A last group that was not padded is taken all the same, as receivers do.
    fn finish(&mut self, out: &mut Vec<u8>) -> bool {
        self.pad(out);
        self.faulty
    }

    fn gap(&mut self) {
        self.count = 0;
    }
}

/// Longest run of white space at a line's end that is dropped (RFC 2045 6.7 (3)); lines are 76 characters.
const MAX_SPACES: usize = 1024;

/// Quoted-printable (RFC 2045 6.7).
#[derive(Clone, Debug, Default)]
pub struct Quoted {
    /// White space that may turn out to end the line.
    spaces: Vec<u8>,
    escape: Escape,
    faulty: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Escape {
    #[default]
    No,
    /// Behind `=`.
    Begun,
    /// Behind `=` and white space: a soft line break is due.
    Soft,
    /// Behind `=` and one hexadecimal digit.
    High(u8),
}

impl Quoted {
    fn byte(&mut self, byte: u8, out: &mut Vec<u8>) {
        match (self.escape, byte) {
            (Escape::No, _) => self.plain(byte, out),
            (Escape::Begun | Escape::Soft, b'\n') => self.escape = Escape::No,
            (Escape::Begun | Escape::Soft, b'\r' | b' ' | b'\t') => self.escape = Escape::Soft,
            (Escape::Begun, _) if hex(byte).is_some() => self.escape = Escape::High(byte),
            (Escape::High(high), _) => match hex_pair(&[high, byte]) {
                Some(value) => {
                    out.push(value);
                    self.escape = Escape::No;
                }
                None => self.literal(&[b'=', high], byte, out),
            },
            (Escape::Begun | Escape::Soft, _) => self.literal(b"=", byte, out),
        }
    }

    fn plain(&mut self, byte: u8, out: &mut Vec<u8>) {
        match byte {
            b' ' | b'\t' if self.spaces.len() < MAX_SPACES => self.spaces.push(byte),
            b'=' => {
                out.append(&mut self.spaces);
                self.escape = Escape::Begun;
            }
            b'\r' => self.spaces.push(byte),
            b'\n' => {
                let returned = self.spaces.last() == Some(&b'\r');
                self.spaces.clear();
                out.extend_from_slice(if returned { b"\r\n" } else { b"\n" });
            }
            _ => {
                out.append(&mut self.spaces);
                out.push(byte);
            }
        }
        if self.spaces.len() > MAX_SPACES {
            out.append(&mut self.spaces);
        }
    }

    /// No escape after all: it stands for itself (RFC 2045 6.7, "robust").
    fn literal(&mut self, text: &[u8], byte: u8, out: &mut Vec<u8>) {
        self.faulty = true;
        self.escape = Escape::No;
        out.extend_from_slice(text);
        self.plain(byte, out);
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> bool {
        match self.escape {
            Escape::High(high) => out.extend_from_slice(&[b'=', high]),
            // A soft line break right before the boundary, whose line end is the boundary's.
            Escape::Begun | Escape::Soft | Escape::No => {}
        }
        self.faulty || matches!(self.escape, Escape::High(_))
    }

    fn after_gap(&self) -> Self {
        Self {
            faulty: self.faulty,
            ..Self::default()
        }
    }
}

/// Longest line of uuencode: the length, 84 characters for 63 bytes, and room for trailing checksums.
const MAX_UU_LINE: usize = 256;

/// Uuencode: lines of a length and groups of four between `begin` and `end`.
#[derive(Debug, Default)]
pub struct Uuencode {
    line: Vec<u8>,
    within: bool,
    over: bool,
    faulty: bool,
}

impl Uuencode {
    fn byte(&mut self, byte: u8, out: &mut Vec<u8>) {
        match byte {
            b'\n' => self.end_line(out),
            b'\r' => {}
            _ if self.line.len() < MAX_UU_LINE => self.line.push(byte),
            _ => self.faulty = true,
        }
    }

    fn end_line(&mut self, out: &mut Vec<u8>) {
        let line = std::mem::take(&mut self.line);
        if self.over {
        } else if !self.within {
            self.within = line.starts_with(b"begin ");
        } else if line == b"end" {
            self.over = true;
        } else {
            self.groups(&line, out);
        }
        self.line = line;
        self.line.clear();
    }

    fn groups(&mut self, line: &[u8], out: &mut Vec<u8>) {
        let Some((&length, text)) = line.split_first() else {
            return;
        };
        let wanted = usize::from(length.wrapping_sub(b' ') & 0x3f);
        let start = out.len();
        for group in text.chunks(4).take(wanted.div_ceil(3)) {
            let mut bits = 0u32;
            for at in 0..4 {
                // Mailers strip trailing spaces; a space is zero.
                let byte = group.get(at).copied().unwrap_or(b' ');
                self.faulty |= !(b' '..=b'`').contains(&byte);
                bits = bits << 6 | u32::from(byte.wrapping_sub(b' ') & 0x3f);
            }
            out.extend_from_slice(&bits.to_be_bytes()[1..]);
        }
        self.faulty |= out.len() - start < wanted;
        out.truncate(start + wanted);
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> bool {
        if !self.line.is_empty() {
            self.end_line(out);
        }
        self.faulty || self.within != self.over
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decoded in pieces of every size; all must agree.
    fn decoded(name: &str, text: &[u8]) -> (Vec<u8>, bool) {
        let first = whole(Decoder::named(name.as_bytes()).unwrap(), text);
        for size in 1..text.len() {
            let mut decoder = Decoder::named(name.as_bytes()).unwrap();
            let mut out = vec![];
            text.chunks(size)
                .for_each(|piece| decoder.feed(piece, &mut out));
            let faulty = decoder.finish(&mut out);
            assert_eq!((out, faulty), first, "{size}");
        }
        first
    }

    #[test]
    fn base64() {
        for (text, wanted) in [
            ("Zm9vYmFy", "foobar"),
            ("Zm9v\r\nYmE=\r\n", "fooba"),
            ("Zm9vYg==", "foob"),
            ("Zg==Zg==", "ff"),
        ] {
            assert_eq!(decoded("base64", text.as_bytes()), (wanted.into(), false));
        }
        assert_eq!(decoded("BASE64", b"Zm9v!!YmFy"), (b"foobar".to_vec(), true));
        assert_eq!(decoded("base64", b"Zm9vY"), (b"foo".to_vec(), true));
        assert_eq!(decoded("base64", b""), (vec![], false));
    }

    #[test]
    fn a_last_group_without_padding() {
        assert_eq!(decoded("base64", b"Zm9vYmE"), (b"fooba".to_vec(), false));
        assert_eq!(decoded("base64", b"Zm9vYg"), (b"foob".to_vec(), false));
    }

    #[test]
    fn quoted_printable() {
        for (text, wanted) in [
            (&b"a=3Db"[..], &b"a=b"[..]),
            (b"soft=\r\n break", b"soft break"),
            (b"soft= \t\r\nbreak", b"softbreak"),
            (b"trailing \t \r\nnext", b"trailing\r\nnext"),
            (b"in  side", b"in  side"),
            (b"bare\nline", b"bare\nline"),
            (b"=e4=B8=AD", "中".as_bytes()),
            (b"end=", b"end"),
        ] {
            assert_eq!(decoded("quoted-printable", text), (wanted.to_vec(), false));
        }
        assert_eq!(
            decoded("quoted-printable", b"a=zz"),
            (b"a=zz".to_vec(), true)
        );
        assert_eq!(
            decoded("quoted-printable", b"a=4z"),
            (b"a=4z".to_vec(), true)
        );
        assert_eq!(decoded("quoted-printable", b"a=4"), (b"a=4".to_vec(), true));
    }

    #[test]
    fn uuencode() {
        let text = b"begin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\nrest\r\n";
        assert_eq!(decoded("x-uuencode", text), (b"Cat".to_vec(), false));
        let cut = b"begin 644 cat.txt\r\n#0V%T\r\n";
        assert_eq!(decoded("uuencode", cut), (b"Cat".to_vec(), true));
        assert!(decoded("uuencode", b"begin 644 x\n#~~~~\nend\n").1);
    }

    #[test]
    fn names() {
        assert!(matches!(Decoder::named(b"8BIT"), Some(Decoder::Identity)));
        assert!(Decoder::named(b"x-secret").is_none());
    }
}
