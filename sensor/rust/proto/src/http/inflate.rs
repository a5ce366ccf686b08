//! The decompressors behind one face: gzip (RFC 1952), zlib and raw deflate (RFC 1950, 1951), Brotli (RFC 7932).

use brotli_decompressor::{
    reader::StandardAlloc, BrotliDecompressStream, BrotliResult, BrotliState,
};
use flate2::{Decompress, FlushDecompress, Status};

/// Bytes a decompressor gives at a time: small enough for the stack and a first-level cache.
pub const STRIDE: usize = 16_384;

/// Largest window of RFC 1951.
const WINDOW_BITS: u8 = 15;

/// What zlib's state and window take (measured).
const DEFLATE_BYTES: usize = 48 * 1024;

/// What Brotli's state takes beside its window (measured).
const BROTLI_BYTES: usize = 64 * 1024;

type Brotli = BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>;

pub enum Inflate {
    Deflate(Decompress),
    Brotli { state: Box<Brotli>, window: usize },
}

/// One step of a decompressor.
pub struct Step {
    pub consumed: usize,
    pub produced: usize,
    pub progress: Progress,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    More,
    /// The compressed stream is over.
    End,
    Corrupt,
}

impl Inflate {
    pub fn gzip() -> Self {
        Inflate::Deflate(Decompress::new_gzip(WINDOW_BITS))
    }

    pub fn deflate(zlib_header: bool) -> Self {
        Inflate::Deflate(Decompress::new(zlib_header))
    }

    /// `first`: the stream's first byte, which says how large its window is.
    pub fn brotli(first: u8) -> Self {
        let [a, b, c] = std::array::from_fn(|_| StandardAlloc::default());
        Inflate::Brotli {
            state: Box::new(BrotliState::new_strict(a, b, c)),
            window: 1 << window_bits(first),
        }
    }

    pub fn held(&self) -> usize {
        match self {
            Inflate::Deflate(_) => DEFLATE_BYTES,
            Inflate::Brotli { window, .. } => BROTLI_BYTES + window,
        }
    }

    pub fn step(&mut self, input: &[u8], output: &mut [u8]) -> Step {
        match self {
            Inflate::Deflate(state) => deflate(state, input, output),
            Inflate::Brotli { state, .. } => brotli(state, input, output),
        }
    }
}

fn deflate(state: &mut Decompress, input: &[u8], output: &mut [u8]) -> Step {
    let (before_in, before_out) = (state.total_in(), state.total_out());
    let status = state.decompress(input, output, FlushDecompress::None);
    Step {
        consumed: (state.total_in() - before_in) as usize,
        produced: (state.total_out() - before_out) as usize,
        progress: match status {
            Ok(Status::Ok | Status::BufError) => Progress::More,
            Ok(Status::StreamEnd) => Progress::End,
            Err(_) => Progress::Corrupt,
        },
    }
}

fn brotli(state: &mut Brotli, input: &[u8], output: &mut [u8]) -> Step {
    let (mut available_in, mut consumed) = (input.len(), 0);
    let (mut available_out, mut produced, mut total) = (output.len(), 0, 0);
    let result = BrotliDecompressStream(
        &mut available_in,
        &mut consumed,
        input,
        &mut available_out,
        &mut produced,
        output,
        &mut total,
        state,
    );
    Step {
        consumed,
        produced,
        progress: match result {
            BrotliResult::NeedsMoreInput | BrotliResult::NeedsMoreOutput => Progress::More,
            BrotliResult::ResultSuccess => Progress::End,
            BrotliResult::ResultFailure => Progress::Corrupt,
        },
    }
}

/// WBITS (RFC 7932 9.1).
fn window_bits(first: u8) -> u32 {
    match (
        first & 1,
        u32::from(first >> 1 & 7),
        u32::from(first >> 4 & 7),
    ) {
        (0, ..) => 16,
        (_, 0, 0) => 17,
        (_, 0, high) => 8 + high,
        (_, low, _) => 17 + low,
    }
}
