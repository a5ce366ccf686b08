//! A Sigma string on its way from the rule's text to what is compared: escapes, wildcards, encodings, expansions.

use crate::modifier::Rewrite;
use crate::text::{folded, Piece};
use base64::engine::general_purpose::STANDARD;
use base64::Engine;
use std::collections::HashMap;

/// Texts one value may become (windash: five per dash). SigmaHQ needs 25.
const MAX_VARIANTS: usize = 1_024;

/// Hyphen, slash, en dash, em dash, horizontal bar (modifier `windash`).
const DASHES: [&str; 5] = ["-", "/", "\u{2013}", "\u{2014}", "\u{2015}"];

/// Values of placeholders, by name without the percent signs.
pub type Placeholders = HashMap<String, Vec<String>>;

/// Bytes, because utf16 and base64 work on bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Bytes(Vec<u8>),
    Any,
    One,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pattern(Vec<Part>);

/// Why a pattern cannot be rewritten.
#[derive(Debug, PartialEq, Eq)]
pub enum Trouble {
    Wildcard,
    TooMany,
    NotText,
    NoPlaceholder(String),
}

impl Pattern {
    /// Specification, "Escape Character": `\*`, `\?` and `\\` are plain; any other backslash is itself.
    pub fn parse(text: &str) -> Self {
        let mut pattern = Self::default();
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '*' => pattern.0.push(Part::Any),
                '?' => pattern.0.push(Part::One),
                '\\' => pattern.push(chars.next_if(|next| "*?\\".contains(*next)).unwrap_or('\\')),
                other => pattern.push(other),
            }
        }
        pattern
    }

    pub fn literal(text: &str) -> Self {
        let mut pattern = Self::default();
        pattern.extend(text);
        pattern
    }

    fn push(&mut self, c: char) {
        self.extend(c.encode_utf8(&mut [0; 4]));
    }

    fn extend(&mut self, text: &str) {
        if let Some(Part::Bytes(bytes)) = self.0.last_mut() {
            bytes.extend_from_slice(text.as_bytes());
        } else if !text.is_empty() {
            self.0.push(Part::Bytes(text.as_bytes().to_vec()));
        }
    }

    /// `*` before, after; not doubled.
    pub fn open(mut self, start: bool, end: bool) -> Self {
        if start && self.0.first() != Some(&Part::Any) {
            self.0.insert(0, Part::Any);
        }
        if end && self.0.last() != Some(&Part::Any) {
            self.0.push(Part::Any);
        }
        self
    }

    pub fn rewrite(
        self,
        rewrite: Rewrite,
        placeholders: &Placeholders,
    ) -> Result<Vec<Self>, Trouble> {
        match rewrite {
            Rewrite::Base64 => Ok(vec![Self::literal(&STANDARD.encode(self.bytes()?))]),
            Rewrite::Base64Offset => base64_offsets(&self.bytes()?),
            Rewrite::Utf16 => self.utf16(u16::to_le_bytes, &[0xff, 0xfe]),
            Rewrite::Utf16Le => self.utf16(u16::to_le_bytes, &[]),
            Rewrite::Utf16Be => self.utf16(u16::to_be_bytes, &[]),
            Rewrite::Windash => self.windash(),
            Rewrite::Expand => self.expand(placeholders),
        }
    }

    fn bytes(&self) -> Result<Vec<u8>, Trouble> {
        match self.0.as_slice() {
            [] => Ok(Vec::new()),
            [Part::Bytes(bytes)] => Ok(bytes.clone()),
            _ => Err(Trouble::Wildcard),
        }
    }

    fn utf16(self, order: fn(u16) -> [u8; 2], mark: &[u8]) -> Result<Vec<Self>, Trouble> {
        let mut parts = Vec::new();
        for part in self.0 {
            parts.push(match part {
                Part::Bytes(bytes) => {
                    let text = String::from_utf8(bytes).map_err(|_| Trouble::NotText)?;
                    Part::Bytes(text.encode_utf16().flat_map(order).collect())
                }
                wildcard => wildcard,
            });
        }
        match parts.first_mut() {
            Some(Part::Bytes(bytes)) => drop(bytes.splice(0..0, mark.iter().copied())),
            _ if mark.is_empty() => {}
            _ => parts.insert(0, Part::Bytes(mark.to_vec())),
        }
        Ok(vec![Self(parts)])
    }

    /// Every dash that starts a parameter (nothing of a word before it, a word after it) in all five forms.
    fn windash(self) -> Result<Vec<Self>, Trouble> {
        let mut variants = vec![Self::default()];
        for part in &self.0 {
            let Part::Bytes(bytes) = part else {
                variants
                    .iter_mut()
                    .for_each(|variant| variant.0.push(part.clone()));
                continue;
            };
            let text = std::str::from_utf8(bytes).map_err(|_| Trouble::NotText)?;
            variants = dashed(variants, text)?;
        }
        Ok(variants)
    }

    fn expand(self, placeholders: &Placeholders) -> Result<Vec<Self>, Trouble> {
        let mut variants = vec![Self::default()];
        for part in &self.0 {
            let Part::Bytes(bytes) = part else {
                variants
                    .iter_mut()
                    .for_each(|variant| variant.0.push(part.clone()));
                continue;
            };
            let text = std::str::from_utf8(bytes).map_err(|_| Trouble::NotText)?;
            variants = expanded(variants, text, placeholders)?;
        }
        Ok(variants)
    }

    /// Text pieces, folded unless `cased`.
    pub fn pieces(self, cased: bool) -> Result<Vec<Piece>, Trouble> {
        let piece = |part| {
            Ok(match part {
                Part::Any => Piece::Any,
                Part::One => Piece::One,
                Part::Bytes(bytes) => {
                    let text = String::from_utf8(bytes).map_err(|_| Trouble::NotText)?;
                    Piece::Literal(if cased { text } else { folded(&text) })
                }
            })
        };
        self.0.into_iter().map(piece).collect()
    }

    /// A field name or network: no wildcard.
    pub fn plain(self) -> Result<String, Trouble> {
        String::from_utf8(self.bytes()?).map_err(|_| Trouble::NotText)
    }
}

