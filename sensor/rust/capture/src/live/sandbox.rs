//! What the process may still do once its sockets are open. Set before any other thread starts: Landlock and capabilities
//! are the calling thread's and inherited by those it makes, the system call filter is set on all threads.

use std::collections::BTreeMap;
use std::fmt;

use landlock::{
    path_beneath_rules, Access, AccessFs, AccessNet, BitFlags, LandlockStatus, Ruleset,
    RulesetAttr, RulesetCreatedAttr, RulesetStatus, Scope, ABI,
};
use seccompiler::{
    apply_filter_all_threads, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp,
    SeccompCondition, SeccompFilter, SeccompRule,
};

use super::sys;

/// The newest rules this code was written for; older kernels enforce what they know, and the level says so.
const LANDLOCK: ABI = ABI::V6;

/// user, group: whom to become; none: stay. read, write: what may still be opened, folders with all below them.
#[derive(Debug, Default)]
pub struct Sandbox {
    pub user: Option<(u32, u32)>,
    pub read: Vec<String>,
    pub write: Vec<String>,
}

/// What is in force.
#[derive(Debug)]
pub struct Confined {
    /// 0: this kernel has no Landlock.
    pub landlock: i32,
    /// Not only what an older Landlock knows.
    pub whole: bool,
    pub system_calls: usize,
}

#[derive(Debug)]
pub struct SandboxFault(String);

impl fmt::Display for SandboxFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "the sandbox cannot be set up: {}", self.0)
    }
}

fn fault(step: &'static str) -> impl Fn(&dyn fmt::Display) -> SandboxFault {
    move |error| SandboxFault(format!("{step}: {error}"))
}

/// For good: there is no way back out.
pub fn confine(sandbox: &Sandbox) -> Result<Confined, SandboxFault> {
    sys::control(libc::PR_SET_NO_NEW_PRIVS, 1).map_err(|e| fault("no_new_privs")(&e))?;
    if let Some((user, group)) = sandbox.user {
        sys::become_user(user, group).map_err(|e| fault("becoming the user")(&e))?;
    }
    sys::drop_capabilities().map_err(|e| fault("capabilities")(&e))?;
    let (landlock, whole) = enclose(sandbox).map_err(|e| fault("Landlock")(&e))?;
    let allowed = allowed_calls().map_err(|e| fault("seccomp")(&e))?;
    let system_calls = allowed.len();
    for program in filters(allowed).map_err(|e| fault("seccomp")(&e))? {
        apply_filter_all_threads(&program).map_err(|e| fault("seccomp")(&e))?;
    }
    Ok(Confined {
        landlock,
        whole,
        system_calls,
    })
}

/// Landlock: files as named, no TCP, no abstract sockets of others. (its level, whether all of it is enforced).
fn enclose(sandbox: &Sandbox) -> Result<(i32, bool), landlock::RulesetError> {
    let reading: BitFlags<AccessFs> = AccessFs::ReadFile | AccessFs::ReadDir;
    let writing = AccessFs::from_all(LANDLOCK) & !AccessFs::Execute;
    let status = Ruleset::default()
        .handle_access(AccessFs::from_all(LANDLOCK))?
        .handle_access(AccessNet::from_all(LANDLOCK))?
        .scope(Scope::from_all(LANDLOCK))?
        .create()?
        .add_rules(path_beneath_rules(&sandbox.read, reading))?
        .add_rules(path_beneath_rules(&sandbox.write, writing))?
        .restrict_self()?;
    let level = match status.landlock {
        LandlockStatus::Available { effective_abi, .. } => effective_abi as i32,
        _ => 0,
    };
    Ok((level, status.ruleset == RulesetStatus::FullyEnforced))
}

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// Three filters; of their answers the strictest counts. What is not allowed fails; what only an intruder would try kills.
fn filters(allowed: Rules) -> Result<Vec<BpfProgram>, seccompiler::BackendError> {
    let no = |errno: i32| SeccompAction::Errno(errno as u32);
    Ok(vec![
        filter(
            list(FATAL),
            SeccompAction::Allow,
            SeccompAction::KillProcess,
        )?,
        // Its flags lie in memory, out of a filter's sight: glibc takes clone instead when this one does not exist.
        filter(
            list(&[libc::SYS_clone3]),
            SeccompAction::Allow,
            no(libc::ENOSYS),
        )?,
        filter(allowed, no(libc::EPERM), SeccompAction::Allow)?,
    ])
}

fn filter(
    rules: Rules,
    otherwise: SeccompAction,
    then: SeccompAction,
) -> Result<BpfProgram, seccompiler::BackendError> {
    let architecture = std::env::consts::ARCH.try_into()?;
    SeccompFilter::new(rules, otherwise, then, architecture)?.try_into()
}

fn list(calls: &[i64]) -> Rules {
    calls.iter().map(|&call| (call, Vec::new())).collect()
}

