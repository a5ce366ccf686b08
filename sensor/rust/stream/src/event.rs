//! Events as JSON (sensor/events/catalogue.toml). A line is `{"event":{"id":"…"` and the body written here.

use starwatch_wire::community;
use starwatch_wire::frames::Interface;
use starwatch_wire::ip::{Address, Version};
use starwatch_wire::layer::Tunnel;
use starwatch_wire::transport::{flag, ICMP, ICMPV6, TCP};

use crate::application::{Header, Piece, Side};
use crate::flow::{Core, Reason};
use crate::json::Json;
use crate::platform::Platforms;
use crate::text;
use crate::tunnel::Tunnels;

/// Community ID's seed: 0 unless a site agrees on another (the specification's default).
pub const SEED: u16 = 0;
const UNASSIGNED: &str = "unassigned";

/// What every event of one decoder has in common.
pub struct Voice<'a> {
    pub sensor: &'a str,
    /// Name for frames whose interface has none.
    pub interface: &'a str,
    pub interfaces: &'a [Interface],
    pub platforms: &'a Platforms,
}

/// An anomaly in words.
pub struct Anomaly<'a> {
    pub kind: &'static str,
    pub layer: &'static str,
    pub detail: &'a str,
    pub packet: u64,
    pub time_ns: i64,
    pub count: u64,
}

/// An event that no packet caused: what the sensor says of itself.
pub struct Note<'a> {
    pub time_ns: i64,
    /// event.kind: metric, event.
    pub kind: &'a str,
    pub dataset: &'a str,
    pub types: &'a [&'a str],
    pub interface: Option<&'a str>,
    /// Members of the document besides the frame of every event, as JSON without its braces.
    pub body: &'a [u8],
}

/// What a parser says, and when.
#[derive(Clone, Copy)]
pub struct Saying<'a> {
    pub piece: &'a Piece<'a>,
    pub header: &'a Header<'a>,
    /// For `related.hash`.
    pub hashes: &'a [String],
}

/// What people search events by, besides the flow's own addresses.
#[derive(Clone, Copy, Default)]
struct Related<'a> {
    addresses: &'a [&'a str],
    hosts: &'a [&'a [u8]],
    hashes: &'a [String],
}

/// Whom an event is about.
#[derive(Clone, Copy)]
pub enum About<'a> {
    Flow(&'a Core, Option<&'static str>),
    /// A packet that belongs to no flow.
    Pair(Version, &'a Address, &'a Address, Option<&'a Tunnels>),
    Nobody,
}

