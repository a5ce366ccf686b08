//! Real conversations to begin with, one or more for every parser.

use std::path::{Path, PathBuf};

use starwatch_capture::CaptureFile;

/// Frames taken of a capture: the beginning of its conversations, where parsers have most to decide.
const FRAMES: usize = 120;

/// Name, capture of the corpus, and what its events must hold untampered.
pub const SEEDS: &[(&str, &str, &str)] = &[
    ("dns", "arkime/pcap/dns-wiresharkrepo.pcap", "starwatch.dns"),
    (
        "dns over tcp",
        "nDPI/pcap/dns_ambiguous_names.pcap",
        "starwatch.dns",
    ),
    ("http", "ja4/pcap/http1.pcapng", "starwatch.http"),
    (
        "http attacks",
        "nDPI/pcap/WebattackRCE.pcap",
        "starwatch.http",
    ),
    (
        "http files",
        "PcapPlusPlus/pcap/Pcap++Test/PcapExamples/650HttpResponses.pcap",
        "starwatch.file",
    ),
    (
        "http coded twice",
        "zeek/pcap/http/http-inner-transfer-encoding-ossfuzz.pcap",
        "starwatch.http",
    ),
    ("http dav", "nDPI/pcap/webdav.pcap", "starwatch.http"),
    (
        "http connect",
        "suricata-verify/pcap/http-connect/http-connect-fragmented/input.pcap",
        "starwatch.http",
    ),
    ("tls", "ja4/pcap/tls-handshake.pcapng", "starwatch.tls"),
    ("tls names", "ja4/pcap/tls-sni.pcapng", "starwatch.tls"),
    (
        "tls corners",
        "mercury/pcap/test/afl_data/corner-cases.pcap",
        "starwatch.tls",
    ),
    (
        "socks",
        "mercury/pcap/unit_tests/pcaps/socks4_5.pcap",
        "starwatch.socks",
    ),
    (
        "socks and tls",
        "ja4/pcap/socks-https-example.pcap",
        "starwatch.socks",
    ),
    ("smtp", "arkime/pcap/smtp-decrypted.pcap", "starwatch.smtp"),
    (
        "smtp in blocks",
        "suricata-verify/pcap/smtp-bdat-pipelined-next-mail/input.pcap",
        "starwatch.smtp",
    ),
    (
        "mime",
        "suricata-verify/pcap/mime/mime-dec-parse-full-msg-test01/input.pcap",
        "starwatch.smtp",
    ),
    (
        "mime odd",
        "suricata-verify/pcap/mime/mime-dec-parse-odd-len/input.pcap",
        "starwatch.smtp",
    ),
    (
        "ftp",
        "suricata-verify/pcap/ftp-epsv/input.pcap",
        "starwatch.ftp",
    ),
    (
        "ftp data",
        "suricata-verify/pcap/ftp/ftp-download-active/input.pcap",
        "starwatch.file",
    ),
    (
        "ftp listings",
        "zeek/pcap/ftp/cwd-navigation.pcap",
        "starwatch.ftp",
    ),
    ("gre", "ja4/pcap/gre-sample.pcap", "\"gre\""),
    (
        "erspan",
        "suricata-verify/pcap/bug-5437-02/input.pcap",
        "\"erspan\"",
    ),
    ("nvgre", "zeek/pcap/erspan.pcap", "\"nvgre\""),
    (
        "vxlan",
        "suricata-verify/pcap/vxlan-decoder-03/vxlan.pcap",
        "\"vxlan\"",
    ),
    (
        "vxlan thrice",
        "zeek/pcap/tunnels/vxlan-triple-v2.pcap",
        "\"vxlan_gpe\"",
    ),
    (
        "geneve",
        "suricata-verify/pcap/bug-6402-01/input.pcap",
        "\"geneve\"",
    ),
    ("gtp", "arkime/pcap/gtp-iphone.pcap", "\"gtp\""),
    (
        "teredo in gtp",
        "zeek/pcap/tunnels/gtp/gtp8_teredo.pcap",
        "\"teredo\"",
    ),
    ("6in4", "nDPI/pcap/6in4tunnel.pcap", "\"6in4\""),
    (
        "ip in gre in ppp",
        "arkime/pcap/6-4-gre-ppp-udp-4-dns.pcap",
        "\"pptp\"",
    ),
    ("mpls", "tcpdump/pcap/mpls-traceroute.pcap", "\"mpls\""),
    ("pppoe", "zeek/pcap/pppoe-over-qinq.pcap", "\"pppoe\""),
    ("nsh", "tcpdump/pcap/nsh-over-vxlan-gpe.pcap", "\"nsh\""),
    (
        "l2tp",
        "tcpdump/pcap/l2tp-avp-overflow.pcap",
        "starwatch.flow",
    ),
    ("sctp", "community-id-spec/pcap/pcaps/sctp.pcap", "\"sctp\""),
    (
        "fragments",
        "suricata-verify/pcap/output-eve-anomaly-packethdr/anomaly.pcap",
        "starwatch.anomaly",
    ),
    (
        "many protocols",
        "nDPI/pcap/ossfuzz_seed_fake_traces_1.pcapng",
        "starwatch.anomaly",
    ),
];

/// One frame as it was captured.
#[derive(Clone)]
pub struct Captured {
    pub time_ns: i64,
    pub link: u32,
    pub length: u32,
    pub bytes: Vec<u8>,
}

/// The corpus's captures: `$STARWATCH_CORPUS`, else beside the repository. None where it is absent, except in CI.
pub fn corpus() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/corpus");
    let root = std::env::var_os("STARWATCH_CORPUS").map_or_else(beside, PathBuf::from);
    let pcap = root.join("pcap");
    let there = pcap.is_dir();
    assert!(
        there || std::env::var_os("CI").is_none(),
        "the corpus is missing: {}",
        root.display()
    );
    if !there {
        println!("skipped: the shared corpus is not at {}", root.display());
    }
    there.then_some(pcap)
}

/// The first frames of a capture.
pub fn read(path: &Path) -> Vec<Captured> {
    let mut file =
        CaptureFile::open(path).unwrap_or_else(|fault| panic!("{}: {fault:?}", path.display()));
    let frames = file.read(FRAMES, i64::MAX).expect("it holds frames");
    (0..frames.len())
        .filter_map(|at| frames.get(at))
        .map(|frame| Captured {
            time_ns: frame.time_ns,
            link: frame.link,
            length: frame.length,
            bytes: frame.bytes.to_vec(),
        })
        .collect()
}