/// The part of the encoded text that is the same whatever stands before and after, for the three alignments.
fn base64_offsets(bytes: &[u8]) -> Result<Vec<Pattern>, Trouble> {
    // Characters that also hold bits of the bytes before (none, 1 or 2 of them) …
    const START: [usize; 3] = [0, 2, 3];
    // … and of what follows, by (length + offset) mod 3; the padding goes with them.
    const END: [usize; 3] = [0, 3, 2];
    let variant = |offset: usize| {
        let mut shifted = vec![b' '; offset];
        shifted.extend_from_slice(bytes);
        let text = STANDARD.encode(&shifted);
        let end = text.len() - END[shifted.len() % 3].min(text.len());
        Pattern::literal(text.get(START[offset]..end).unwrap_or_default())
    };
    let variants: Vec<_> = (0..3)
        .map(variant)
        .filter(|pattern| !pattern.0.is_empty())
        .collect();
    if variants.is_empty() {
        return Err(Trouble::NotText);
    }
    Ok(variants)
}

fn dashed(mut variants: Vec<Pattern>, text: &str) -> Result<Vec<Pattern>, Trouble> {
    let word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let mut before = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let starts_parameter =
            (c == '-' || c == '/') && !word(before) && word(chars.peek().copied());
        if starts_parameter {
            variants = multiply(&variants, &DASHES)?;
        } else {
            variants.iter_mut().for_each(|variant| variant.push(c));
        }
        before = Some(c);
    }
    Ok(variants)
}

fn multiply(variants: &[Pattern], endings: &[&str]) -> Result<Vec<Pattern>, Trouble> {
    if variants.len() * endings.len() > MAX_VARIANTS {
        return Err(Trouble::TooMany);
    }
    let with = |variant: &Pattern, ending: &str| {
        let mut longer = variant.clone();
        for part in Pattern::parse(ending).0 {
            match part {
                Part::Bytes(bytes) => longer.extend(&String::from_utf8_lossy(&bytes)),
                wildcard => longer.0.push(wildcard),
            }
        }
        longer
    };
    Ok(variants
        .iter()
        .flat_map(|variant| endings.iter().map(move |ending| with(variant, ending)))
        .collect())
}

/// Specification, "Placeholders": `%name%` becomes its values, `\%` is a percent sign.
fn expanded(
    mut variants: Vec<Pattern>,
    text: &str,
    placeholders: &Placeholders,
) -> Result<Vec<Pattern>, Trouble> {
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        if let Some(before) = rest[..at].strip_suffix('\\') {
            variants.iter_mut().for_each(|variant| {
                variant.extend(before);
                variant.push('%');
            });
            rest = &rest[at + 1..];
            continue;
        }
        let Some(length) = rest[at + 1..].find('%') else {
            break;
        };
        let name = &rest[at + 1..at + 1 + length];
        let values = placeholders
            .get(name)
            .ok_or_else(|| Trouble::NoPlaceholder(name.to_owned()))?;
        variants
            .iter_mut()
            .for_each(|variant| variant.extend(&rest[..at]));
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        variants = multiply(&variants, &values)?;
        rest = &rest[at + length + 2..];
    }
    variants.iter_mut().for_each(|variant| variant.extend(rest));
    Ok(variants)
}
