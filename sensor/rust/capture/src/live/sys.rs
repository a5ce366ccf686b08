//! The kernel's calls as safe functions.
#![allow(unsafe_code)]

use std::ffi::CString;
use std::io;
use std::mem::{size_of, zeroed};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering};

use libc::{c_int, c_ulong, c_void, socklen_t};

/// Types every bit pattern of which is a value: the kernel may fill them, and may be given their bytes.
///
/// # Safety
/// Only for `repr(C)` types of integers.
pub unsafe trait Plain: Copy {}
// SAFETY: repr(C) structures and integers without invalid bit patterns.
unsafe impl Plain for c_int {}
unsafe impl Plain for u32 {}
unsafe impl Plain for libc::tpacket_req3 {}
unsafe impl Plain for libc::tpacket_stats_v3 {}
unsafe impl Plain for libc::packet_mreq {}

fn checked(result: c_int) -> io::Result<c_int> {
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(result)
    }
}

pub fn socket(domain: c_int, kind: c_int, protocol: c_int) -> io::Result<OwnedFd> {
    // SAFETY: no pointers; the descriptor is new and owned by nobody else.
    unsafe {
        let fd = checked(libc::socket(domain, kind | libc::SOCK_CLOEXEC, protocol))?;
        Ok(OwnedFd::from_raw_fd(fd))
    }
}

pub fn set_option<T: Plain>(fd: &OwnedFd, level: c_int, name: c_int, value: &T) -> io::Result<()> {
    let value = ptr::from_ref(value).cast();
    // SAFETY: `value` points to size_of::<T>() readable bytes for the length of the call.
    checked(unsafe {
        libc::setsockopt(
            fd.as_raw_fd(),
            level,
            name,
            value,
            size_of::<T>() as socklen_t,
        )
    })?;
    Ok(())
}

pub fn option<T: Plain>(fd: &OwnedFd, level: c_int, name: c_int) -> io::Result<T> {
    // SAFETY: T is Plain, so zeroes are a value and the kernel may write any bytes over them, at most `length`.
    unsafe {
        let mut value: T = zeroed();
        let mut length = size_of::<T>() as socklen_t;
        let place = ptr::from_mut(&mut value).cast();
        checked(libc::getsockopt(
            fd.as_raw_fd(),
            level,
            name,
            place,
            &mut length,
        ))?;
        Ok(value)
    }
}

/// A classic BPF program as the value of an option.
pub fn set_program(
    fd: &OwnedFd,
    level: c_int,
    name: c_int,
    program: &[libc::sock_filter],
) -> io::Result<()> {
    let program = libc::sock_fprog {
        len: u16::try_from(program.len()).map_err(|_| io::ErrorKind::InvalidInput)?,
        filter: program.as_ptr().cast_mut(),
    };
    let size = size_of::<libc::sock_fprog>() as socklen_t;
    // SAFETY: the kernel copies `len` instructions from `filter`, which outlives the call; it writes nothing.
    checked(unsafe {
        let value = ptr::from_ref(&program).cast();
        libc::setsockopt(fd.as_raw_fd(), level, name, value, size)
    })?;
    Ok(())
}

/// Binds a packet socket; `protocol` in host order.
pub fn bind_link(fd: &OwnedFd, protocol: u16, index: c_int) -> io::Result<()> {
    // SAFETY: sockaddr_ll is integers; the address outlives the call and has the length given.
    unsafe {
        let mut address: libc::sockaddr_ll = zeroed();
        address.sll_family = libc::AF_PACKET as u16;
        address.sll_protocol = protocol.to_be();
        address.sll_ifindex = index;
        checked(libc::bind(
            fd.as_raw_fd(),
            ptr::from_ref(&address).cast(),
            size_of::<libc::sockaddr_ll>() as socklen_t,
        ))?;
    }
    Ok(())
}

/// Binds an IP socket to any address; IPv6 sockets take IPv4 too.
pub fn bind_port(fd: &OwnedFd, version6: bool, port: u16) -> io::Result<()> {
    // SAFETY: as in bind_link; zeroes are the unspecified address.
    unsafe {
        if version6 {
            let mut address: libc::sockaddr_in6 = zeroed();
            address.sin6_family = libc::AF_INET6 as u16;
            address.sin6_port = port.to_be();
            let size = size_of::<libc::sockaddr_in6>() as socklen_t;
            checked(libc::bind(
                fd.as_raw_fd(),
                ptr::from_ref(&address).cast(),
                size,
            ))?;
        } else {
            let mut address: libc::sockaddr_in = zeroed();
            address.sin_family = libc::AF_INET as u16;
            address.sin_port = port.to_be();
            let size = size_of::<libc::sockaddr_in>() as socklen_t;
            checked(libc::bind(
                fd.as_raw_fd(),
                ptr::from_ref(&address).cast(),
                size,
            ))?;
        }
    }
    Ok(())
}

/// An interface's number, asked of the namespace the socket is in; that of the calling thread could be another.
pub fn index(fd: &OwnedFd, name: &str) -> io::Result<c_int> {
    // SAFETY: the kernel has just written this member of the union.
    Ok(unsafe { request(fd, libc::SIOCGIFINDEX, name)?.ifr_ifru.ifru_ifindex })
}

pub fn flags(fd: &OwnedFd, name: &str) -> io::Result<c_int> {
    // SAFETY: as above.
    Ok(unsafe { i32::from(request(fd, libc::SIOCGIFFLAGS, name)?.ifr_ifru.ifru_flags) })
}

pub fn mtu(fd: &OwnedFd, name: &str) -> io::Result<c_int> {
    // SAFETY: as above.
    Ok(unsafe { request(fd, libc::SIOCGIFMTU, name)?.ifr_ifru.ifru_mtu })
}

