//! Packets cut out of a capture file: what the ring is for live traffic, the file itself is for what was read from it.

use std::path::Path;

use crate::fault::CaptureFault;
use crate::file::CaptureFile;

use super::dump::{Dump, Lack, Slice};
use super::flow::{Judge, Wanted};

/// Frames between two looks at the clock.
const BATCH: usize = 16_384;

pub fn cut_file(path: &Path, wanted: &Wanted) -> Result<Slice, CaptureFault> {
    let mut file = CaptureFile::open(path)?;
    let mut dump = Dump::new(wanted.max_bytes);
    let mut judge = Judge::new(wanted);
    while let Some(frames) = file.read(BATCH, i64::MAX) {
        let mut all = (0..frames.len()).filter_map(|at| frames.get(at));
        if !all.all(|frame| !judge.takes(&frame) || dump.add(&frame)) {
            break;
        }
        if !frames.damage.is_empty() {
            dump.lack(Lack::Damaged);
        }
        if wanted.late() && !file.finished() {
            dump.lack(Lack::Time);
            break;
        }
    }
    Ok(dump.finish())
}
