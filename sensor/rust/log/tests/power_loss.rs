//! D.3-1 and D.3-2: kills and power cuts at any moment lose nothing acknowledged and invent nothing.
mod support;

use std::collections::BTreeMap;

use proptest::{prelude::*, test_runner::Config};
use starwatch_log::{LogError, Options, Reader, Writer};
use support::{cases, Dice, Fault, Simulated};

const SEGMENT: u64 = 4096;

#[derive(Clone, Debug)]
enum Step {
    Append(usize),
    Sync,
    Trim(u8),
    Read,
    /// The process dies; the machine lives.
    Kill,
    PowerCut {
        seed: u64,
        sector: usize,
    },
    /// A fault some calls from now, then the process gives up and starts again.
    Break {
        call: u64,
        fault: Fault,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => (1usize..3000).prop_map(Step::Append),
        4 => Just(Step::Sync),
        1 => any::<u8>().prop_map(Step::Trim),
        2 => Just(Step::Read),
        1 => Just(Step::Kill),
        2 => (any::<u64>(), prop_oneof![Just(512), Just(4096)])
            .prop_map(|(seed, sector)| Step::PowerCut { seed, sector }),
        1 => (0u64..12, prop_oneof![Just(Fault::Eio), Just(Fault::Enospc), Just(Fault::Eintr), Just(Fault::Short)])
            .prop_map(|(call, fault)| Step::Break { call, fault }),
    ];
    prop::collection::vec(step, 1..40)
}

/// The log, and what must be true of it.
struct Model {
    disk: Simulated,
    writer: Option<Writer<Simulated>>,
    reader: Reader<Simulated>,
    dice: Dice,
    /// Content of every index as it was last given out.
    given: BTreeMap<u64, Vec<u8>>,
    /// Everything below was acknowledged (synced) ...
    acknowledged: Vec<u64>,
    /// ... and everything below this trimmed on request.
    trimmed: u64,
}

fn options() -> Options {
    Options {
        segment_bytes: SEGMENT,
        max_bytes: 1 << 20,
        ..Options::default()
    }
}

impl Model {
    fn new() -> Self {
        let disk = Simulated::default();
        let writer = Writer::open(disk.clone(), options()).expect("a new log opens");
        Self {
            reader: Reader::new(disk.clone()),
            writer: Some(writer),
            disk,
            dice: Dice::new(7),
            given: BTreeMap::new(),
            acknowledged: Vec::new(),
            trimmed: 0,
        }
    }

    fn run(&mut self, step: &Step) {
        match step {
            Step::Append(length) => self.append(*length),
            Step::Sync => self.sync(),
            Step::Trim(part) => self.trim(*part),
            Step::Read => self.check_reader(),
            Step::Kill => self.restart(),
            Step::PowerCut { seed, sector } => {
                self.writer = None;
                self.disk.lose_power(&mut Dice::new(*seed), *sector);
                self.reader = Reader::new(self.disk.clone());
                self.restart();
            }
            Step::Break { call, fault } => {
                self.disk.fail(*call, *fault, false);
                self.append(900);
                self.sync();
                self.disk.heal();
                self.restart();
            }
        }
    }

    fn append(&mut self, length: usize) {
        let payload = self.dice.bytes(length);
        if let Some(writer) = &mut self.writer {
            let index = writer.next();
            if let Ok(given) = writer.append(b"{}", &payload) {
                assert_eq!(given, index);
            }
            // Also when it failed: the bytes may all have arrived before the fault was told.
            self.given.insert(index, payload);
        }
    }

    fn sync(&mut self) {
        if let Some(writer) = &mut self.writer {
            if writer.sync().is_ok() {
                let next = writer.next();
                self.acknowledged = self
                    .given
                    .keys()
                    .copied()
                    .filter(|&index| index < next)
                    .collect();
            }
        }
    }

    fn trim(&mut self, part: u8) {
        if let Some(writer) = &mut self.writer {
            let index = writer.synced() * u64::from(part) / 256;
            if writer.trim(index).is_ok() {
                self.trimmed = self.trimmed.max(index);
            }
        }
    }

    fn restart(&mut self) {
        self.writer = None;
        let writer =
            Writer::open(self.disk.clone(), options()).expect("it opens without anybody's help");
        // What recovery kept is durable, acknowledged before or not; what it did not find was never promised.
        let found = self.check_content();
        self.given.retain(|index, _| found.contains_key(index));
        self.writer = Some(writer);
    }