/// The interface's ARPHRD number: what its link headers are.
pub fn hardware(fd: &OwnedFd, name: &str) -> io::Result<u16> {
    // SAFETY: as above.
    Ok(unsafe {
        request(fd, libc::SIOCGIFHWADDR, name)?
            .ifr_ifru
            .ifru_hwaddr
            .sa_family
    })
}

fn request(fd: &OwnedFd, number: c_ulong, name: &str) -> io::Result<libc::ifreq> {
    let text = CString::new(name).map_err(|_| io::ErrorKind::InvalidInput)?;
    let bytes = text.as_bytes_with_nul();
    // SAFETY: ifreq is plain; the name is bounded and ends with NUL; these requests read the name and write the union.
    unsafe {
        let mut request: libc::ifreq = zeroed();
        if bytes.len() > request.ifr_name.len() {
            return Err(io::Error::from_raw_os_error(libc::ENODEV));
        }
        for (place, byte) in request.ifr_name.iter_mut().zip(bytes) {
            *place = *byte as libc::c_char;
        }
        checked(libc::ioctl(
            fd.as_raw_fd(),
            number as _,
            ptr::from_mut(&mut request),
        ))?;
        Ok(request)
    }
}

/// Waits until there is something to read, an error, or the time is over.
pub fn poll(fd: &OwnedFd, timeout_ms: c_int) -> io::Result<i16> {
    let mut entry = libc::pollfd {
        fd: fd.as_raw_fd(),
        events: libc::POLLIN,
        revents: 0,
    };
    // SAFETY: one entry, which outlives the call.
    checked(unsafe { libc::poll(&mut entry, 1, timeout_ms) })?;
    Ok(entry.revents)
}

/// Random bytes of the kernel.
pub fn random() -> io::Result<u64> {
    let mut value = 0u64;
    let place: *mut c_void = ptr::from_mut(&mut value).cast();
    // SAFETY: eight writable bytes.
    let filled = unsafe { libc::getrandom(place, size_of::<u64>(), 0) };
    if filled == size_of::<u64>() as isize {
        Ok(value)
    } else {
        Err(io::Error::last_os_error())
    }
}

/// A ring shared with the kernel. Unmapped when dropped.
pub struct Mapping {
    start: *mut u8,
    length: usize,
}

// SAFETY: the mapping belongs to this value; the kernel is the only other party, and block_status says who owns a block.
unsafe impl Send for Mapping {}

impl Mapping {
    pub fn new(fd: &OwnedFd, length: usize) -> io::Result<Self> {
        let (protection, kind) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED);
        // SAFETY: a new mapping at an address of the kernel's choice.
        let start =
            unsafe { libc::mmap(ptr::null_mut(), length, protection, kind, fd.as_raw_fd(), 0) };
        if start == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        Ok(Self {
            start: start.cast(),
            length,
        })
    }

    /// The word at `offset`, which the kernel writes too. Panics when outside or unaligned: offsets are ours.
    pub fn word(&self, offset: usize) -> &AtomicU32 {
        assert!(offset.is_multiple_of(4) && offset + 4 <= self.length);
        // SAFETY: inside the mapping, aligned, and only ever used atomically by us and as one word by the kernel.
        unsafe { AtomicU32::from_ptr(self.start.add(offset).cast()) }
    }

    /// Bytes that are ours since `owned` was seen with Acquire in their block's status.
    pub fn bytes(&self, offset: usize, length: usize, owned: &Owned) -> &[u8] {
        assert!(offset >= owned.start && offset + length <= owned.end && owned.end <= self.length);
        // SAFETY: inside a block the kernel has handed over; it writes there again only after Owned is released, and
        // the borrow of the mapping ends before (release takes it mutably).
        unsafe { std::slice::from_raw_parts(self.start.add(offset), length) }
    }

    /// Gives a block back to the kernel.
    pub fn release(&mut self, status: usize) {
        self.word(status)
            .store(libc::TP_STATUS_KERNEL, Ordering::Release);
    }
}

/// Witness that a part of a mapping belongs to us: made by whoever saw its status.
pub struct Owned {
    start: usize,
    end: usize,
}

impl Owned {
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the mapping made in new, unmapped once; no borrow of it can be alive.
        unsafe { libc::munmap(self.start.cast(), self.length) };
    }
}

/// Drops every capability of the calling thread.
pub fn drop_capabilities() -> io::Result<()> {
    #[repr(C)]
    struct Header {
        version: u32,
        pid: c_int,
    }
    let header = Header {
        version: 0x2008_0522, // _LINUX_CAPABILITY_VERSION_3
        pid: 0,
    };
    let none = [[0u32; 3]; 2];
    // SAFETY: header and two data records as version 3 wants; both outlive the call.
    let done = unsafe { libc::syscall(libc::SYS_capset, ptr::from_ref(&header), none.as_ptr()) };
    checked(done as c_int)?;
    control(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_CLEAR_ALL as _)?;
    Ok(())
}

pub fn control(option: c_int, value: c_ulong) -> io::Result<c_int> {
    // SAFETY: the options used here take integers only.
    checked(unsafe { libc::prctl(option, value, 0 as c_ulong, 0 as c_ulong, 0 as c_ulong) })
}

/// Becomes another user, for good, in all threads (glibc sees to that).
pub fn become_user(user: u32, group: u32) -> io::Result<()> {
    // SAFETY: no groups, so no pointer is read; the others take integers.
    unsafe {
        checked(libc::setgroups(0, ptr::null()))?;
        checked(libc::setresgid(group, group, group))?;
        checked(libc::setresuid(user, user, user))?;
    }
    Ok(())
}
