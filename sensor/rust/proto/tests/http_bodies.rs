//! Bodies: codings taken off, files carved, excerpts fit to be shown.

mod common;
mod http_support;

use http_support::*;
use starwatch_stream::application::Side;

/// One download whose body is `body` under these headers.
fn download(headers: &str, body: impl AsRef<[u8]>) -> common::Kept {
    talk(&[get("/dir/page.html?x=1"), answer(headers, body)])
}

fn coded(coding: &str, body: impl AsRef<[u8]>) -> common::Kept {
    download(&format!("Content-Encoding: {coding}\r\n"), body)
}

/// Text that packs about three times, so that no ratio is hostile.
fn prose(length: usize) -> Vec<u8> {
    let words =
        (0..).flat_map(|at: u32| format!("word{} ", at.wrapping_mul(2_654_435_761)).into_bytes());
    words.take(length).collect()
}

/// A Brotli stream of one uncompressed metablock (RFC 7932 9.2) and the empty last one.
fn brotli(bytes: &[u8]) -> Vec<u8> {
    assert!((1..=65_536).contains(&bytes.len()));
    // WBITS 16, not last, four nibbles, length - 1, uncompressed; then the bytes, then last and empty.
    let bits = ((bytes.len() - 1) as u32) << 4 | 1 << 20;
    let mut out = bits.to_le_bytes()[..3].to_vec();
    out.extend_from_slice(bytes);
    out.push(3);
    out
}

#[test]
fn every_coding_gives_the_same_file() {
    let text = prose(50_000);
    let single = [
        gzip(&text),
        zlib(&text),
        deflate(&text),
        brotli(&text),
        text.clone(),
    ];
    for (coding, body) in ["GZip", "deflate", "deflate", "br", "identity"]
        .into_iter()
        .zip(single)
    {
        let kept = coded(coding, &body);
        assert_eq!(kept.anomalies, [], "{coding}");
        assert_eq!(file(&kept).content, text, "{coding}");
        assert!(file(&kept).complete);
        let shown = &column(&kept, "/http/response/body/content")[0];
        assert_eq!(shown.as_bytes(), &text[..4096]);
        assert_eq!(
            column(&kept, "/http/response/body/bytes"),
            [body.len().to_string()]
        );
    }
    let stacked = coded("gzip, br", brotli(&gzip(&text)));
    assert_eq!(file(&stacked).content, text);
    let twice = download(
        "Content-Encoding: deflate\r\nContent-Encoding: gzip\r\n",
        gzip(&zlib(&text)),
    );
    assert_eq!(file(&twice).content, text);
}

#[test]
fn gzip_files_may_follow_each_other() {
    let both = [gzip(b"one"), gzip(b" two")].concat();
    assert_eq!(file(&coded("gzip", both)).content, b"one two");
    let many = gzip(b"x").repeat(50);
    let kept = coded("gzip", many);
    assert_eq!(kept.kinds(), ["http_bad_encoding"]);
    assert_eq!(file(&kept).content, [b'x'; 16]);
}

#[test]
fn what_is_not_coded_as_it_says_goes_on_as_it_is() {
    let kept = coded("gzip", b"plain text");
    assert_eq!(kept.kinds(), ["http_bad_encoding"]);
    assert_eq!(file(&kept).content, b"plain text");
    assert!(file(&kept).complete);
    let kept = coded("gzip, gzip", gzip(b"once"));
    assert_eq!(file(&kept).content, b"once");
    let kept = coded("zstd", b"\x28\xb5\x2f\xfd");
    assert_eq!(file(&kept).content, b"\x28\xb5\x2f\xfd");
    assert_eq!(kept.anomalies, []);
}

