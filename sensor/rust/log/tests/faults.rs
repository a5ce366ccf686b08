//! D.3-3: a fault at each of the first 1,000 calls of a writer.
mod support;

use starwatch_log::{LogError, Options, Reader, Writer};
use support::{cases, Dice, Fault, Simulated};

fn options() -> Options {
    Options {
        segment_bytes: 8192,
        max_bytes: 1 << 24,
        ..Options::default()
    }
}

/// Writes until told to stop or until the log ends for good; what was acknowledged, and whether a fault was said.
fn write(disk: &Simulated, records: u64, acknowledged: &mut Vec<u64>) -> Result<(), LogError> {
    let mut writer = Writer::open(disk.clone(), options())?;
    let mut dice = Dice::new(3);
    let mut said = None;
    while writer.next() < records {
        match writer
            .append(b"{\"m\":1}", &dice.bytes(500))
            .and_then(|_| writer.sync())
        {
            Ok(()) => *acknowledged = (0..writer.next()).collect(),
            Err(LogError::Full) => said = Some(LogError::Full),
            Err(fault) => {
                for _ in 0..3 {
                    let again = writer.append(b"{}", b"x").and_then(|_| writer.sync());
                    assert!(
                        matches!(again, Err(LogError::Failed(_))),
                        "a failed writer wrote again"
                    );
                }
                return Err(fault);
            }
        }
    }
    said.map_or(Ok(()), Err)
}

fn survives(call: u64, fault: Fault, power: bool) {
    let disk = Simulated::default();
    disk.fail(call, fault, false);
    let mut acknowledged = Vec::new();
    let ended = write(&disk, 500, &mut acknowledged);
    if matches!(fault, Fault::Eintr | Fault::Short) {
        assert!(
            ended.is_ok(),
            "{fault:?} at call {call} is no reason to stop: {ended:?}"
        );
    }
    disk.heal();
    if power {
        disk.lose_power(&mut Dice::new(call + 1), 512);
    }
    let mut writer = Writer::open(disk.clone(), options()).expect("it opens again");
    let records = Reader::new(disk.clone())
        .read(0, usize::MAX)
        .expect("it reads");
    let found: Vec<u64> = records.iter().map(|record| record.index).collect();
    assert!(
        found.starts_with(&acknowledged),
        "{fault:?} at call {call}: acknowledged is lost"
    );
    assert!(
        found.iter().copied().eq(0..writer.next()),
        "{fault:?} at call {call}: a gap or a double"
    );
    let next = writer.append(b"{}", b"after").expect("it goes on");
    writer.sync().expect("it syncs");
    let last = Reader::new(disk).read(next, usize::MAX).expect("it reads");
    assert_eq!(last[0].payload(10).expect("it unpacks"), b"after");
}

#[test]
fn d3_3_a_fault_at_each_of_the_first_thousand_calls_is_told_and_survived() {
    let step = cases(11, 3, 1);
    for call in (0..1000).step_by(step) {
        for fault in [Fault::Eio, Fault::Enospc, Fault::Eintr, Fault::Short] {
            survives(call, fault, false);
            survives(call, fault, true);
        }
    }
}

#[test]
fn d3_3_the_thousand_calls_are_really_made() {
    let disk = Simulated::default();
    write(&disk, 500, &mut Vec::new()).expect("nothing fails");
    assert!(disk.calls() >= 1000, "{} calls", disk.calls());
}

/// Pages that a failed fsync dropped look whole in the cache: reopening must not take them for durable.
#[test]
fn d3_3_what_a_failed_fsync_dropped_is_written_again_before_it_counts() {
    let disk = Simulated::default();
    let mut writer = Writer::open(disk.clone(), options()).expect("it opens");
    writer
        .append(b"{}", b"dropped by the kernel")
        .expect("it appends");
    disk.fail(0, Fault::Eio, false);
    assert!(matches!(writer.sync(), Err(LogError::Failed(_))));
    drop(writer);
    let writer = Writer::open(disk.clone(), options()).expect("it opens again");
    assert_eq!(
        writer.synced(),
        1,
        "recovery found the record and calls it durable"
    );
    drop(writer);
    disk.lose_power(&mut Dice::new(5), 512);
    let records = Reader::new(disk).read(0, usize::MAX).expect("it reads");
    assert_eq!(records.len(), 1, "so it has to be");
}

#[test]
fn a_full_disk_refuses_and_goes_on_when_there_is_room() {
    let disk = Simulated::default();
    let mut writer = Writer::open(disk.clone(), options()).expect("it opens");
    let mut dice = Dice::new(9);
    disk.room(Some(20_000));
    let mut full = 0;
    while full < 5 {
        match writer.append(b"{}", &dice.bytes(700)) {
            Ok(_) => writer.sync().expect("it syncs"),
            Err(LogError::Full) => full += 1,
            Err(other) => panic!("{other}"),
        }
    }
    // What the disk took of the refused records is cut again: it would look like damage for ever.
    let last = disk.names().pop().expect("a last segment");
    assert_eq!(disk.content(&last).len() as u64, writer.end());
    let next = writer.next();
    disk.room(None);
    assert_eq!(
        writer.append(b"{}", b"room again").expect("it appends"),
        next
    );
    writer.sync().expect("it syncs");
    let records = Reader::new(disk).read(0, usize::MAX).expect("it reads");
    assert!(records.iter().map(|record| record.index).eq(0..=next));
}
