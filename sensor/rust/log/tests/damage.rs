//! D.3-7: bit flips cost the record they hit, and no other.
mod support;

use std::collections::BTreeSet;

use starwatch_log::{Options, Reader, Writer, HEADER_BYTES};
use support::{cases, Dice, Simulated};

const RECORDS: u64 = 60;

fn filled(dice: &mut Dice) -> Simulated {
    let disk = Simulated::default();
    let options = Options {
        segment_bytes: 8192,
        max_bytes: 1 << 24,
        ..Options::default()
    };
    let mut writer = Writer::open(disk.clone(), options).expect("it opens");
    for _ in 0..RECORDS {
        let length = 1 + dice.below(1500);
        let payload = dice.bytes(length);
        writer
            .append(b"{\"epoch\":\"e\"}", &payload)
            .expect("it appends");
    }
    writer.sync().expect("it syncs");
    disk
}

fn indexes(reader: &mut Reader<Simulated>) -> BTreeSet<u64> {
    let records = reader.read(0, usize::MAX).expect("it reads");
    records.iter().map(|record| record.index).collect()
}

#[test]
fn d3_7_a_flipped_bit_costs_one_record_and_is_counted() {
    let mut dice = Dice::new(11);
    let disk = filled(&mut dice);
    let names = disk.names();
    for round in 0..cases(2_000, 10_000, 10_000) {
        let name = &names[dice.below(names.len())];
        let length = disk.content(name).len();
        let (at, bit) = (dice.below(length), 1 << dice.below(8));
        disk.damage(name, |content| content[at] ^= bit);

        let mut reader = Reader::new(disk.clone());
        let lost: Vec<u64> = (0..RECORDS)
            .filter(|index| !indexes(&mut reader).contains(index))
            .collect();
        if at < HEADER_BYTES {
            assert!(
                lost.is_empty(),
                "round {round}: the header costs no record, lost {lost:?}"
            );
        } else {
            assert_eq!(lost.len(), 1, "round {round}: byte {at} of {name}");
            // The very last record may as well be one that is being written: cut, not counted.
            let torn = lost[0] == RECORDS - 1;
            assert_eq!(
                reader.damaged(),
                u64::from(!torn),
                "round {round}: byte {at} of {name}"
            );
        }
        disk.damage(name, |content| content[at] ^= bit);
    }
}

/// The writer's recovery meets the same damage: nothing after it is cut, and the numbers go on.
#[test]
fn d3_7_recovery_keeps_what_follows_damage() {
    for seed in 1..=cases(100, 1_000, 1_000) as u64 {
        let mut dice = Dice::new(seed);
        let disk = filled(&mut dice);
        let name = disk.names().pop().expect("a last segment");
        let before = indexes(&mut Reader::new(disk.clone()));
        let at = HEADER_BYTES + dice.below(disk.content(&name).len() - HEADER_BYTES);
        disk.damage(&name, |content| content[at] ^= 0x10);
        let expected = indexes(&mut Reader::new(disk.clone()));
        assert_eq!(before.len() - expected.len(), 1);

        let mut writer = Writer::open(disk.clone(), Options::default()).expect("it opens");
        let torn = !expected.contains(&(RECORDS - 1));
        assert_eq!(writer.next(), RECORDS - u64::from(torn));
        assert_eq!(writer.damaged(), u64::from(!torn));
        let next = writer.append(b"{}", b"on").expect("it appends");
        let after = indexes(&mut Reader::new(disk));
        assert!(after.is_superset(&expected) && after.contains(&next));
    }
}

/// Bytes from the network that look like a record of this log are part of a payload, also after damage before them.
#[test]
fn a_forged_record_inside_a_payload_is_never_delivered() {
    let forger = Simulated::default();
    let salt = || 0x1111_2222_3333_4444;
    let options = |salts| Options {
        salts,
        ..Options::default()
    };
    let mut writer = Writer::open(forger.clone(), options(salt)).expect("it opens");
    let mut dice = Dice::new(2);
    // What does not shrink is stored as it is (RFC 8878, 3.1.1.2.2: a raw block).
    writer
        .append(b"{\"forged\":1}", &dice.bytes(400))
        .expect("it appends");
    let forged = forger.content(&forger.names()[0])[HEADER_BYTES..].to_vec();

    let disk = Simulated::default();
    let mut writer =
        Writer::open(disk.clone(), options(|| 0x5555_6666_7777_8888)).expect("it opens");
    let mut payload = dice.bytes(300);
    payload.extend_from_slice(&forged);
    writer.append(b"{}", &payload).expect("it appends");
    writer.append(b"{}", b"true").expect("it appends");
    writer.sync().expect("it syncs");
    let name = disk.names()[0].clone();
    let stored = disk.content(&name);
    assert!(
        stored.windows(forged.len()).any(|window| window == forged),
        "stored uncompressed"
    );
    disk.damage(&name, |content| content[HEADER_BYTES + 40] ^= 1);
    let mut reader = Reader::new(disk);
    assert_eq!(indexes(&mut reader), BTreeSet::from([1]));
    assert_eq!(reader.damaged(), 1);
}

/// A disk that gives old content for new: the copy is whole, but its number is past.
#[test]
fn a_record_that_lies_twice_is_delivered_once() {
    let disk = filled(&mut Dice::new(3));
    for name in disk.names() {
        let stale = disk.content(&name)[HEADER_BYTES..].to_vec();
        disk.damage(&name, |content| content.extend_from_slice(&stale));
    }
    let records = Reader::new(disk).read(0, usize::MAX).expect("it reads");
    assert!(records.iter().map(|record| record.index).eq(0..RECORDS));
}