fn allowed_calls() -> Result<Rules, seccompiler::BackendError> {
    let mut rules = list(FILES);
    rules.extend(list(PROCESS));
    #[cfg(target_arch = "x86_64")]
    rules.extend(list(OLD));
    rules.insert(libc::SYS_clone3, Vec::new());
    let thread = libc::CLONE_THREAD as u64;
    let new_thread = SeccompCondition::new(
        0,
        SeccompCmpArgLen::Qword,
        SeccompCmpOp::MaskedEq(thread),
        thread,
    )?;
    rules.insert(libc::SYS_clone, vec![SeccompRule::new(vec![new_thread])?]);
    rules.insert(libc::SYS_ioctl, any_of(1, REQUESTS)?);
    rules.insert(
        libc::SYS_prctl,
        any_of(0, &[libc::PR_SET_NAME as u64, PR_SET_VMA])?,
    );
    Ok(rules)
}

/// The call is allowed when an argument has one of these values.
fn any_of(argument: u8, values: &[u64]) -> Result<Vec<SeccompRule>, seccompiler::BackendError> {
    let rule = |&value: &u64| {
        let size = SeccompCmpArgLen::Dword;
        let condition = SeccompCondition::new(argument, size, SeccompCmpOp::Eq, value)?;
        SeccompRule::new(vec![condition])
    };
    values.iter().map(rule).collect()
}

/// Names for memory areas, which newer C libraries give.
const PR_SET_VMA: u64 = 0x5356_4d41;
/// What is asked of a packet socket about its interface, and of a file that Python opens.
const REQUESTS: &[u64] = &[
    libc::SIOCGIFINDEX,
    libc::SIOCGIFFLAGS,
    libc::TCGETS,
    libc::FIOCLEX,
    libc::FIONCLEX,
];

const FATAL: &[i64] = &[
    libc::SYS_socket,
    libc::SYS_socketpair,
    libc::SYS_connect,
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_listen,
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_getfd,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_kexec_load,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_setns,
    libc::SYS_unshare,
    libc::SYS_open_by_handle_at,
    libc::SYS_add_key,
    libc::SYS_keyctl,
    libc::SYS_reboot,
    libc::SYS_mknodat,
];

const FILES: &[i64] = &[
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_readv,
    libc::SYS_writev,
    libc::SYS_pread64,
    libc::SYS_pwrite64,
    libc::SYS_preadv,
    libc::SYS_pwritev,
    libc::SYS_lseek,
    libc::SYS_openat,
    libc::SYS_close,
    libc::SYS_close_range,
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_statfs,
    libc::SYS_fstatfs,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_readlinkat,
    libc::SYS_getdents64,
    libc::SYS_getcwd,
    libc::SYS_mkdirat,
    libc::SYS_unlinkat,
    libc::SYS_renameat,
    libc::SYS_renameat2,
    libc::SYS_linkat,
    libc::SYS_ftruncate,
    libc::SYS_fallocate,
    libc::SYS_fadvise64,
    libc::SYS_fsync,
    libc::SYS_fdatasync,
    libc::SYS_sync_file_range,
    libc::SYS_syncfs,
    libc::SYS_flock,
    libc::SYS_fcntl,
    libc::SYS_dup,
    libc::SYS_dup3,
    libc::SYS_pipe2,
    libc::SYS_utimensat,
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    libc::SYS_umask,
    libc::SYS_copy_file_range,
    libc::SYS_sendfile,
    // An interface that comes back: the same socket is bound again.
    libc::SYS_bind,
    libc::SYS_setsockopt,
    libc::SYS_getsockopt,
    libc::SYS_getsockname,
];

const PROCESS: &[i64] = &[
    libc::SYS_mmap,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_mprotect,
    libc::SYS_madvise,
    libc::SYS_msync,
    libc::SYS_brk,
    libc::SYS_futex,
    libc::SYS_set_robust_list,
    libc::SYS_get_robust_list,
    libc::SYS_rseq,
    libc::SYS_set_tid_address,
    libc::SYS_membarrier,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_rt_sigtimedwait,
    libc::SYS_sigaltstack,
    libc::SYS_restart_syscall,
    libc::SYS_tgkill,
    libc::SYS_nanosleep,
    libc::SYS_clock_nanosleep,
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_gettimeofday,
    libc::SYS_ppoll,
    libc::SYS_pselect6,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_getpid,
    libc::SYS_getppid,
    libc::SYS_gettid,
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getegid,
    libc::SYS_getresuid,
    libc::SYS_getresgid,
    libc::SYS_getgroups,
    libc::SYS_getrandom,
    libc::SYS_uname,
    libc::SYS_sysinfo,
    libc::SYS_getrusage,
    libc::SYS_prlimit64,
    libc::SYS_getcpu,
    libc::SYS_exit,
    libc::SYS_exit_group,
];

/// Calls that newer architectures have no more.
#[cfg(target_arch = "x86_64")]
const OLD: &[i64] = &[
    libc::SYS_open,
    libc::SYS_stat,
    libc::SYS_lstat,
    libc::SYS_access,
    libc::SYS_readlink,
    libc::SYS_mkdir,
    libc::SYS_rmdir,
    libc::SYS_unlink,
    libc::SYS_rename,
    libc::SYS_link,
    libc::SYS_chmod,
    libc::SYS_dup2,
    libc::SYS_pipe,
    libc::SYS_poll,
    libc::SYS_select,
    libc::SYS_time,
    libc::SYS_getrlimit,
    libc::SYS_arch_prctl,
];
