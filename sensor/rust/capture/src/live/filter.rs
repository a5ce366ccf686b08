//! The operator's capture filter: classic BPF as `tcpdump -ddd` prints it, changed so that what it refuses is counted.

use std::fmt;
use std::str::FromStr;

use libc::sock_filter;

use super::program::RETURN;

/// Instructions a socket filter may have (BPF_MAXINSNS).
const MAX_INSTRUCTIONS: usize = 4096;
const CLASS: u16 = 0x07;
const RETURN_CLASS: u16 = 0x06;
const JUMP_CLASS: u16 = 0x05;
/// What the kernel keeps of a refused packet: one byte, so that its header reaches the ring and the reader counts it.
/// Returning 0 would let it vanish uncounted.
const REFUSED: u32 = 1;

/// A program the kernel will take; empty: everything passes.
#[derive(Clone, Debug, Default)]
pub struct Filter(pub(super) Vec<sock_filter>);

#[derive(Debug, PartialEq, Eq)]
pub struct BadFilter(pub String);

impl fmt::Display for BadFilter {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "the capture filter {}", self.0)
    }
}

impl Filter {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Whether a packet of which `kept` of `length` bytes are in the ring was refused; no frame is a single byte.
pub fn refused(kept: usize, length: u32) -> bool {
    kept == REFUSED as usize && length > REFUSED
}

impl FromStr for Filter {
    type Err = BadFilter;

    /// `COUNT,CODE JT JF K,…`: the lines of `tcpdump -ddd` joined by commas, as iptables takes them too.
    fn from_str(text: &str) -> Result<Self, BadFilter> {
        let text = text.trim().trim_end_matches(',');
        if text.is_empty() {
            return Ok(Self::default());
        }
        let mut parts = text.split(',');
        let count: usize = number(parts.next().unwrap_or_default())?;
        let program = parts.map(instruction).collect::<Result<Vec<_>, _>>()?;
        if program.len() != count || count == 0 || count > MAX_INSTRUCTIONS {
            let found = program.len();
            return Err(BadFilter(format!(
                "says {count} instructions and has {found}"
            )));
        }
        check(&program)?;
        Ok(Self(program.into_iter().map(counted).collect()))
    }
}

fn instruction(text: &str) -> Result<sock_filter, BadFilter> {
    let mut words = text.split_ascii_whitespace();
    let mut next = || words.next().unwrap_or_default();
    let (code, jt, jf, k) = (next(), next(), next(), next());
    let instruction = sock_filter {
        code: number(code)?,
        jt: number(jt)?,
        jf: number(jf)?,
        k: number(k)?,
    };
    match words.next() {
        None => Ok(instruction),
        Some(_) => Err(BadFilter(format!(
            "has an instruction that is none: {text:?}"
        ))),
    }
}

fn number<T: FromStr>(text: &str) -> Result<T, BadFilter> {
    let bad = |_| BadFilter(format!("has {text:?} where a number should be"));
    text.trim().parse().map_err(bad)
}

/// The kernel checks the rest; these are what it would take and we could not count or run to an end.
fn check(program: &[sock_filter]) -> Result<(), BadFilter> {
    for (at, one) in program.iter().enumerate() {
        if one.code & CLASS == RETURN_CLASS && one.code != RETURN {
            return Err(BadFilter(
                "returns a computed length, so what it refuses cannot be counted".into(),
            ));
        }
        if one.code & CLASS == JUMP_CLASS
            && at + 1 + usize::from(one.jt.max(one.jf)) >= program.len()
        {
            return Err(BadFilter(format!("jumps past its end at instruction {at}")));
        }
    }
    let ends = program.last().is_some_and(|last| last.code == RETURN);
    ends.then_some(())
        .ok_or_else(|| BadFilter("does not end with a return".into()))
}

fn counted(mut one: sock_filter) -> sock_filter {
    if one.code == RETURN && one.k == 0 {
        one.k = REFUSED;
    }
    one
}

#[cfg(test)]
mod tests {
    use super::*;

    /// tcpdump -ddd udp port 53, in short.
    const UDP: &str = "4,40 0 0 12,21 0 1 2048,6 0 0 262144,6 0 0 0";

    #[test]
    fn what_tcpdump_prints_is_read_and_refusals_leave_a_byte() {
        let filter: Filter = UDP.parse().unwrap();
        let words: Vec<_> = filter
            .0
            .iter()
            .map(|one| (one.code, one.jf, one.k))
            .collect();
        assert_eq!(
            words,
            [(40, 0, 12), (21, 1, 2048), (6, 0, 262_144), (6, 0, REFUSED)]
        );
        assert!(refused(1, 60));
        assert!(!refused(60, 60));
    }

    #[test]
    fn nothing_is_no_filter() {
        assert!("".parse::<Filter>().unwrap().is_empty());
    }

    #[test]
    fn what_is_no_program_is_said() {
        for (text, word) in [
            ("3,6 0 0 0", "has 1"),
            ("1,6 0 0", "number"),
            ("1,6 0 0 0 0", "none"),
            ("1,22 0 0 0", "computed"),
            ("2,21 5 0 1,6 0 0 0", "past its end"),
            ("1,40 0 0 12", "return"),
            ("x", "number"),
            ("0,", "0 instructions"),
        ] {
            let fault = text.parse::<Filter>().unwrap_err();
            assert!(fault.to_string().contains(word), "{text}: {fault}");
        }
    }
}
