//! Formats that people write: markup, scripts, plain text (after the WHATWG MIME Sniffing standard, 7.1).

use crate::kind::Kind;

/// First word in small letters, format. White space and a byte order mark before it do not count.
const OPENINGS: &[(&[u8], Kind)] = &[
    (b"#!", Kind::new("text/x-shellscript", "script")),
    (b"<?php", Kind::new("text/x-php", "php")),
    (b"<!doctype html", HTML),
    (b"<html", HTML),
    (b"<head", HTML),
    (b"<body", HTML),
    (b"<script", HTML),
    (b"<iframe", HTML),
    (b"<title", HTML),
    (b"<table", HTML),
    (b"<style", HTML),
    (b"<div", HTML),
    (b"<hta:", HTML),
    (b"<job", Kind::new("text/x-wsf", "wsf")),
    (b"<svg", Kind::new("image/svg+xml", "svg")),
    (b"<?xml", Kind::new("text/xml", "xml")),
    (b"from ", Kind::new("application/mbox", "mbox")),
    (b"@echo off", Kind::new("application/x-bat", "batch")),
];
const HTML: Kind = Kind::new("text/html", "html");
const TEXT: Kind = Kind::new("text/plain", "text");
const JSON: Kind = Kind::new("application/json", "json");
const MARKS: [&[u8]; 3] = [b"\xef\xbb\xbf", b"\xfe\xff", b"\xff\xfe"];

pub(crate) fn of(head: &[u8]) -> Option<Kind> {
    let start = opening(head);
    let begins = |word: &[u8]| {
        start
            .get(..word.len())
            .is_some_and(|begin| begin.eq_ignore_ascii_case(word))
    };
    if let Some((_, kind)) = OPENINGS.iter().find(|(word, _)| begins(word)) {
        return Some(*kind);
    }
    if !is_text(head) {
        return None;
    }
    Some(if is_json(start) { JSON } else { TEXT })
}

fn opening(head: &[u8]) -> &[u8] {
    let mark = MARKS.iter().find(|mark| head.starts_with(mark));
    head[mark.map_or(0, |mark| mark.len())..].trim_ascii_start()
}

/// An object or array whose first member is a string, an object, or that is empty.
fn is_json(start: &[u8]) -> bool {
    let (Some(b'{' | b'['), rest) = (start.first(), start.get(1..).unwrap_or_default()) else {
        return false;
    };
    matches!(
        rest.trim_ascii_start().first(),
        Some(b'"' | b'{' | b'}' | b'[' | b']')
    )
}

/// UTF-16 by its mark; else UTF-8 (its last character may be cut) without control characters that text never has.
fn is_text(head: &[u8]) -> bool {
    if MARKS[1..].iter().any(|mark| head.starts_with(mark)) {
        return true;
    }
    let whole = match std::str::from_utf8(head) {
        Ok(_) => true,
        Err(fault) => fault.error_len().is_none(),
    };
    whole
        && !head
            .iter()
            .any(|&byte| matches!(byte, 0..=8 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f | 0x7f))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_told_from_data() {
        let name = |head: &[u8]| of(head).map(|kind| kind.name);
        assert_eq!(name(b"{\"a\": 1}"), Some("json"));
        assert_eq!(name(b"{ function }"), Some("text"));
        assert_eq!(name(b"\xef\xbb\xbf<?xml version='1.0'?>"), Some("xml"));
        assert_eq!(name(b"\xff\xfeh\0i\0"), Some("text"));
        assert_eq!(name(&"é".as_bytes()[..1]), Some("text"));
        assert_eq!(name(b"a\0b"), None);
    }
}
