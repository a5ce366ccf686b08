//! Conversations made to fill memory, through the whole decoder: what is held stays small, and it is told.

#[path = "../../stream/tests/common/mod.rs"]
mod packets;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use packets::{batch, flags, ipv4, settings, tcp, End, Ip, CLIENT, S, SECOND, SERVER};
use starwatch_proto::PROTOCOLS;
use starwatch_stream::engine::{Engine, Events, Settings};

/// What one conversation may hold, whatever is said in it: a message's head and excerpts, a decoder, a file's beginning.
const ONE_FLOW: u64 = 4 << 20;
const MEMORY: usize = 256 << 20;
/// Shards share the memory evenly, and fragments may take an eighth of each (`shard.rs`).
const FRAGMENT_SHARE: u64 = 8;
const BATCH: usize = 4_096;
const FILE_MAX: u64 = 8 << 20;

fn slice() -> bool {
    std::env::var_os("STARWATCH_SLICE").is_some()
}

/// `quick` in the default tier, `whole` in the slice tier.
fn count(quick: usize, whole: usize) -> usize {
    if slice() {
        whole
    } else {
        quick
    }
}

struct Core {
    engine: Engine,
    waiting: Vec<(i64, Vec<u8>)>,
    /// The most that was held after a batch.
    most: u64,
    carved: u64,
    kinds: BTreeSet<String>,
    events: u64,
}

impl Core {
    fn new() -> Self {
        let settings = Settings {
            protocols: PROTOCOLS,
            memory: MEMORY,
            file_max: FILE_MAX,
            ..settings()
        };
        Self {
            engine: Engine::new(settings),
            waiting: Vec::new(),
            most: 0,
            carved: 0,
            kinds: BTreeSet::new(),
            events: 0,
        }
    }

    fn hear(&mut self, frame: Vec<u8>) {
        self.waiting.push((SECOND, frame));
        if self.waiting.len() == BATCH {
            self.decode();
        }
    }

    fn decode(&mut self) {
        let events = self
            .engine
            .decode(&batch(&std::mem::take(&mut self.waiting)));
        self.most = self.most.max(self.engine.totals().buffered_bytes);
        self.take(&events);
    }

    fn take(&mut self, events: &Events) {
        self.events += events.count;
        self.carved += events
            .parts
            .iter()
            .map(|part| part.bytes.len() as u64)
            .sum::<u64>();
        self.kinds.extend(packets::kinds(&packets::parse(events)));
    }

    fn finish(&mut self) {
        self.decode();
        let events = self.engine.finish();
        self.take(&events);
        assert_eq!(self.engine.totals().buffered_bytes, 0);
    }

    fn expect(&mut self, most: u64, kind: &str) {
        self.finish();
        assert!(
            self.most <= most,
            "{} bytes held, kinds {:?}",
            self.most,
            self.kinds
        );
        assert!(self.kinds.contains(kind), "{:?}", self.kinds);
    }
}

/// A connection whose client speaks first and then says everything in packets of one piece each.
struct Connection {
    core: Core,
    ends: [End; 2],
    said: [u32; 2],
}

impl Connection {
    fn to(port: u16) -> Self {
        let server = End { port, ..S };
        let client = End {
            address: CLIENT,
            port: 40_000,
        };
        let mut core = Core::new();
        core.hear(tcp(client, server, 0, 0, flags::SYN, b""));
        core.hear(tcp(server, client, 0, 1, flags::SYN | flags::ACK, b""));
        Self {
            core,
            ends: [client, server],
            said: [1, 1],
        }
    }

    fn say(&mut self, side: usize, bytes: &[u8]) {
        let (from, to) = (self.ends[side], self.ends[1 - side]);
        let frame = tcp(
            from,
            to,
            self.said[side],
            self.said[1 - side],
            flags::ACK,
            bytes,
        );
        self.said[side] = self.said[side].wrapping_add(bytes.len() as u32);
        self.core.hear(frame);
    }

    fn client(&mut self, bytes: impl AsRef<[u8]>) {
        self.say(0, bytes.as_ref());
    }

    fn server(&mut self, bytes: impl AsRef<[u8]>) {
        self.say(1, bytes.as_ref());
    }
}

#[test]
fn a_hundred_thousand_headers_in_as_many_packets() {
    let mut talk = Connection::to(80);
    talk.client("GET / HTTP/1.1\r\nHost: a\r\n");
    for number in 0..100_000 {
        talk.client(format!("X-{number}: v\r\n"));
    }
    talk.core.expect(ONE_FLOW, "http_too_many_headers");
    assert!(talk.core.events < 10, "{}", talk.core.events);
}

