//! The segment files of a directory, in order.
use crate::{
    disk::{self, Disk, DiskFile},
    error::LogError,
    format::Segment,
};

/// Oldest first. Names that are not segments are none of ours.
pub(crate) fn list<D: Disk>(disk: &D) -> Result<Vec<Segment>, LogError> {
    let mut segments: Vec<Segment> = disk
        .list()?
        .iter()
        .filter_map(|name| Segment::parse(name))
        .collect();
    segments.sort_unstable();
    Ok(segments)
}

/// The segments that hold nothing from `index` on. The last one always stays: it says what comes next.
pub(crate) fn below(segments: &[Segment], index: u64) -> &[Segment] {
    let count = segments
        .windows(2)
        .take_while(|pair| pair[1].first <= index)
        .count();
    &segments[..count]
}

/// Deletes the segments wholly below `index`. One that is gone already was deleted by the other side of the log.
pub(crate) fn trim<D: Disk>(disk: &D, index: u64) -> Result<(), LogError> {
    let segments = list(disk)?;
    let old = below(&segments, index);
    for segment in old {
        remove(disk, &segment.name())?;
    }
    if !old.is_empty() {
        disk::sync_names(disk)?;
    }
    Ok(())
}

pub(crate) fn remove<D: Disk>(disk: &D, name: &str) -> Result<(), LogError> {
    match disk.remove(name) {
        Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => Ok(()),
        other => Ok(other?),
    }
}

/// Bytes of all segments. One deleted while we count has none.
pub(crate) fn bytes<D: Disk>(disk: &D, segments: &[Segment]) -> Result<u64, LogError> {
    let mut total = 0;
    for segment in segments {
        total += match disk.open(&segment.name(), false) {
            Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => 0,
            other => other?.length()?,
        };
    }
    Ok(total)
}
