"""Take away what only Linux has: on `PYTHONPATH`, for a process and all that it starts.

What remains is about what macOS offers. `PYTHONPATH=tests/portability/without_linux pytest ...`
runs any tests like this.
"""

import builtins
import errno
import io
import os
import sys

LINUX_ONLY = {
    "os": (
        *("sched_getaffinity", "sched_setaffinity", "sched_getscheduler", "sched_setscheduler"),
        *("sched_getparam", "sched_setparam", "sched_rr_get_interval"),
        *("memfd_create", "pipe2", "fdatasync", "posix_fallocate", "posix_fadvise"),
        *("copy_file_range", "splice", "eventfd", "eventfd_read", "eventfd_write"),
        *("pidfd_open", "waitid", "setns", "unshare", "getrandom"),
        *("getxattr", "setxattr", "listxattr", "removexattr"),
        *("getresuid", "getresgid", "setresuid", "setresgid"),
        *("O_TMPFILE", "O_PATH", "O_DIRECT", "O_NOATIME", "O_RSYNC", "O_LARGEFILE"),
    ),
    "select": ("epoll",),
    "signal": (
        *("sigwaitinfo", "sigtimedwait", "pidfd_send_signal"),
        *("SIGRTMIN", "SIGRTMAX", "SIGPWR", "SIGSTKFLT", "SIGPOLL", "SIGCLD"),
    ),
    "_socket": (
        *("SOCK_CLOEXEC", "SOCK_NONBLOCK", "SO_PEERCRED", "SO_DOMAIN", "SO_PROTOCOL"),
        *("AF_NETLINK", "AF_PACKET", "AF_VSOCK", "AF_ALG", "TCP_QUICKACK", "TCP_USER_TIMEOUT"),
    ),
    "fcntl": (
        *("F_SETPIPE_SZ", "F_GETPIPE_SZ", "F_ADD_SEALS", "F_GET_SEALS", "F_NOTIFY"),
        *("F_OFD_GETLK", "F_OFD_SETLK", "F_OFD_SETLKW", "F_SETLEASE", "F_GETLEASE"),
    ),
    "resource": ("prlimit", "RUSAGE_THREAD", "RLIMIT_NICE", "RLIMIT_RTPRIO", "RLIMIT_SIGPENDING"),
    "mmap": ("MAP_POPULATE", "MADV_HUGEPAGE", "MADV_DONTFORK", "MADV_REMOVE"),
}
ABSENT_FOLDERS = ("/proc", "/sys", "/dev/shm")


def _take_away():
    for module_name, names in LINUX_ONLY.items():
        module = __import__(module_name)
        for name in names:
            if hasattr(module, name):
                delattr(module, name)


def _is_absent(path):
    try:
        text = os.fsdecode(path) if not isinstance(path, int) else ""
    except TypeError:
        return False
    return any(text == folder or text.startswith(folder + "/") for folder in ABSENT_FOLDERS)


def _hide_folders():
    def hiding(function):
        def call(path=".", *args, **options):
            if _is_absent(path):
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
            return function(path, *args, **options)

        return call

    for name in ("open", "stat", "lstat", "listdir", "scandir", "access", "readlink"):
        setattr(os, name, hiding(getattr(os, name)))
    builtins.open = io.open = hiding(builtins.open)


def _forbid_memory_limits():
    import resource

    set_limit = resource.setrlimit

    def refuse(kind, limits):
        if kind == resource.RLIMIT_AS:
            raise ValueError("current limit exceeds maximum limit")  # as on macOS
        set_limit(kind, limits)

    resource.setrlimit = refuse


if sys.platform == "linux":
    _take_away()
    _hide_folders()
    _forbid_memory_limits()
