#pragma once
// Processes, namespaces and descriptors sent over sockets: macros, variadic calls and system calls without a wrapper.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdint.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

// memfd_create(2); 2: may be sealed, 1: close-on-exec.
static inline int linux_memfd(const char *name, unsigned flags) { return (int)syscall(SYS_memfd_create, name, flags); }
// F_ADD_SEALS with seal, shrink, grow and write: nobody can change these bytes any more.
static inline int linux_seal(int fd) { return (int)syscall(SYS_fcntl, fd, 1033, 0x1 | 0x2 | 0x4 | 0x8); }
static inline int linux_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }
static inline int linux_pidfd_send_signal(int fd, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, fd, signal, NULL, 0);
}
// Reaps a child by its pidfd without waiting; P_PIDFD is 3.
static inline int linux_reap(int fd) {
    siginfo_t info;
    return (int)syscall(SYS_waitid, 3, fd, &info, WEXITED | WNOHANG, NULL);
}
static inline int linux_window_size(int fd, unsigned short columns, unsigned short rows) {
    struct winsize size = {rows, columns, 0, 0};
    return ioctl(fd, TIOCSWINSZ, &size);
}
static inline int linux_set_nonblocking(int fd) { return (int)syscall(SYS_fcntl, fd, 4, 04000 | (int)syscall(SYS_fcntl, fd, 3, 0)); }
static inline int linux_capability_held(int capability) { return prctl(PR_CAPBSET_READ, capability, 0, 0, 0); }

struct linux_rights {
    struct cmsghdr header;
    int descriptors[8];
};

// Sends one message with up to eight descriptors.
static inline ssize_t linux_send(int socket, const void *bytes, size_t length, const int *descriptors, int count) {
    struct linux_rights rights = {.header = {CMSG_LEN((size_t)count * sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
    struct iovec part = {(void *)bytes, length};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (count > 0) {
        memcpy(CMSG_DATA(&rights.header), descriptors, (size_t)count * sizeof(int));
        message.msg_control = &rights;
        message.msg_controllen = CMSG_SPACE((size_t)count * sizeof(int));
    }
    return sendmsg(socket, &message, MSG_NOSIGNAL);
}

// Receives one message with at most one descriptor (-1: none), close-on-exec.
static inline ssize_t linux_receive(int socket, void *bytes, size_t length, int *descriptor, int flags) {
    struct linux_rights rights;
    struct iovec part = {bytes, length};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &rights, .msg_controllen = sizeof rights};
    *descriptor = -1;
    ssize_t size = recvmsg(socket, &message, flags | MSG_CMSG_CLOEXEC);
    if (size >= 0 && message.msg_controllen >= sizeof(struct cmsghdr) && rights.header.cmsg_type == SCM_RIGHTS)
        memcpy(descriptor, CMSG_DATA(&rights.header), sizeof(int));
    return size;
}

// Connects to a unix socket by a path that fits sun_path (at most 107 bytes).
static inline int linux_connect_unix(int socket, const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) return errno = ENAMETOOLONG, -1;
    strcpy(address.sun_path, path);
    return connect(socket, (struct sockaddr *)&address, sizeof address);
}
static inline int linux_seqpacket(int pair[2]) { return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair); }
static inline int linux_seqpacket_socket(void) { return socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0); }
// A socket that listens in a folder, by a name that is short however long the folder's path is.
static inline int linux_listen_in(int folder, const char *name) {
    int descriptor = linux_seqpacket_socket();
    if (descriptor < 0) return -1;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", folder, name);
    if (bind(descriptor, (struct sockaddr *)&address, sizeof address) == 0 && listen(descriptor, 8) == 0) return descriptor;
    int code = errno;
    close(descriptor);
    errno = code;
    return -1;
}
// Connects to what listens there; `type` as of socket(2).
static inline int linux_connect_in(int folder, const char *name, int type) {
    int descriptor = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -1;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", folder, name);
    if (connect(descriptor, (struct sockaddr *)&address, sizeof address) == 0) return descriptor;
    int code = errno;
    close(descriptor);
    errno = code;
    return -1;
}
// All signals, blocked and read from a descriptor (signalfd(2)).
static inline int linux_signals(void) {
    uint64_t all = ~0ull;
    if (syscall(SYS_rt_sigprocmask, 0 /* SIG_BLOCK */, &all, NULL, 8) < 0) return -1;
    return (int)syscall(SYS_signalfd4, -1, &all, 8, 02000000 | 04000);
}
// The next signal that came; 0: none, negative: the descriptor failed.
static inline int linux_next_signal(int descriptor) {
    unsigned info[32];
    ssize_t size = read(descriptor, info, sizeof info);
    return size == (ssize_t)sizeof info ? (int)info[0] : errno == EAGAIN ? 0 : -1;
}
static inline int linux_terminal_size(int from, int to) {
    struct winsize size;
    return ioctl(from, TIOCGWINSZ, &size) == 0 ? ioctl(to, TIOCSWINSZ, &size) : -1;
}
static inline int linux_become_subreaper(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }
static inline int linux_pipe(int ends[2]) { return (int)syscall(SYS_pipe2, ends, 02000000); }

#include <linux/bpf.h>

// Loads a BPF_PROG_TYPE_CGROUP_DEVICE program of `count` instructions and attaches it to a v2 cgroup, whose programs
// above stay in force (BPF_F_ALLOW_MULTI). The cgroup keeps it.
static inline int linux_attach_device_program(int cgroup, const void *instructions, unsigned count) {
    union bpf_attr load, attach;
    memset(&load, 0, sizeof load);
    load.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
    load.insns = (uint64_t)(uintptr_t)instructions;
    load.insn_cnt = count;
    load.license = (uint64_t)(uintptr_t)"Apache-2.0";
    int program = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof load);
    if (program < 0) return -1;
    memset(&attach, 0, sizeof attach);
    attach.target_fd = (unsigned)cgroup;
    attach.attach_bpf_fd = (unsigned)program;
    attach.attach_type = BPF_CGROUP_DEVICE;
    attach.attach_flags = BPF_F_ALLOW_MULTI;
    int result = (int)syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof attach), code = errno;
    close(program);
    errno = code;
    return result;
}
