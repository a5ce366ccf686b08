//! Chunked transfer coding (RFC 9112 7.1), byte by byte outside the data, so that no split matters.

use super::fault::{Fault, Kind};

/// Size lines and trailers longer than this are not followed: extensions are unused in practice.
const MAX_LINE: usize = 8_192;

/// A chunk of 2^60 bytes is no chunk but an attempt at overflow.
const MAX_DIGITS: u8 = 15;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// In a size line.
    Size {
        size: u64,
        digits: u8,
        done: bool,
    },
    Data(u64),
    /// Behind the data, where a line end must stand.
    End,
    /// In the trailer section; bytes of its current line.
    Trailer(usize),
    Done,
    /// Not readable as chunks any more.
    Broken,
}

#[derive(Debug)]
pub struct Chunked {
    state: State,
    /// The byte before was a CR that must end its line.
    after_cr: bool,
    /// Bytes of the current line.
    line: usize,
}

impl Default for Chunked {
    fn default() -> Self {
        Self {
            state: SIZE,
            after_cr: false,
            line: 0,
        }
    }
}

const SIZE: State = State::Size {
    size: 0,
    digits: 0,
    done: false,
};

impl Chunked {
    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }

    pub fn is_broken(&self) -> bool {
        self.state == State::Broken
    }

    /// The next run of data in `bytes`, which is moved past it. None: `bytes` is used up, or the body is done or broken.
    pub fn next_data<'a>(
        &mut self,
        bytes: &mut &'a [u8],
        fault: &mut dyn FnMut(Fault),
    ) -> Option<&'a [u8]> {
        loop {
            match self.state {
                State::Data(left) => return self.data(left, bytes),
                State::Done | State::Broken => return None,
                _ => {
                    let (&byte, rest) = bytes.split_first()?;
                    *bytes = rest;
                    self.byte(byte, fault);
                }
            }
        }
    }

    fn data<'a>(&mut self, left: u64, bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
        let length = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
        let (data, rest) = bytes.split_at(length);
        *bytes = rest;
        self.lose(length as u64);
        (!data.is_empty()).then_some(data)
    }

    /// Pass over bytes of the data; false when so many are not left in this chunk.
    pub fn lose(&mut self, bytes: u64) -> bool {
        match self.state {
            State::Data(left) if bytes == left => self.state = State::End,
            State::Data(left) if bytes < left => self.state = State::Data(left - bytes),
            _ => return false,
        }
        true
    }

    fn byte(&mut self, byte: u8, fault: &mut dyn FnMut(Fault)) {
        self.line += 1;
        if self.line > MAX_LINE {
            return self.fail("a line over 8,192 bytes between chunks", fault);
        }
        let after_cr = std::mem::replace(&mut self.after_cr, byte == b'\r');
        match byte {
            b'\n' => {
                if !after_cr {
                    fault(Fault::new(
                        Kind::Chunk,
                        "a line between chunks ends with LF alone",
                    ));
                }
                self.line = 0;
                self.line_end(fault);
            }
            _ if after_cr => self.fail("a CR without LF between chunks", fault),
            b'\r' => {}
            byte => self.other(byte, fault),
        }
    }

    fn line_end(&mut self, fault: &mut dyn FnMut(Fault)) {
        self.state = match self.state {
            State::Size { digits: 0, .. } => {
                return self.fail("a chunk without size", fault);
            }
            State::Size { size: 0, .. } => State::Trailer(0),
            State::Size { size, .. } => State::Data(size),
            State::Trailer(0) => State::Done,
            State::Trailer(_) => State::Trailer(0),
            _ => SIZE,
        };
    }

    fn other(&mut self, byte: u8, fault: &mut dyn FnMut(Fault)) {
        match &mut self.state {
            State::Size { done: true, .. } => {}
            State::Size { done, .. } if matches!(byte, b';' | b' ' | b'\t') => *done = true,
            State::Size { size, digits, .. } => match char::from(byte).to_digit(16) {
                Some(_) if *digits == MAX_DIGITS => {
                    self.fail("a chunk size of more than 15 digits", fault);
                }
                Some(digit) => {
                    *size = *size << 4 | u64::from(digit);
                    *digits += 1;
                }
                None => self.fail("a chunk size that is no hexadecimal number", fault),
            },
            State::Trailer(length) => *length += 1,
            _ => self.fail("no line end behind a chunk's data", fault),
        }
    }

    fn fail(&mut self, what: &'static str, fault: &mut dyn FnMut(Fault)) {
        self.state = State::Broken;
        fault(Fault::new(Kind::Chunk, what));
    }
}