#[test]
fn broken_codings_are_said_and_stop() {
    let text = prose(10_000);
    let mut corrupt = gzip(&text);
    corrupt.truncate(3000);
    let kept = coded("gzip", &corrupt);
    assert_eq!(kept.kinds(), ["http_bad_encoding"]);
    assert!(!file(&kept).complete);
    assert!(text.starts_with(&file(&kept).content));

    let mut wrong = gzip(&text);
    let last = wrong.len() - 6;
    wrong[last] ^= 1;
    let kept = coded("gzip", &wrong);
    assert_eq!(
        kept.kinds(),
        ["http_bad_encoding"],
        "the checksum is looked at"
    );

    let kept = coded("gzip", [gzip(&text), b"tail".to_vec()].concat());
    assert_eq!(kept.kinds(), ["http_bad_encoding"]);
    assert_eq!(file(&kept).content, text);
    let kept = coded("br", b"\xff\xff\xff\xff");
    assert_eq!(kept.kinds(), ["http_bad_encoding"]);
}

#[test]
fn deep_stacks_are_not_undone() {
    let body = (0..4).fold(b"deep".to_vec(), |body, _| gzip(&body));
    let kept = coded("gzip, gzip, gzip, gzip", &body);
    assert_eq!(kept.kinds(), ["http_bad_encoding"]);
    assert_eq!(file(&kept).content, body);
}

#[test]
fn bombs_are_stopped() {
    let zeros = vec![0; 64 << 20];
    for (coding, body) in [
        ("gzip", gzip(&zeros)),
        ("deflate", zlib(&zeros)),
        ("gzip, gzip", gzip(&gzip(&zeros))),
    ] {
        let kept = coded(coding, &body);
        assert_eq!(kept.kinds(), ["http_decompression_bomb"], "{coding}");
        let content = &file(&kept).content;
        assert!(!file(&kept).complete);
        assert!(
            content.len() <= (1 << 20) + 128 * body.len(),
            "{}",
            content.len()
        );
    }
    let honest = vec![b' '; 1 << 20];
    assert_eq!(coded("gzip", gzip(&honest)).anomalies, []);
}

#[test]
fn chunks_of_every_size_and_a_coding_inside() {
    let text = prose(2_000);
    for size in [1, 7, 1_999, 5_000] {
        let head =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n";
        let response = [head.as_bytes(), &chunked(&gzip(&text), size)].concat();
        let kept = talk(&[get("/"), server(response)]);
        assert_eq!(file(&kept).content, text);
        assert_eq!(kept.anomalies, []);
    }
}

#[test]
fn files_are_named_by_who_knows_best() {
    assert_eq!(file(&download("", "x")).name, "page.html");
    let named = download(
        "Content-Disposition: attachment; filename=\"a b.exe\"\r\nContent-Type: x/y; z\r\n",
        "x",
    );
    assert_eq!(
        (&file(&named).name[..], &file(&named).declared[..]),
        ("a b.exe", "x/y; z")
    );
    assert_eq!(file(&named).sender, Side::Server);
    assert!(file(&named)
        .json
        .contains("\"original\":\"/dir/page.html?x=1\""));
    assert_eq!(download("", "").files, []);
}

