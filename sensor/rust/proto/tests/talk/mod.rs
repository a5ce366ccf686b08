//! A conversation of a text protocol, told as turns, fed whole or in pieces.

#![allow(dead_code)] // each test file uses its part

use serde_json::Value;
use starwatch_proto::PROTOCOLS;
use starwatch_stream::application::{Protocol, Recognition, Side};

use crate::common::{piece, File, Kept};

/// Who says what; `Gap` bytes of a side were never seen.
#[derive(Clone, Debug)]
pub enum Turn {
    Client(Vec<u8>),
    Server(Vec<u8>),
    Gap(Side, u64),
}

pub fn client(text: impl AsRef<[u8]>) -> Turn {
    Turn::Client(text.as_ref().to_vec())
}

pub fn server(text: impl AsRef<[u8]>) -> Turn {
    Turn::Server(text.as_ref().to_vec())
}

pub fn protocol(name: &str) -> &'static Protocol {
    PROTOCOLS.iter().find(|each| each.name == name).unwrap()
}

pub fn recognise(name: &str, side: Side, bytes: &[u8]) -> Recognition {
    protocol(name).stream.unwrap()(&piece(side, bytes))
}

/// Feeds the turns in pieces of at most `size` bytes, and ends the flow.
pub fn hear(name: &str, turns: &[Turn], size: usize) -> Kept {
    let mut kept = Kept::default();
    let mut parser = (protocol(name).stream_parser)();
    for turn in turns {
        let (side, bytes) = match turn {
            Turn::Client(bytes) => (Side::Client, bytes),
            Turn::Server(bytes) => (Side::Server, bytes),
            Turn::Gap(side, missing) => {
                parser.gap(*side, *missing);
                continue;
            }
        };
        for chunk in bytes.chunks(size.max(1)) {
            parser.data(&piece(side, chunk), &mut kept);
        }
    }
    parser.end(&piece(Side::Client, b""), &mut kept);
    kept
}

pub fn whole(name: &str, turns: &[Turn]) -> Kept {
    hear(name, turns, usize::MAX)
}

pub fn events(kept: &Kept) -> Vec<Value> {
    let all = kept.events.iter();
    all.map(|event| serde_json::from_str(&event.json).unwrap())
        .collect()
}

/// Kinds of malformation, each once.
pub fn kinds(kept: &Kept) -> Vec<&'static str> {
    let mut kinds = kept.kinds();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

pub fn file<'a>(kept: &'a Kept, name: &str) -> &'a File {
    let found = kept.files.iter().find(|file| file.name == name);
    found.unwrap_or_else(|| panic!("no {name} among {:?}", kept.files))
}
