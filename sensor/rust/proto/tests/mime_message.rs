//! Messages: nesting, encodings, tricks; fed to the reader itself.

use starwatch_proto::mime::{Kind, Part, Parts, Reader};

#[derive(Debug, Default, PartialEq, Eq)]
struct Kept {
    fields: Vec<(usize, String, String)>,
    parts: Vec<(Part, String, bool)>,
    kinds: Vec<Kind>,
    missing: u64,
}

impl Parts for Kept {
    fn field(&mut self, depth: usize, name: &[u8], value: &[u8]) {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        self.fields.push((depth, text(name), text(value)));
    }
    fn begin(&mut self, part: &Part) {
        self.parts.push((part.clone(), String::new(), false));
    }
    fn bytes(&mut self, bytes: &[u8]) {
        let (_, content, over) = self.parts.last_mut().unwrap();
        assert!(!*over);
        content.push_str(&String::from_utf8_lossy(bytes));
    }
    fn gap(&mut self, missing: u64) {
        self.missing += missing;
    }
    fn finish(&mut self, complete: bool) {
        self.parts.last_mut().unwrap().2 = complete;
    }
    fn fault(&mut self, kind: Kind, _detail: &str) {
        if !self.kinds.contains(&kind) {
            self.kinds.push(kind);
        }
    }
}

fn fed(text: &[u8], size: usize) -> Kept {
    let (mut kept, mut reader) = (Kept::default(), Reader::message());
    for piece in text.chunks(size) {
        reader.feed(piece, &mut kept);
        assert!(reader.held() < 256 << 10);
    }
    reader.end(true, false, &mut kept);
    kept
}

fn read(text: &str) -> Kept {
    let whole = fed(text.as_bytes(), usize::MAX);
    for size in [1, 2, 3, 5, 17] {
        assert_eq!(fed(text.as_bytes(), size), whole, "{size}");
    }
    whole
}

fn contents(kept: &Kept) -> Vec<&str> {
    kept.parts
        .iter()
        .map(|(_, content, _)| &content[..])
        .collect()
}

#[test]
fn nested_multiparts() {
    let kept = read(
        "Content-Type: multipart/mixed; boundary=\"o\"\r\n\r\npreamble\r\n--o\r\n\
         Content-Type: multipart/alternative; boundary=oi\r\n\r\n--oi\r\n\r\nplain\r\n--oi \t\r\n\
         Content-Type: text/html\r\n\r\n<b>--o no\r\n--oi--\r\nepilogue\r\n--o\r\n\
         Content-Disposition: attachment; filename=a.bin\r\n\r\n\r\nx\r\n\r\n--o--\r\nrest\r\n",
    );
    assert_eq!(contents(&kept), ["plain", "<b>--o no", "\r\nx\r\n"]);
    assert!(kept.parts.iter().all(|(_, _, complete)| *complete));
    let depths: Vec<_> = kept
        .parts
        .iter()
        .map(|(part, ..)| (part.depth, part.is_file()))
        .collect();
    assert_eq!(depths, [(2, false), (2, false), (1, true)]);
    assert_eq!(kept.kinds, []);
}

#[test]
fn a_message_inside_is_opened() {
    let kept = read(
        "Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: message/rfc822\r\n\r\n\
         Subject: inner\r\nContent-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\n\
         Content-Type: application/zip; name=a.zip\r\nContent-Transfer-Encoding: base64\r\n\r\nUEs=\r\n--i--\r\n--o--\r\n",
    );
    assert_eq!(contents(&kept), ["PK"]);
    assert_eq!(kept.parts[0].0.name.as_deref(), Some("a.zip"));
    assert!(kept
        .fields
        .contains(&(2, "Subject".to_owned(), "inner".to_owned())));
    assert_eq!(kept.kinds, []);
}

#[test]
fn a_false_message_is_carried_from_its_first_byte() {
    let kept = read("Content-Type: message/rfc822\r\n\r\nMZ\u{1}\u{2} not a header\r\nmore");
    assert_eq!(contents(&kept), ["MZ\u{1}\u{2} not a header\r\nmore"]);
    assert_eq!(kept.kinds, [Kind::MalformedHeader]);
}

