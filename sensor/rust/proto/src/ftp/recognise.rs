//! Is this flow FTP? By commands only FTP has, by a greeting that says so, or by a 220 and the reply to USER after it:
//! SMTP greets alike, POP3 logs in alike.

use starwatch_stream::application::{Piece, Recognition, Side};

use crate::reply;

/// Commands no other protocol begins with.
const OWN: [&[u8]; 22] = [
    b"SYST", b"FEAT", b"PASV", b"EPSV", b"PORT", b"EPRT", b"CWD", b"PWD", b"XPWD", b"TYPE",
    b"STOR", b"APPE", b"NLST", b"MLSD", b"MLST", b"MDTM", b"SIZE", b"PBSZ", b"PROT", b"CDUP",
    b"OPTS", b"CLNT",
];
/// Commands that POP3, IRC or others have too: they neither prove nor exclude FTP.
const SHARED: [&[u8]; 12] = [
    b"USER", b"PASS", b"ACCT", b"AUTH", b"NOOP", b"HELP", b"QUIT", b"LIST", b"RETR", b"REST",
    b"HOST", b"STAT",
];
/// What AUTH negotiates in FTP (RFC 4217 4); SMTP's mechanisms are others.
const AUTH: [&[u8]; 5] = [b"TLS", b"SSL", b"TLS-C", b"TLS-P", b"GSSAPI"];
const MAX_LINES: usize = 16;

pub fn stream(piece: &Piece<'_>) -> Recognition {
    let verdict = client(piece.bytes);
    if verdict != Recognition::No {
        return sided(verdict, piece.side, Side::Client);
    }
    sided(server(piece.bytes), piece.side, Side::Server)
}

fn sided(verdict: Recognition, seen: Side, wanted: Side) -> Recognition {
    match verdict {
        Recognition::Yes if seen != wanted => Recognition::Reversed,
        verdict => verdict,
    }
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split_inclusive(|&byte| byte == b'\n').take(MAX_LINES)
}

fn client(bytes: &[u8]) -> Recognition {
    for line in lines(bytes) {
        let whole = line.ends_with(b"\n");
        let verdict = command(line.trim_ascii_end(), whole);
        if verdict != Recognition::More {
            return verdict;
        }
    }
    Recognition::More
}

fn command(text: &[u8], whole: bool) -> Recognition {
    let end = text
        .iter()
        .position(|&byte| byte == b' ')
        .unwrap_or(text.len());
    let (verb, argument) = text.split_at(end);
    let verb = verb.to_ascii_uppercase();
    let known = |list: &[&[u8]]| list.contains(&&verb[..]);
    let argument = argument.trim_ascii().to_ascii_uppercase();
    match (whole || !argument.is_empty(), known(&OWN), known(&SHARED)) {
        (true, true, _) => Recognition::Yes,
        (true, _, true) if verb == b"AUTH" && whole => auth(&argument),
        (true, _, true) => Recognition::More,
        (true, _, false) => Recognition::No,
        (false, ..) => begun(&verb),
    }
}

fn auth(argument: &[u8]) -> Recognition {
    if AUTH.contains(&argument) {
        Recognition::Yes
    } else {
        Recognition::No
    }
}

/// Whether a word that may not be over can become a command.
fn begun(verb: &[u8]) -> Recognition {
    let may = OWN.iter().chain(&SHARED).any(|word| word.starts_with(verb));
    if may {
        Recognition::More
    } else {
        Recognition::No
    }
}

fn server(bytes: &[u8]) -> Recognition {
    let mut greeted = false;
    let mut multiline = None;
    for line in lines(bytes) {
        let text = line.trim_ascii_end();
        match (multiline, reply::coded(text)) {
            (None, None) if !line.ends_with(b"\n") && begins_code(text) => {
                return Recognition::More
            }
            (None, None) => return Recognition::No,
            (_, Some((220, _, words))) if says_ftp(words) => return Recognition::Yes,
            (Some(code), Some((found, last, _))) if code == found && last => multiline = None,
            (Some(_), _) => {}
            (None, Some((220, last, words))) if !says_mail(words) => {
                greeted = true;
                multiline = (!last).then_some(220);
            }
            // The reply to USER (331, 230, 530) or AUTH (234): POP3 and SMTP have none of them behind a 220.
            (None, Some((331 | 230 | 234 | 530, ..))) if greeted => return Recognition::Yes,
            (None, Some((227 | 229 | 331, ..))) => return Recognition::Yes,
            (None, Some(_)) => return Recognition::No,
        }
    }
    if greeted {
        Recognition::More
    } else {
        Recognition::No
    }
}

fn begins_code(text: &[u8]) -> bool {
    text.len() < 3 && text.iter().all(u8::is_ascii_digit)
}

fn says_ftp(words: &[u8]) -> bool {
    memchr::memmem::find(&words.to_ascii_uppercase(), b"FTP").is_some() && !says_mail(words)
}

fn says_mail(words: &[u8]) -> bool {
    memchr::memmem::find(&words.to_ascii_uppercase(), b"SMTP").is_some()
}
