//! The log on a real directory: rotation, trimming, budget, tailing, locks.
mod support;

use std::{fs, path::PathBuf};

use starwatch_log::{frame, Folder, LogError, Options, Reader, Writer, HEADER_BYTES, MAX_META};
use support::Dice;

/// A directory that goes when the test ends.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path =
            std::env::temp_dir().join(format!("starwatch-log-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        Self(path)
    }

    fn writer(&self, options: Options) -> Result<Writer<Folder>, LogError> {
        Writer::open(Folder::make(&self.0)?, options)
    }

    fn reader(&self) -> Reader<Folder> {
        Reader::new(Folder::at(&self.0))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn small() -> Options {
    Options {
        segment_bytes: 10_000,
        max_bytes: 100_000,
        ..Options::default()
    }
}

#[test]
fn a_reader_follows_a_writer_over_rotation_and_trimming() {
    let scratch = Scratch::new("follow");
    let mut reader = scratch.reader();
    assert!(reader
        .read(0, 1000)
        .expect("no log yet reads as empty")
        .is_empty());
    let mut writer = scratch.writer(small()).expect("it opens");
    let mut dice = Dice::new(4);
    let mut next = 0;
    for round in 0..200u64 {
        writer
            .append(round.to_string().as_bytes(), &dice.bytes(1500))
            .expect("it appends");
        for record in reader.read(next, 2000).expect("it reads") {
            assert_eq!(record.index, next);
            assert_eq!(record.meta(), next.to_string().as_bytes());
            next += 1;
        }
        assert_eq!(next, round + 1);
        assert_eq!(reader.end().expect("it reads"), next);
        reader.trim(next.saturating_sub(5)).expect("it trims");
    }
    assert!(reader.first().expect("it lists") > 150);
    assert_eq!(reader.damaged(), 0);
    let metas = reader.metas(198).expect("it reads");
    assert_eq!(metas, [(198, b"198".to_vec()), (199, b"199".to_vec())]);
}

#[test]
fn the_budget_refuses_before_writing_and_a_trim_makes_room() {
    let scratch = Scratch::new("budget");
    let mut writer = scratch.writer(small()).expect("it opens");
    let mut dice = Dice::new(5);
    let fault = loop {
        if let Err(fault) = writer.append(b"{}", &dice.bytes(4000)) {
            break fault;
        }
    };
    assert!(matches!(fault, LogError::Full));
    assert!(writer.bytes().expect("it counts") <= 100_000 + HEADER_BYTES as u64);
    let next = writer.next();
    // All is consumed: the last segment too must be free to go.
    scratch.reader().trim(next).expect("it trims");
    assert_eq!(writer.append(b"{}", b"x").expect("it appends"), next);
    assert!(writer.bytes().expect("it counts") < 10_000);
    let too_large = writer.append_frame(
        b"{}",
        &frame::compress(&dice.bytes(120_000)).expect("it packs"),
    );
    assert!(matches!(too_large, Err(LogError::Refused(_))));
}

#[test]
fn a_second_writer_is_kept_out() {
    let scratch = Scratch::new("lock");
    let first = scratch.writer(small()).expect("it opens");
    assert!(matches!(scratch.writer(small()), Err(LogError::Locked)));
    drop(first);
    assert!(scratch.writer(small()).is_ok());
}

#[test]
fn numbers_never_come_again() {
    let scratch = Scratch::new("numbers");
    let mut writer = scratch.writer(small()).expect("it opens");
    writer.append(b"{}", b"0").expect("it appends");
    drop(writer);
    let mut writer = scratch
        .writer(Options {
            at_least: 40,
            ..small()
        })
        .expect("it opens");
    assert_eq!(writer.append(b"{}", b"40").expect("it appends"), 40);
    drop(writer);
    let writer = scratch
        .writer(Options {
            at_least: 7,
            ..small()
        })
        .expect("it opens");
    assert_eq!(writer.next(), 41);
    let found: Vec<u64> = scratch
        .reader()
        .read(0, 9999)
        .expect("it reads")
        .iter()
        .map(|r| r.index)
        .collect();
    assert_eq!(found, [0, 40]);
}

#[test]
fn only_records_go_in() {
    let scratch = Scratch::new("refused");
    let mut writer = scratch.writer(small()).expect("it opens");
    let good = frame::compress(b"one\ntwo\n").expect("it packs");
    let two = [good.clone(), good.clone()].concat();
    for bad in [&b"no frame"[..], &good[..good.len() - 1], &two, b""] {
        assert!(matches!(
            writer.append_frame(b"{}", bad),
            Err(LogError::Refused(_))
        ));
    }
    let meta = vec![b' '; MAX_META + 1];
    assert!(matches!(
        writer.append(&meta, b"x"),
        Err(LogError::Refused(_))
    ));
    assert_eq!(writer.next(), 0);
    writer.append_frame(b"{}", &good).expect("it appends");
    assert_eq!(frame::lines(&good, 100).expect("it unpacks"), 2);
}

#[test]
fn a_bomb_is_stopped_at_the_limit() {
    let bomb = frame::compress(&vec![0; 32 << 20]).expect("it packs");
    assert!(bomb.len() < 10_000);
    assert!(matches!(
        frame::lines(&bomb, 1 << 20),
        Err(LogError::Payload(_))
    ));
    assert!(matches!(
        frame::decompress(&bomb, 1 << 20),
        Err(LogError::Payload(_))
    ));
    assert_eq!(
        frame::decompress(&bomb, 32 << 20).expect("it fits").len(),
        32 << 20
    );
}
