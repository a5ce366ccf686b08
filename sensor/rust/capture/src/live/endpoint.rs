//! Ends of tunnels that mirrors are sent to: sockets that take everything and keep nothing, so that the kernel does not
//! answer every mirrored packet with "port unreachable". The packets themselves are seen on the interface.

use std::io;
use std::os::fd::OwnedFd;

use libc::sock_filter;

use super::program::RETURN;
use super::sys;

const GRE: i32 = 47;
const VXLAN_PORT: u16 = 4789;
const GENEVE_PORT: u16 = 6081;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    Vxlan,
    Geneve,
    /// ERSPAN too.
    Gre,
}

/// Open for as long as this lives.
pub struct Endpoints(#[expect(dead_code, reason = "held, never read")] Vec<OwnedFd>);

pub fn open_endpoints(wanted: &[Endpoint]) -> io::Result<Endpoints> {
    let mut sockets = Vec::new();
    for one in wanted {
        match one {
            Endpoint::Vxlan => sockets.push(datagrams(VXLAN_PORT)?),
            Endpoint::Geneve => sockets.push(datagrams(GENEVE_PORT)?),
            Endpoint::Gre => sockets.extend(packets()?),
        }
    }
    Ok(Endpoints(sockets))
}

fn deaf(fd: OwnedFd) -> io::Result<OwnedFd> {
    let nothing = [sock_filter {
        code: RETURN,
        jt: 0,
        jf: 0,
        k: 0,
    }];
    sys::set_program(&fd, libc::SOL_SOCKET, libc::SO_ATTACH_FILTER, &nothing)?;
    Ok(fd)
}

/// One socket for both versions of IP; a machine without IPv6 has the other one.
fn datagrams(port: u16) -> io::Result<OwnedFd> {
    let (fd, version6) = match sys::socket(libc::AF_INET6, libc::SOCK_DGRAM, 0) {
        Ok(fd) => (fd, true),
        Err(_) => (sys::socket(libc::AF_INET, libc::SOCK_DGRAM, 0)?, false),
    };
    let fd = deaf(fd)?;
    if version6 {
        sys::set_option(&fd, libc::IPPROTO_IPV6, libc::IPV6_V6ONLY, &0)?;
    }
    sys::bind_port(&fd, version6, port)?;
    Ok(fd)
}

fn packets() -> io::Result<Vec<OwnedFd>> {
    let mut sockets = vec![deaf(sys::socket(libc::AF_INET, libc::SOCK_RAW, GRE)?)?];
    if let Ok(fd) = sys::socket(libc::AF_INET6, libc::SOCK_RAW, GRE) {
        sockets.push(deaf(fd)?);
    }
    Ok(sockets)
}
