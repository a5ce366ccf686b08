//! A packet ring's folder as someone else left it: two bytes say how long its segment is, its index is the rest.
#![no_main]

use std::fs;

use libfuzzer_sys::fuzz_target;
use starwatch_capture::ring::{cut_ring, epochs, FlowWanted, Side, Wanted};

const NAME: &str = "00000000000000000001-0123456789abcdef";
const MOST: usize = 1 << 20;

fn wanted(flows: Vec<FlowWanted>) -> Wanted {
    Wanted {
        epoch: String::new(),
        first_ns: 0,
        last_ns: i64::MAX,
        flows,
        community_id: None,
        side: Side::Both,
        max_bytes: MOST,
        deadline: None,
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some((length, rest)) = bytes.split_first_chunk() else {
        return;
    };
    let length = usize::from(u16::from_be_bytes(*length));
    let (segment, index) = rest.split_at(rest.len().min(length));
    let folder = std::env::temp_dir().join(format!("starwatch-fuzz-ring-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("the temporary folder takes folders");
    fs::write(folder.join(format!("{NAME}.ring")), segment).expect("it takes files");
    fs::write(folder.join(format!("{NAME}.index")), index).expect("it takes files");
    for epoch in epochs(&folder).expect("it can be read") {
        for flows in [Vec::new(), vec![any_host()]] {
            let slice = cut_ring(
                &folder,
                &Wanted {
                    epoch: epoch.clone(),
                    ..wanted(flows)
                },
            );
            assert!(slice.expect("it can be read").pcap.len() <= MOST);
        }
    }
});

/// Every packet of one host: through the index.
fn any_host() -> FlowWanted {
    FlowWanted {
        source: [0; 16],
        destination: None,
        source_port: 0,
        destination_port: 0,
        protocol: 0,
    }
}
