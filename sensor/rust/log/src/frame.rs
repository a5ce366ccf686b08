//! zstd frames, made here and checked when they come from outside.
use std::io::Read;

use zstd::zstd_safe;

use crate::error::LogError;

/// Level 1: NDJSON shrinks about tenfold already, and the sensor's cores belong to packets.
const LEVEL: i32 = 1;
/// 64 MiB: the largest window a frame of ours can declare; a hostile one may not make us allocate more.
const WINDOW_LOG_MAX: u32 = 26;
const CHUNK: usize = 64 << 10;

pub fn compress(payload: &[u8]) -> Result<Vec<u8>, LogError> {
    zstd::bulk::compress(payload, LEVEL).map_err(payload_error)
}

/// Whether `frame` is exactly one zstd frame by its block structure (RFC 8878, 3.1.1); its content is not looked at.
pub fn is_one(frame: &[u8]) -> bool {
    const MAGIC: [u8; 4] = 0xFD2F_B528_u32.to_le_bytes();
    frame.starts_with(&MAGIC)
        && zstd_safe::find_frame_compressed_size(frame).is_ok_and(|length| length == frame.len())
}

pub fn decompress(frame: &[u8], limit: usize) -> Result<Vec<u8>, LogError> {
    let mut out = Vec::new();
    bounded(frame, limit, |chunk| out.extend_from_slice(chunk))?;
    Ok(out)
}

/// Counts the lines of the content without ever holding it.
pub fn lines(frame: &[u8], limit: usize) -> Result<usize, LogError> {
    let mut lines = 0;
    bounded(frame, limit, |chunk| {
        lines += chunk.iter().filter(|&&byte| byte == b'\n').count();
    })?;
    Ok(lines)
}

fn bounded(frame: &[u8], limit: usize, mut take: impl FnMut(&[u8])) -> Result<(), LogError> {
    if !is_one(frame) {
        return Err(LogError::Payload("not exactly one zstd frame".into()));
    }
    let mut decoder = zstd::Decoder::with_buffer(frame).map_err(payload_error)?;
    decoder
        .window_log_max(WINDOW_LOG_MAX)
        .map_err(payload_error)?;
    let mut chunk = vec![0; CHUNK];
    let mut total = 0;
    loop {
        let got = decoder.read(&mut chunk).map_err(payload_error)?;
        if got == 0 {
            return Ok(());
        }
        total += got;
        if total > limit {
            return Err(LogError::Payload(format!("longer than {limit} bytes")));
        }
        take(&chunk[..got]);
    }
}

fn payload_error(fault: std::io::Error) -> LogError {
    LogError::Payload(fault.to_string())
}