    fn check_content(&self) -> BTreeMap<u64, Vec<u8>> {
        let records = Reader::new(self.disk.clone())
            .read(0, usize::MAX)
            .expect("it reads");
        let mut found = BTreeMap::new();
        for record in &records {
            let payload = record.payload(1 << 20).expect("it unpacks");
            assert_eq!(
                Some(&payload),
                self.given.get(&record.index),
                "index {}",
                record.index
            );
            assert!(found.insert(record.index, payload).is_none(), "doubled");
        }
        assert!(records.is_sorted_by_key(|record| record.index));
        for index in self
            .acknowledged
            .iter()
            .filter(|&&index| index >= self.trimmed)
        {
            assert!(found.contains_key(index), "acknowledged {index} is lost");
        }
        found
    }

    /// A reader beside the writer sees only what was given out, in order.
    fn check_reader(&mut self) {
        let from = self.trimmed;
        for record in self.reader.read(from, usize::MAX).expect("it reads") {
            let payload = record.payload(1 << 20).expect("it unpacks");
            assert_eq!(Some(&payload), self.given.get(&record.index));
        }
    }
}

#[test]
fn d3_2_any_sequence_of_work_and_power_cuts_keeps_what_was_acknowledged() {
    let config = Config {
        cases: cases(1_500, 20_000, 100_000) as u32,
        failure_persistence: None,
        ..Config::default()
    };
    proptest!(config, |(steps in steps())| {
        let mut model = Model::new();
        for step in &steps {
            model.run(step);
        }
        model.restart();
    });
}

/// The work whose every call is a possible last one.
fn work(disk: &Simulated, acknowledged: &mut Vec<u64>, dice: &mut Dice) -> Result<(), LogError> {
    let mut writer = Writer::open(disk.clone(), options())?;
    for _ in 0..6 {
        let index = writer.append(b"{}", &dice.bytes(900))?;
        writer.sync()?;
        acknowledged.push(index);
    }
    Ok(())
}

/// D.3-2: each call of opening, appending, syncing and rotating is the last one before the power goes.
#[test]
fn d3_2_every_crash_point_of_an_append_is_survived() {
    let whole = Simulated::default();
    work(&whole, &mut Vec::new(), &mut Dice::new(1)).expect("nothing fails");
    for last in 0..whole.calls() {
        for seed in 0..cases(20, 200, 2_000) as u64 {
            let disk = Simulated::default();
            disk.fail(last, Fault::Eio, true);
            let mut acknowledged = Vec::new();
            let ended = work(&disk, &mut acknowledged, &mut Dice::new(1));
            assert!(ended.is_err(), "call {last} failed and nobody said so");
            disk.lose_power(
                &mut Dice::new(seed + 1),
                if seed % 2 == 0 { 512 } else { 4096 },
            );
            let writer = Writer::open(disk.clone(), options()).expect("it opens");
            let records = Reader::new(disk).read(0, usize::MAX).expect("it reads");
            let found: Vec<u64> = records.iter().map(|record| record.index).collect();
            assert!(
                acknowledged.iter().all(|index| found.contains(index)),
                "call {last}, seed {seed}"
            );
            assert!(found.iter().all(|&index| index < writer.next()));
        }
    }
}

/// D.3-1 for the log alone: killed after any number of calls, the machine lives on.
#[test]
fn d3_1_a_killed_writer_loses_nothing_it_appended() {
    for round in 0..cases(500, 5_000, 10_000) as u64 {
        let disk = Simulated::default();
        let mut dice = Dice::new(round + 1);
        let mut given = Vec::new();
        for _ in 0..3 {
            let mut writer = Writer::open(disk.clone(), options()).expect("it opens");
            for _ in 0..dice.below(8) {
                let length = 1 + dice.below(2000);
                let payload = dice.bytes(length);
                given.push((writer.append(b"{}", &payload).expect("it appends"), payload));
            }
        }
        let records = Reader::new(disk).read(0, usize::MAX).expect("it reads");
        let found: Vec<_> = records
            .iter()
            .map(|record| (record.index, record.payload(1 << 20).expect("it unpacks")))
            .collect();
        assert_eq!(found, given, "round {round}");
    }
}
