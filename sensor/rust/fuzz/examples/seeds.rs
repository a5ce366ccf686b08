//! Seeds for the fuzz targets from real captures: `cargo run --example seeds -- CAPTURES… CORPUS_FOLDER`.
//!
//! Frames go to `wire`, whole captures to `capture`, the streams of known ports to their protocols as turns.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use starwatch_capture::CaptureFile;
use starwatch_sensor_fuzz::TURN;
use starwatch_stream::application::Side;
use starwatch_wire::frames::Frame;
use starwatch_wire::layer::Layers;
use starwatch_wire::packet::{parse, Content};
use starwatch_wire::transport::{self, TCP, UDP};

/// Small seeds make a fuzzer quick.
const MOST: usize = 16 << 10;
const FRAMES: usize = 200;
/// Server ports and the target that reads them.
const PORTS: [(u16, &str); 11] = [
    (80, "http"),
    (8080, "http"),
    (443, "tls"),
    (1080, "socks"),
    (25, "smtp"),
    (587, "smtp"),
    (21, "ftp"),
    (53, "dns"),
    (465, "tls"),
    (993, "tls"),
    (8443, "tls"),
];

#[derive(Default)]
struct Seeds {
    /// By client and server port.
    streams: HashMap<(u16, u16), Vec<u8>>,
    datagrams: Vec<Vec<u8>>,
    frames: Vec<Vec<u8>>,
}

fn target(port: u16) -> Option<&'static str> {
    PORTS.iter().find(|each| each.0 == port).map(|each| each.1)
}

impl Seeds {
    fn frame(&mut self, frame: &Frame<'_>) {
        if frame.link == 1 && self.frames.len() < 4 {
            self.frames.push([&[0], frame.bytes].concat());
        }
        if let Content::Ip(packet) = parse(frame, 1, &mut Layers::default()) {
            let transport = transport::parse(&packet.ip, packet.ip.payload, packet.ip.announced);
            let Some(ports) = transport.ports.filter(|_| !transport.payload.is_empty()) else {
                return;
            };
            match packet.ip.protocol {
                TCP => self.segment(ports.source, ports.destination, transport.payload),
                UDP if ports.source == 53 || ports.destination == 53 => {
                    self.datagrams.push([&[0], transport.payload].concat());
                }
                _ => {}
            }
        }
    }

    fn segment(&mut self, source: u16, destination: u16, payload: &[u8]) {
        let (key, side) = match target(destination) {
            Some(_) => ((source, destination), Side::Client),
            None => ((destination, source), Side::Server),
        };
        let turns = self.streams.entry(key).or_default();
        for said in payload.chunks(TURN) {
            turns.push((said.len() as u8) << 1 | side as u8);
            turns.extend(said);
        }
    }

    fn write(self, number: usize, folder: &Path) -> std::io::Result<()> {
        for ((client, server), mut turns) in self.streams {
            let Some(target) = target(server) else {
                continue;
            };
            if target == "dns" {
                turns.insert(0, 1);
            }
            turns.truncate(MOST);
            save(
                folder,
                target,
                &format!("{number}-{client}-{server}"),
                &turns,
            )?;
        }
        for (kind, all) in [("dns", self.datagrams), ("wire", self.frames)] {
            for (at, bytes) in all.iter().enumerate() {
                save(folder, kind, &format!("{number}-{at}"), bytes)?;
            }
        }
        Ok(())
    }
}

fn save(folder: &Path, target: &str, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    let folder = folder.join(target);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(name), bytes)
}

fn main() -> std::io::Result<()> {
    let mut paths: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let folder = paths
        .pop()
        .expect("captures, then the folder for the seeds");
    for (number, path) in paths.iter().enumerate() {
        let bytes = fs::read(path)?;
        if bytes.len() <= MOST {
            save(&folder, "capture", &number.to_string(), &bytes)?;
        }
        let Ok(mut file) = CaptureFile::open(path) else {
            continue;
        };
        let Some(frames) = file.read(FRAMES, i64::MAX) else {
            continue;
        };
        let mut seeds = Seeds::default();
        (0..frames.len())
            .filter_map(|at| frames.get(at))
            .for_each(|frame| seeds.frame(&frame));
        seeds.write(number, &folder)?;
    }
    Ok(())
}