impl Voice<'_> {
    /// A flow's record.
    pub fn flow(
        &self,
        out: &mut Vec<u8>,
        core: &Core,
        protocol: Option<&'static str>,
        reason: Reason,
    ) {
        let mut json = Json::resume(out);
        head(&mut json, "flow", &["network"], &["connection", "end"]);
        span(&mut json, core);
        json.member("reason", reason.name());
        json.end_object();
        self.common(
            &mut json,
            core.last_ns,
            core.interface,
            About::Flow(core, protocol),
        );
        for side in [Side::Client, Side::Server] {
            json.key(["source", "destination"][side as usize])
                .object(|json| {
                    end(json, core, side);
                    json.key("packets")
                        .integer(core.ends[side as usize].packets);
                    json.key("bytes").integer(core.ends[side as usize].bytes);
                });
        }
        tunnels(&mut json, About::Flow(core, protocol));
        json.key("network").object(|json| {
            network(json, core, protocol);
            json.key("packets")
                .integer(core.ends[0].packets + core.ends[1].packets);
            json.key("bytes")
                .integer(core.ends[0].bytes + core.ends[1].bytes);
        });
        if core.protocol() == TCP {
            json.key("tcp").object(|json| connection(json, core));
        }
        if let Some((kind, code)) = core.icmp {
            json.key("icmp").object(|json| {
                json.key("type").integer(kind);
                json.key("code").integer(code);
            });
        }
        if core.seen.count > 0 {
            json.key("flow").object(|json| {
                json.key("anomalies").integer(core.seen.count);
            });
        }
        related(&mut json, About::Flow(core, protocol), &Related::default());
        json.end_line();
    }

    /// A parser's event: its header, the flow's frame, its own members.
    pub fn application(
        &self,
        out: &mut Vec<u8>,
        core: &Core,
        protocol: Option<&'static str>,
        saying: &Saying<'_>,
        body: &mut dyn FnMut(&mut Json<'_>),
    ) {
        let Saying {
            piece,
            header,
            hashes,
        } = *saying;
        let about = About::Flow(core, protocol);
        let mut json = Json::resume(out);
        head(&mut json, header.dataset, header.categories, header.types);
        if let Some(outcome) = header.outcome {
            json.member("outcome", outcome);
        }
        json.end_object();
        self.common(&mut json, piece.time_ns, core.interface, about);
        ends(&mut json, about, header.domain);
        tunnels(&mut json, about);
        json.key("network")
            .object(|json| network(json, core, protocol));
        body(&mut json);
        let known = Related {
            addresses: header.addresses,
            hosts: header.hosts,
            hashes,
        };
        related(&mut json, about, &known);
        json.end_line();
    }

    /// A malformation.
    pub fn anomaly(
        &self,
        out: &mut Vec<u8>,
        about: About<'_>,
        interface: u16,
        anomaly: &Anomaly<'_>,
    ) {
        let mut json = Json::resume(out);
        head(&mut json, "anomaly", &["network"], &["info"]);
        json.end_object();
        self.common(&mut json, anomaly.time_ns, interface, about);
        ends(&mut json, about, None);
        tunnels(&mut json, about);
        match about {
            About::Flow(core, protocol) => json
                .key("network")
                .object(|json| network(json, core, protocol)),
            About::Pair(version, ..) => json
                .key("network")
                .object(|json| json.member("type", family(version))),
            About::Nobody => {}
        }
        json.key("anomaly").object(|json| {
            json.member("kind", anomaly.kind);
            json.member("layer", anomaly.layer);
            json.key("count").integer(anomaly.count);
            json.member("detail", anomaly.detail);
            json.key("packet").integer(anomaly.packet);
        });
        related(&mut json, about, &Related::default());
        json.end_line();
    }

    /// What the sensor says of itself.
    pub fn note(&self, out: &mut Vec<u8>, interface: u16, note: &Note<'_>) {
        let mut json = Json::resume(out);
        head_of(&mut json, note.kind, note.dataset, &["network"], note.types);
        json.end_object();
        self.common(&mut json, note.time_ns, interface, About::Nobody);
        json.raw(note.body);
        json.end_line();
    }

    fn common(&self, json: &mut Json<'_>, time_ns: i64, interface: u16, about: About<'_>) {
        json.key("@timestamp").plain(|out| text::time(out, time_ns));
        json.key("starwatch")
            .object(|json| json.key("time_ns").integer(time_ns));
        json.key("observer").object(|json| {
            json.member("id", self.sensor);
            let named = self
                .interfaces
                .get(usize::from(interface))
                .and_then(|interface| interface.name.as_deref());
            let name = named.unwrap_or(self.interface);
            if !name.is_empty() {
                json.key("ingress").object(|json| {
                    json.key("interface")
                        .object(|json| json.member("name", name))
                });
            }
        });
        json.key("platform")
            .object(|json| json.key("id").array(|json| self.platforms_of(json, about)));
    }

    fn platforms_of(&self, json: &mut Json<'_>, about: About<'_>) {
        let found = about
            .addresses()
            .map(|address| address.and_then(|address| self.platforms.find(address)));
        match found {
            [None, None] => json.string(UNASSIGNED.as_bytes()),
            [Some(one), None] | [None, Some(one)] => json.string(one.as_bytes()),
            [Some(one), Some(other)] => {
                json.string(one.as_bytes());
                if one != other {
                    json.string(other.as_bytes());
                }
            }
        }
    }
}

impl About<'_> {
    fn addresses(&self) -> [Option<&Address>; 2] {
        match self {
            About::Flow(core, _) => [
                Some(core.address(Side::Client)),
                Some(core.address(Side::Server)),
            ],
            About::Pair(_, source, destination, _) => [Some(source), Some(destination)],
            About::Nobody => [None, None],
        }
    }

    fn tunnels(&self) -> Option<&Tunnels> {
        match self {
            About::Flow(core, _) => core.tunnels.as_deref(),
            About::Pair(.., tunnels) => *tunnels,
            About::Nobody => None,
        }
    }

    fn version(&self) -> Version {
        match self {
            About::Flow(core, _) => core.version(),
            About::Pair(version, ..) => *version,
            About::Nobody => Version::V4,
        }
    }
}

/// Opens what follows the id inside `event`; the caller closes it.
fn head(json: &mut Json<'_>, dataset: &str, categories: &[&str], types: &[&str]) {
    head_of(json, "event", dataset, categories, types);
}

fn head_of(json: &mut Json<'_>, kind: &str, dataset: &str, categories: &[&str], types: &[&str]) {
    json.member("kind", kind);
    json.key("category").array(|json| {
        categories
            .iter()
            .for_each(|name| json.string(name.as_bytes()))
    });
    json.key("type")
        .array(|json| types.iter().for_each(|name| json.string(name.as_bytes())));
    json.key("dataset").plain(|out| {
        out.extend_from_slice(b"starwatch.");
        out.extend_from_slice(dataset.as_bytes());
    });
}

fn span(json: &mut Json<'_>, core: &Core) {
    json.key("start")
        .plain(|out| text::time(out, core.first_ns));
    json.key("end").plain(|out| text::time(out, core.last_ns));
    json.key("duration")
        .integer(core.last_ns.saturating_sub(core.first_ns));
}