#[test]
fn a_chunked_body_without_end() {
    let mut talk = Connection::to(80);
    talk.client("GET /f HTTP/1.1\r\nHost: a\r\n\r\n");
    talk.server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    let chunk = [&b"400\r\n"[..], &[7; 1024], b"\r\n"].concat();
    let chunks = count(20_000, 200_000);
    for _ in 0..chunks {
        talk.server(&chunk);
    }
    talk.core.finish();
    assert!(talk.core.most <= ONE_FLOW, "{}", talk.core.most);
    assert!(
        talk.core.carved <= FILE_MAX + ONE_FLOW,
        "{}",
        talk.core.carved
    );
}

#[test]
fn a_chunk_extension_without_end() {
    let mut talk = Connection::to(80);
    talk.client("POST /f HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;");
    for _ in 0..20_000 {
        talk.client([b'x'; 1024]);
    }
    talk.core.expect(ONE_FLOW, "http_bad_chunk");
}

#[test]
fn a_mail_header_without_end() {
    let mut talk = Connection::to(25);
    talk.server("220 mx ESMTP\r\n");
    talk.client("EHLO a\r\n");
    talk.server("250 mx\r\n");
    talk.client("MAIL FROM:<a@a>\r\n");
    talk.server("250 ok\r\n");
    talk.client("RCPT TO:<b@b>\r\n");
    talk.server("250 ok\r\n");
    talk.client("DATA\r\n");
    talk.server("354 go\r\n");
    talk.client("Subject: ");
    for _ in 0..count(20_000, 100_000) {
        talk.client(format!("{}\r\n ", "x".repeat(500)));
    }
    talk.core.expect(ONE_FLOW, "mime_header_too_long");
}

#[test]
fn a_line_of_ftp_without_end() {
    let mut talk = Connection::to(21);
    talk.server("220 ftp\r\n");
    talk.client("USER a\r\n");
    talk.server("331 password\r\n");
    talk.client("RETR ");
    for _ in 0..count(20_000, 100_000) {
        talk.client([b'x'; 1024]);
    }
    talk.core.expect(ONE_FLOW, "ftp_line_too_long");
}

#[test]
fn a_line_of_smtp_without_end() {
    let mut talk = Connection::to(25);
    talk.server("220 mx ESMTP\r\n");
    talk.client("EHLO a\r\n");
    talk.server("250 mx\r\n");
    talk.client("MAIL FROM:<");
    for _ in 0..20_000 {
        talk.client([b'x'; 1024]);
    }
    talk.core.expect(ONE_FLOW, "smtp_line_too_long");
}

#[test]
fn a_hundred_thousand_tls_records_of_one_byte() {
    let mut talk = Connection::to(443);
    // A ClientHello (RFC 8446 4) that announces 16 MiB, each byte in a record of its own.
    talk.client([22, 3, 1, 0, 4, 1, 255, 255, 255]);
    let mut records = Vec::new();
    for number in 0..100_000u32 {
        records.extend([22, 3, 1, 0, 1, number as u8]);
        if records.len() > 1_000 {
            talk.client(std::mem::take(&mut records));
        }
    }
    talk.core.expect(ONE_FLOW, "tls_handshake_too_large");
}

#[test]
fn a_flood_of_first_fragments() {
    let mut core = Core::new();
    let fragments = count(100_000, 1_000_000);
    for number in 0..fragments as u32 {
        let [_, high, middle, low] = number.to_be_bytes();
        let ip = Ip {
            id: number as u16,
            fragment: 0x2000,
            ..Ip::new([172, high, middle, low], SERVER, 17)
        };
        core.hear(packets::ethernet(0x0800, &ipv4(ip, &[5; 1_024])));
    }
    core.expect(
        MEMORY as u64 / FRAGMENT_SHARE + ONE_FLOW,
        "fragment_timeout",
    );
    assert_eq!(core.engine.totals().counters.fragments, fragments as u64);
    assert!(core.events < fragments as u64 + 1_000, "{}", core.events);
}

#[test]
fn requests_that_are_never_answered() {
    let mut talk = Connection::to(80);
    let mut line = String::new();
    for number in 0..50_000 {
        line.clear();
        write!(
            line,
            "GET /{number} HTTP/1.1\r\nHost: a\r\nCookie: {}\r\n\r\n",
            "c".repeat(600)
        )
        .expect("text takes text");
        talk.client(&line);
    }
    talk.core.expect(ONE_FLOW, "http_pipeline_too_long");
}

#[test]
fn responses_to_no_request() {
    let mut talk = Connection::to(80);
    talk.client("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    let storm = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".repeat(20);
    for _ in 0..2_000 {
        talk.server(&storm);
    }
    talk.core.finish();
    assert!(talk.core.most <= ONE_FLOW, "{}", talk.core.most);
    // One event for each is honest: so many bytes were answered.
    assert!(talk.core.events <= 40_010, "{}", talk.core.events);
}
