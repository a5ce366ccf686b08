//! A packet socket on one interface, from opening it to its last packet.

use std::fmt;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use libc::{c_int, SOL_PACKET};

use super::blocks::Blocks;
use super::counters::State;
use super::fanout;
use super::filter::Filter;
use super::frame::{ETHERNET, RAW};
use super::sys;

const ETH_P_ALL: u16 = libc::ETH_P_ALL as u16;
/// Let the kernel choose a group nobody else has (PACKET_FANOUT_FLAG_UNIQUEID).
const UNIQUE_GROUP: u32 = 0x2000;
/// Do not hand over what this machine sends (Linux 4.20).
const PACKET_IGNORE_OUTGOING: c_int = 23;

/// Why an interface cannot be listened on.
#[derive(Debug)]
pub enum TapFault {
    NotAllowed,
    NoInterface(String),
    /// Its link headers are of a kind (ARPHRD) that is not decoded.
    LinkUnknown(String, u16),
    Refused(String, &'static str, io::Error),
}

impl fmt::Display for TapFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAllowed => write!(
                out,
                "listening on interfaces is not allowed to this process"
            ),
            Self::NoInterface(name) => write!(out, "there is no interface {name}"),
            Self::LinkUnknown(name, kind) => {
                write!(
                    out,
                    "{name} has link headers of a kind that is not decoded (ARPHRD {kind})"
                )
            }
            Self::Refused(name, what, error) => {
                write!(out, "{name}: the kernel refused {what}: {error}")
            }
        }
    }
}

/// What every socket of an interface is opened with.
#[derive(Clone)]
pub struct Setup {
    pub name: String,
    pub filter: Filter,
    pub ring_bytes: usize,
    pub retire_ms: u32,
}

pub struct Socket {
    pub fd: Arc<OwnedFd>,
    pub blocks: Blocks,
    pub setup: Setup,
    pub link: u32,
    pub mtu: u32,
    index: c_int,
    in_group: bool,
}

impl Setup {
    fn refused(&self, what: &'static str) -> impl FnOnce(io::Error) -> TapFault + '_ {
        move |error| TapFault::Refused(self.name.clone(), what, error)
    }

    /// A socket with its ring, deaf until `listen`.
    pub fn open(&self) -> Result<Socket, TapFault> {
        let fd = sys::socket(libc::AF_PACKET, libc::SOCK_RAW | libc::SOCK_NONBLOCK, 0)
            .map_err(|error| self.opening(error))?;
        let index = sys::index(&fd, &self.name).map_err(|error| self.naming(error))?;
        let kind = sys::hardware(&fd, &self.name).map_err(|error| self.naming(error))?;
        let link = link_of(kind).ok_or_else(|| TapFault::LinkUnknown(self.name.clone(), kind))?;
        let version = libc::tpacket_versions::TPACKET_V3 as c_int;
        sys::set_option(&fd, SOL_PACKET, libc::PACKET_VERSION, &version)
            .map_err(self.refused("TPACKET_V3"))?;
        let blocks = Blocks::new(&fd, self.ring_bytes, self.retire_ms)
            .map_err(self.refused("the memory of the ring"))?;
        let mtu = sys::mtu(&fd, &self.name).map_err(|error| self.naming(error))?;
        let socket = Socket {
            fd: Arc::new(fd),
            blocks,
            setup: self.clone(),
            link,
            mtu: u32::try_from(mtu).unwrap_or(u32::MAX),
            index,
            in_group: false,
        };
        socket.control().set_filter(&self.filter)?;
        if kind == libc::ARPHRD_LOOPBACK {
            // On the loopback every packet is sent and received: one of the two is enough.
            let one: c_int = 1;
            sys::set_option(&socket.fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one)
                .map_err(self.refused("to leave out what is sent"))?;
        }
        Ok(socket)
    }

    fn opening(&self, error: io::Error) -> TapFault {
        match error.raw_os_error() {
            Some(libc::EPERM | libc::EACCES) => TapFault::NotAllowed,
            _ => TapFault::Refused(self.name.clone(), "a packet socket", error),
        }
    }

    fn naming(&self, error: io::Error) -> TapFault {
        match error.raw_os_error() {
            Some(libc::ENODEV) => TapFault::NoInterface(self.name.clone()),
            _ => TapFault::Refused(self.name.clone(), "to describe the interface", error),
        }
    }
}

impl Socket {
    /// From now on packets arrive, also those for others.
    pub fn listen(&self) -> io::Result<()> {
        sys::bind_link(&self.fd, ETH_P_ALL, self.index)?;
        let everything = libc::packet_mreq {
            mr_ifindex: self.index,
            mr_type: libc::PACKET_MR_PROMISC as u16,
            mr_alen: 0,
            mr_address: [0; 8],
        };
        sys::set_option(
            &self.fd,
            SOL_PACKET,
            libc::PACKET_ADD_MEMBERSHIP,
            &everything,
        )
    }

