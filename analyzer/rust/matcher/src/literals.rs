//! Literals a regular expression cannot match without: they decide whether it is run at all.

use regex_syntax::hir::{Class, Hir, HirKind};

/// Shorter literals are in every value and gate nothing.
const MIN_BYTES: usize = 3;
/// More alternatives than this cost more than they save.
const MAX_ALTERNATIVES: usize = 64;

/// Folded literals of which at least one is part of every folded value that matches.
pub fn required(pattern: &str) -> Option<Vec<String>> {
    let hir = regex_syntax::parse(pattern).ok()?;
    best(&hir)
}

fn best(hir: &Hir) -> Option<Vec<String>> {
    match hir.kind() {
        HirKind::Literal(_) | HirKind::Class(_) => useful(vec![single(hir)?]),
        HirKind::Capture(capture) => best(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => best(&repetition.sub),
        HirKind::Alternation(parts) => alternatives(parts),
        HirKind::Concat(parts) => sequence(parts),
        _ => None,
    }
}

fn alternatives(parts: &[Hir]) -> Option<Vec<String>> {
    let all: Option<Vec<_>> = parts.iter().map(best).collect();
    useful(all?.concat())
}

/// The best of the parts, where neighbouring literals are joined.
fn sequence(parts: &[Hir]) -> Option<Vec<String>> {
    let mut found: Vec<Vec<String>> = Vec::new();
    let mut run = String::new();
    for part in parts {
        match single(part) {
            Some(text) => run.push_str(&text),
            None => {
                found.extend(useful(vec![std::mem::take(&mut run)]));
                found.extend(best(part));
            }
        }
    }
    found.extend(useful(vec![run]));
    let shortest = |literals: &Vec<String>| literals.iter().map(String::len).min();
    found.into_iter().max_by_key(shortest)
}

/// The one folded text a node stands for; a class counts when all its letters fold to one, as `[Aa]` does.
fn single(hir: &Hir) -> Option<String> {
    match hir.kind() {
        HirKind::Literal(literal) => std::str::from_utf8(&literal.0)
            .ok()
            .map(crate::text::folded),
        HirKind::Class(Class::Unicode(class)) => {
            let few = class
                .ranges()
                .iter()
                .map(|range| range.len())
                .sum::<usize>()
                <= 4;
            let mut letters = class
                .iter()
                .filter(|_| few)
                .flat_map(|range| range.start()..=range.end());
            let first = crate::text::folded(letters.next()?.encode_utf8(&mut [0; 4]));
            let same =
                letters.all(|letter| crate::text::folded(letter.encode_utf8(&mut [0; 4])) == first);
            same.then_some(first)
        }
        _ => None,
    }
}

fn useful(literals: Vec<String>) -> Option<Vec<String>> {
    let long = literals.iter().all(|literal| literal.len() >= MIN_BYTES);
    (long && !literals.is_empty() && literals.len() <= MAX_ALTERNATIVES).then_some(literals)
}