#[test]
fn uploads_are_files_and_forms_are_not() {
    let put = client("PUT /up/a.bin HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
    let kept = talk(&[put]);
    assert_eq!(
        (&file(&kept).name[..], file(&kept).sender),
        ("a.bin", Side::Client)
    );
    let form = "POST /login HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 14\r\n\r\nu=joe&passwd=x";
    let kept = talk(&[client(form)]);
    assert_eq!(kept.files, []);
    assert_eq!(
        column(&kept, "/http/request/body/content"),
        ["u=joe&passwd=***"]
    );
}

fn form(body: &str) -> common::Kept {
    let head =
        "POST /u HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=\"bo un\"\r\n";
    talk(&[client(format!(
        "{head}Content-Length: {}\r\n\r\n{body}",
        body.len()
    ))])
}

#[test]
fn files_of_a_form() {
    let kept = form(
        "preamble\r\n--bo un\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nsecret\r\n\
         --bo un  \r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\none\r\n--bo\r\n\r\n\
         --bo un\nContent-Disposition: form-data; name=\"g\"; filename=\"b.txt\"\n\ntwo\n--bo un--\r\nepilogue",
    );
    let files: Vec<_> = kept
        .files
        .iter()
        .map(|file| {
            (
                &file.name[..],
                file.content.escape_ascii().to_string(),
                file.complete,
            )
        })
        .collect();
    assert_eq!(
        files,
        [
            ("a.txt", "one\\r\\n--bo\\r\\n".to_owned(), true),
            ("b.txt", "two".to_owned(), true)
        ]
    );
    assert_eq!(kept.anomalies, []);
    assert!(!kept.events[0].json.contains("secret"));
}

#[test]
fn forms_that_lie() {
    let cut = form("--bo un\r\nContent-Disposition: form-data; name=f; filename=c\r\n\r\nabc");
    assert_eq!(cut.kinds(), ["http_bad_multipart"]);
    assert!(!file(&cut).complete);
    assert_eq!(file(&cut).content, b"abc");
    let endless = form(&format!("--bo un\r\nX: {}", "a".repeat(20_000)));
    assert_eq!(endless.kinds(), ["http_bad_multipart"]);
    let flood = form(&"--bo un\r\nContent-Disposition: a; filename=x\r\n\r\nz\r\n".repeat(1_000));
    assert_eq!(flood.files.len(), 256);
    assert_eq!(flood.kinds(), ["http_bad_multipart"]);
    let kept = talk(&[client("POST / HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data\r\nContent-Length: 2\r\n\r\nhi")]);
    assert_eq!(kept.kinds(), ["http_bad_multipart"]);
    assert_eq!(file(&kept).content, b"hi");
}

#[test]
fn ranges_have_their_place() {
    let head =
        "HTTP/1.1 206 Part\r\nContent-Range: bytes 500-502/9000\r\nContent-Length: 3\r\n\r\n";
    let kept = talk(&[get("/big.iso"), server([head.as_bytes(), b"abc"].concat())]);
    assert_eq!(
        (
            file(&kept).offset,
            file(&kept).missing,
            file(&kept).complete
        ),
        (500, 0, true)
    );
    let parts = "--b\r\nContent-Range: bytes 0-1/9\r\n\r\nab\r\n--b\r\nContent-Range: bytes 7-8/9\r\n\r\nhi\r\n--b--";
    let kept = download("Content-Type: multipart/byteranges; boundary=b\r\n", parts);
    let places: Vec<_> = kept
        .files
        .iter()
        .map(|file| (file.offset, &file.content[..]))
        .collect();
    assert_eq!(places, [(0, &b"ab"[..]), (7, b"hi")]);
    let absurd = "HTTP/1.1 206 Part\r\nContent-Range: bytes 18446744073709551615-0/1\r\nContent-Length: 1\r\n\r\nx";
    assert_eq!(talk(&[get("/"), server(absurd)]).files.len(), 1);
}

#[test]
fn a_gap_stops_the_decoder_and_nothing_else() {
    let body = gzip(&prose(30_000));
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let kept = talk(&[
        get("/1"),
        server([head.as_bytes(), &body[..4_000]].concat()),
        Step::Gap(Side::Server, 100),
        server(&body[4_100..]),
        get("/2"),
        answer("", "x"),
    ]);
    assert_eq!(pairs(&kept), ["/1 200", "/2 200"]);
    assert!(!kept.files[0].complete);
    assert!(prose(30_000).starts_with(&kept.files[0].content));
    assert_eq!(kept.anomalies, []);
}

#[test]
fn excerpts_are_of_text_only() {
    let kept = download("Content-Type: text/html\r\n", b"MZ\x90\0\x03");
    assert_eq!(column(&kept, "/http/response/body/content"), [""]);
}

#[test]
fn a_coding_that_was_never_applied_is_taken_back() {
    let plain = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR";
    for coding in ["deflate", "gzip", "gzip, deflate", "deflate, gzip"] {
        let kept = coded(coding, plain);
        assert_eq!(file(&kept).content, plain, "{coding}");
        assert!(kept.kinds().contains(&"http_bad_encoding"), "{coding}");
    }
    let inner = coded("gzip, deflate", gzip(plain));
    assert_eq!(file(&inner).content, plain);
    let mut reserved = gzip(plain);
    reserved[3] = 0x20;
    assert_eq!(file(&coded("gzip", &reserved)).content, reserved);
}
