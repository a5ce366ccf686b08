//! A message: whole and byte by byte it says the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use starwatch_proto::mime::{Kind, Part, Parts, Reader};

#[derive(Default, PartialEq, Debug)]
struct Kept {
    fields: Vec<(usize, Vec<u8>, Vec<u8>)>,
    parts: Vec<(Part, Vec<u8>)>,
}

impl Parts for Kept {
    fn field(&mut self, depth: usize, name: &[u8], value: &[u8]) {
        self.fields.push((depth, name.to_vec(), value.to_vec()));
    }
    fn begin(&mut self, part: &Part) {
        self.parts.push((part.clone(), Vec::new()));
    }
    fn bytes(&mut self, bytes: &[u8]) {
        self.parts
            .last_mut()
            .expect("a part began")
            .1
            .extend_from_slice(bytes);
    }
    fn gap(&mut self, _missing: u64) {}
    fn finish(&mut self, _complete: bool) {}
    fn fault(&mut self, _kind: Kind, _detail: &str) {}
}

fn read(bytes: &[u8], size: usize) -> Kept {
    let (mut kept, mut reader) = (Kept::default(), Reader::message());
    bytes
        .chunks(size)
        .for_each(|piece| reader.feed(piece, &mut kept));
    reader.end(true, false, &mut kept);
    kept
}

fuzz_target!(|bytes: &[u8]| assert_eq!(read(bytes, usize::MAX), read(bytes, 1)));