#[test]
fn folds_and_repeated_fields() {
    let kept = read(
        "Subject: a\r\n b\r\n\tc\r\nContent-Type: text/html\r\nContent-Type: image/png\r\n\r\nx",
    );
    assert_eq!(kept.fields[0].2, "a b\tc");
    assert_eq!(kept.parts[0].0.kind, b"text/html");
    assert_eq!(kept.kinds, [Kind::DuplicateHeader]);
}

#[test]
fn faults() {
    let multipart = |rest: &str| read(&format!("Content-Type: multipart/mixed{rest}")).kinds;
    assert_eq!(multipart("\r\n\r\nx"), [Kind::BadBoundary]);
    assert_eq!(
        multipart("; boundary=a*b\r\n\r\n--a*b--\r\n"),
        [Kind::BadBoundary]
    );
    let long = "b".repeat(500);
    assert_eq!(
        multipart(&format!("; boundary={long}\r\n\r\n--{long}--\r\n")),
        [Kind::BadBoundary]
    );
    assert_eq!(
        multipart("; boundary=b\r\n\r\n--b\r\n\r\nx"),
        [Kind::Unterminated]
    );
    assert_eq!(
        read(": x\r\nno colon\r\n\r\n").kinds,
        [Kind::MalformedHeader]
    );
    assert_eq!(read(" fold\r\n\r\n").kinds, [Kind::MalformedHeader]);
    assert_eq!(
        read("Content-Transfer-Encoding: base64\r\n\r\n!!!\r\n").kinds,
        [Kind::BadEncoding]
    );
    assert_eq!(
        read("Content-Transfer-Encoding: rot13\r\n\r\nx\r\n").kinds,
        [Kind::BadEncoding]
    );
    let name = "Content-Disposition: attachment; filename*=x-none''a\r\n\r\n";
    assert_eq!(read(name).kinds, [Kind::BadEncodedWord]);
}

#[test]
fn a_part_without_an_empty_line() {
    let kept = read("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: image/png\r\n--b\r\n\r\nx\r\n--b--");
    assert_eq!(contents(&kept), ["", "x"]);
}

#[test]
fn endless_headers_cost_no_memory() {
    let text = [
        &b"X: "[..],
        &vec![b'a'; 1 << 20],
        b"\r\nSubject: b\r\n\r\nbody",
    ]
    .concat();
    let kept = fed(&text, 1460);
    assert_eq!(kept.kinds, [Kind::HeaderTooLong]);
    assert_eq!(contents(&kept), ["body"]);
    let many = [&b"X: y\r\n".repeat(200_000)[..], b"\r\nbody"].concat();
    assert!(fed(&many, 1460).kinds.contains(&Kind::HeaderTooLong));
}

#[test]
fn depth_and_part_bombs() {
    let deep: String = (0..100)
        .map(|at| format!("Content-Type: multipart/mixed; boundary=b{at}\r\n\r\n--b{at}\r\n"))
        .collect();
    let kept = read(&deep);
    assert!(kept.kinds.contains(&Kind::TooDeep));
    assert_eq!(kept.parts.len(), 1, "the rest is carried as it stands");
    let many = format!(
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n{}",
        "--b\r\n\r\nx\r\n".repeat(5_000)
    );
    let kept = fed(many.as_bytes(), 1460);
    assert_eq!(
        (kept.parts.len(), kept.kinds.contains(&Kind::TooManyParts)),
        (1000, true)
    );
}

#[test]
fn a_multipart_body_alone() {
    let (mut kept, mut reader) = (Kept::default(), Reader::multipart(b"x"));
    reader.feed(b"--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\n\r\nhello\r\n--x--\r\n", &mut kept);
    reader.end(true, false, &mut kept);
    assert_eq!(contents(&kept), ["hello"]);
    assert_eq!((&kept.parts[0].0.field[..], kept.kinds.len()), ("f", 0));
}

#[test]
fn a_gap_in_a_part() {
    let (mut kept, mut reader) = (Kept::default(), Reader::message());
    reader.feed(
        b"Content-Transfer-Encoding: base64\r\n\r\nZm9vYm",
        &mut kept,
    );
    reader.gap(7, &mut kept);
    reader.feed(b"Zm9v", &mut kept);
    reader.end(true, false, &mut kept);
    assert_eq!((contents(&kept), kept.missing), (vec!["foofoo"], 7));
}