/// `domain`: the name the client asked the server by.
fn ends(json: &mut Json<'_>, about: About<'_>, domain: Option<&[u8]>) {
    match about {
        About::Flow(core, _) => {
            json.key("source")
                .object(|json| end(json, core, Side::Client));
            json.key("destination").object(|json| {
                end(json, core, Side::Server);
                if let Some(domain) = domain {
                    json.key("domain").string(domain);
                }
            });
        }
        About::Pair(version, source, destination, _) => {
            for (name, address) in [("source", source), ("destination", destination)] {
                json.key(name).object(|json| {
                    json.key("ip")
                        .plain(|out| text::address(out, version, address))
                });
            }
        }
        About::Nobody => {}
    }
}

fn tunnels(json: &mut Json<'_>, about: About<'_>) {
    if let Some(tunnels) = about.tunnels() {
        tunnels.write(json);
    }
}

fn end(json: &mut Json<'_>, core: &Core, side: Side) {
    json.key("ip")
        .plain(|out| text::address(out, core.version(), core.address(side)));
    if let Some(ports) = core
        .ports()
        .filter(|_| !matches!(core.protocol(), ICMP | ICMPV6))
    {
        let port = if side == Side::Client {
            ports.source
        } else {
            ports.destination
        };
        json.key("port").integer(port);
    }
    if let Some(mac) = core.ends[side as usize].mac() {
        json.key("mac").plain(|out| text::mac(out, mac));
    }
}

fn family(version: Version) -> &'static str {
    match version {
        Version::V4 => "ipv4",
        Version::V6 => "ipv6",
    }
}

fn network(json: &mut Json<'_>, core: &Core, protocol: Option<&'static str>) {
    json.member("type", family(core.version()));
    json.key("transport")
        .plain(|out| transport(out, core.protocol()));
    json.key("iana_number")
        .plain(|out| text::unsigned(out, u64::from(core.protocol())));
    if let Some(protocol) = protocol.or(core.carries.map(Tunnel::name)) {
        json.member("protocol", protocol);
    }
    let (client, server) = (core.address(Side::Client), core.address(Side::Server));
    let id = community::id(
        SEED,
        core.version(),
        client,
        server,
        core.protocol(),
        core.ports(),
    );
    json.key("community_id")
        .plain(|out| out.extend_from_slice(&id));
    for (name, id) in ["vlan", "outer_vlan"].into_iter().zip(core.vlans()) {
        if let Some(id) = id {
            json.key(name).object(|json| {
                json.key("id")
                    .plain(|out| text::unsigned(out, u64::from(id)))
            });
        }
    }
}

/// IANA keyword in lower case, else the number.
fn transport(out: &mut Vec<u8>, protocol: u8) {
    let name = match protocol {
        0 => "hopopt",
        1 => "icmp",
        2 => "igmp",
        4 => "ipv4",
        6 => "tcp",
        8 => "egp",
        17 => "udp",
        33 => "dccp",
        41 => "ipv6",
        46 => "rsvp",
        47 => "gre",
        50 => "esp",
        51 => "ah",
        58 => "ipv6-icmp",
        59 => "ipv6-nonxt",
        88 => "eigrp",
        89 => "ospfigp",
        94 => "ipip",
        97 => "etherip",
        103 => "pim",
        108 => "ipcomp",
        112 => "vrrp",
        115 => "l2tp",
        132 => "sctp",
        136 => "udplite",
        137 => "mpls-in-ip",
        number => return text::unsigned(out, u64::from(number)),
    };
    out.extend_from_slice(name.as_bytes());
}

fn connection(json: &mut Json<'_>, core: &Core) {
    json.member("state", core.state.name());
    for (side, name) in ["source_flags", "destination_flags"]
        .into_iter()
        .enumerate()
    {
        if core.ends[side].packets > 0 {
            json.key(name)
                .array(|json| flags(json, core.ends[side].flags));
        }
    }
    if core.missing > 0 {
        json.key("missing_bytes").integer(core.missing);
    }
}

fn flags(json: &mut Json<'_>, flags: u8) {
    if flags == 0 {
        json.string(b"none");
    }
    for (bit, name) in flag::NAMES.into_iter().enumerate() {
        if flags & 1 << bit != 0 {
            json.string(name.as_bytes());
        }
    }
}

fn related(json: &mut Json<'_>, about: About<'_>, known: &Related<'_>) {
    let Related {
        addresses,
        hosts,
        hashes,
    } = *known;
    let [source, destination] = about.addresses();
    let version = about.version();
    if source.is_none() && addresses.is_empty() && hosts.is_empty() && hashes.is_empty() {
        return;
    }
    json.key("related").object(|json| {
        json.key("ip").array(|json| {
            for address in source
                .into_iter()
                .chain(destination.filter(|other| source != Some(other)))
            {
                json.plain(|out| text::address(out, version, address));
            }
            addresses
                .iter()
                .for_each(|address| json.string(address.as_bytes()));
        });
        if !hosts.is_empty() {
            json.key("hosts")
                .array(|json| hosts.iter().for_each(|host| json.string(host)));
        }
        if !hashes.is_empty() {
            json.key("hash")
                .array(|json| hashes.iter().for_each(|hash| json.string(hash.as_bytes())));
        }
    });
}