    /// Shares the interface's packets with the group's other sockets; the first one's group is a new one.
    pub fn share(&mut self, group: Option<u16>) -> Result<u16, TapFault> {
        for mode in [libc::PACKET_FANOUT_CBPF, libc::PACKET_FANOUT_HASH] {
            match self.join(group, mode) {
                // A kernel before 4.3 has no programs to choose by: its own hash is symmetric too, but sees outer addresses.
                Err(error)
                    if error.raw_os_error() == Some(libc::EINVAL)
                        && mode == libc::PACKET_FANOUT_CBPF => {}
                done => return done.map_err(self.setup.refused("to share packets among readers")),
            }
        }
        unreachable!("the second mode's answer is always returned")
    }

    fn join(&mut self, group: Option<u16>, mode: u32) -> io::Result<u16> {
        let value = match group {
            Some(group) => u32::from(group) | mode << 16,
            None => (mode | UNIQUE_GROUP) << 16,
        };
        sys::set_option(&self.fd, SOL_PACKET, libc::PACKET_FANOUT, &value)?;
        self.in_group = true;
        if group.is_none() && mode == libc::PACKET_FANOUT_CBPF {
            let program = fanout::program();
            sys::set_program(&self.fd, SOL_PACKET, libc::PACKET_FANOUT_DATA, &program)?;
        }
        let joined: u32 = sys::option(&self.fd, SOL_PACKET, libc::PACKET_FANOUT)?;
        Ok(joined as u16)
    }

    /// How the interface is; when it came back under another number the socket moves there.
    pub fn look(&mut self) -> State {
        let Ok(index) = sys::index(&self.fd, &self.setup.name) else {
            return State::Gone;
        };
        if index != self.index && !self.follow(index) {
            return State::Gone;
        }
        match sys::flags(&self.fd, &self.setup.name) {
            Ok(flags) if flags & libc::IFF_UP != 0 && flags & libc::IFF_RUNNING != 0 => State::Up,
            Ok(_) => State::Down,
            Err(_) => State::Gone,
        }
    }

    /// A socket that shares its packets can never be bound again (packet_do_bind): its reader has ended its work.
    fn follow(&mut self, index: c_int) -> bool {
        let before = std::mem::replace(&mut self.index, index);
        let moved = !self.in_group && self.listen().is_ok();
        if !moved {
            self.index = before;
        }
        moved
    }

    /// What others than its reader ask of the socket.
    pub fn control(&self) -> Control {
        Control {
            fd: Arc::clone(&self.fd),
            name: self.setup.name.clone(),
        }
    }
}

pub struct Control {
    fd: Arc<OwnedFd>,
    name: String,
}

impl Control {
    pub fn set_filter(&self, filter: &Filter) -> Result<(), TapFault> {
        let done = if filter.is_empty() {
            let none: c_int = 0;
            match sys::set_option(&self.fd, libc::SOL_SOCKET, libc::SO_DETACH_FILTER, &none) {
                Err(error) if error.raw_os_error() == Some(libc::ENOENT) => Ok(()),
                done => done,
            }
        } else {
            sys::set_program(
                &self.fd,
                libc::SOL_SOCKET,
                libc::SO_ATTACH_FILTER,
                &filter.0,
            )
        };
        done.map_err(|error| TapFault::Refused(self.name.clone(), "the capture filter", error))
    }

    /// (dropped because the ring was full, times the ring froze) since last asked.
    pub fn losses(&self) -> io::Result<(u64, u64)> {
        let found: libc::tpacket_stats_v3 =
            sys::option(&self.fd, SOL_PACKET, libc::PACKET_STATISTICS)?;
        Ok((u64::from(found.tp_drops), u64::from(found.tp_freeze_q_cnt)))
    }
}

fn link_of(kind: u16) -> Option<u32> {
    /// Tunnels and devices without link headers: PPP, ipip, ip6tnl, sit, GRE, ip6gre, none, raw IP.
    const WITHOUT: [u16; 9] = [512, 768, 769, 776, 778, 823, 65534, 519, 65535];
    match kind {
        libc::ARPHRD_ETHER | libc::ARPHRD_LOOPBACK => Some(ETHERNET),
        kind if WITHOUT.contains(&kind) => Some(RAW),
        _ => None,
    }
}
