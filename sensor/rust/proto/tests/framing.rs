//! Messages of a TCP stream, whole, cut and lost.

mod common;

use common::*;

fn answers(count: u8) -> Vec<Vec<u8>> {
    (0..count)
        .map(|index| {
            answer(
                &format!("n{index}.example"),
                &[record(1, 1, 9, &[192, 0, 2, index])],
            )
        })
        .collect()
}

fn addresses(kept: &Kept) -> Vec<&str> {
    kept.events
        .iter()
        .flat_map(|event| &event.addresses)
        .map(String::as_str)
        .collect()
}

#[test]
fn several_messages_in_one_segment() {
    let bytes: Vec<u8> = answers(3)
        .iter()
        .flat_map(|message| framed(message))
        .collect();
    let kept = stream(&[Ok(&bytes)]);
    assert_eq!(addresses(&kept), ["192.0.2.0", "192.0.2.1", "192.0.2.2"]);
}

#[test]
fn the_split_does_not_matter() {
    let bytes: Vec<u8> = answers(3)
        .iter()
        .flat_map(|message| framed(message))
        .collect();
    let whole = stream(&[Ok(&bytes)]);
    for first in 0..bytes.len() {
        for second in [first, first + 1, first + 2, bytes.len()] {
            let second = second.min(bytes.len());
            let (a, b, c) = (&bytes[..first], &bytes[first..second], &bytes[second..]);
            assert_eq!(stream(&[Ok(a), Ok(b), Ok(c)]), whole, "{first} {second}");
        }
    }
    let single: Vec<_> = bytes.chunks(1).map(Ok).collect();
    assert_eq!(stream(&single), whole);
}

#[test]
fn the_directions_do_not_mix() {
    use starwatch_stream::application::Side;
    let question = framed(&query("a.example"));
    let answer = framed(&answers(1)[0]);
    let mut kept = Kept::default();
    let mut parser = (dns().stream_parser)();
    parser.data(&piece(Side::Client, &question[..9]), &mut kept);
    parser.data(&piece(Side::Server, &answer), &mut kept);
    assert!(parser.held() > 0);
    parser.data(&piece(Side::Client, &question[9..]), &mut kept);
    let sides: Vec<_> = kept.events.iter().map(|event| event.side).collect();
    assert_eq!(sides, [Side::Server, Side::Client]);
    assert!(kept.anomalies.is_empty());
    assert_eq!(parser.held(), 0);
}

#[test]
fn a_gap_inside_a_message_costs_that_message_only() {
    let [first, second, third] = <[_; 3]>::try_from(answers(3))
        .unwrap()
        .map(|message| framed(&message));
    let second_start = &second[..second.len() - 10];
    for seen_after in [0, 4] {
        let rest = [&second[second.len() - seen_after..], &third].concat();
        let kept = stream(&[
            Ok(&first),
            Ok(second_start),
            Err(10 - seen_after as u64),
            Ok(&rest),
        ]);
        assert_eq!(addresses(&kept), ["192.0.2.0", "192.0.2.2"]);
        assert_eq!(kept.events.len(), 3, "the cut one says what it could");
        assert_eq!(kept.kinds(), ["dns_malformed"]);
    }
}

#[test]
fn two_gaps_in_one_message() {
    let [first, second] = <[_; 2]>::try_from(answers(2))
        .unwrap()
        .map(|message| framed(&message));
    let from = first.len() - 20;
    let kept = stream(&[
        Ok(&first[..from]),
        Err(5),
        Ok(&first[from + 5..from + 8]),
        Err(2),
        Ok(&first[from + 10..]),
        Ok(&second),
    ]);
    assert_eq!(kept.events.len(), 2);
    assert_eq!(addresses(&kept), ["192.0.2.1"]);
}

#[test]
fn after_a_gap_past_the_message_the_next_good_one_is_found() {
    let [first, second, third] = <[_; 3]>::try_from(answers(3))
        .unwrap()
        .map(|message| framed(&message));
    let gap = second.len() as u64 + 4;
    let kept = stream(&[
        Ok(&first),
        Ok(&second[..8]),
        Err(gap),
        Ok(&third[12..]),
        Ok(&second),
        Ok(&third),
    ]);
    assert_eq!(addresses(&kept), ["192.0.2.0", "192.0.2.1", "192.0.2.2"]);
    assert!(kept.anomalies.is_empty());
}

#[test]
fn an_impossible_length_loses_the_place_until_a_good_message() {
    let message = framed(&answers(1)[0]);
    let kept = stream(&[Ok(b"\x00\x03abc\x00\x00\x00"), Ok(b"garbage"), Ok(&message)]);
    assert_eq!(kept.kinds(), ["dns_malformed"]);
    assert_eq!(addresses(&kept), ["192.0.2.0"]);
}

#[test]
fn the_largest_message_is_held_and_no_more() {
    let head = answer("a.example", &[record(61, 1, 9, &[1; 65_470])]);
    let bytes = framed(&head);
    let mut kept = Kept::default();
    let mut parser = (dns().stream_parser)();
    for chunk in bytes.chunks(1460) {
        parser.data(
            &piece(starwatch_stream::application::Side::Server, chunk),
            &mut kept,
        );
        assert!(parser.held() <= 2 * 65_537);
    }
    assert_eq!(
        (kept.events.len(), kept.anomalies.len(), parser.held()),
        (1, 0, 0)
    );
}
