#pragma once
// What Linux has and Swift's Glibc module lacks; the rest comes from Glibc.
#include <malloc.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/prctl.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <sys/timerfd.h>
#include <sys/sysmacros.h>
#include <sys/ptrace.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "processes.h"

// Adapters for what Swift cannot import: variadic calls, and GNU extensions that its Glibc module is built without.
static inline int linux_set_thread_name(const char *name) { return prctl(PR_SET_NAME, name, 0, 0, 0); }

// openat2(2), which glibc 2.36 does not wrap.
static inline int linux_openat2(int folder, const char *path, struct open_how *how) {
    return (int)syscall(SYS_openat2, folder, path, how, sizeof *how);
}
static const int linux_O_PATH = 010000000;  // open(2); Glibc hides it without GNU extensions

// setns(2) and unshare(2): Glibc declares them with GNU extensions only.
static inline int linux_setns(int descriptor, int type) { return (int)syscall(SYS_setns, descriptor, type); }
static inline int linux_unshare(int flags) { return (int)syscall(SYS_unshare, flags); }

// The mount system calls by descriptor (https://brauner.io/2023/02/28/mounting-into-mount-namespaces.html), which glibc
// 2.36 has, and Glibc hides without GNU extensions.
static inline int linux_fsopen(const char *type) { return (int)syscall(SYS_fsopen, type, 1 /* FSOPEN_CLOEXEC */); }
static inline int linux_fsconfig_string(int context, const char *key, const char *value) {
    return (int)syscall(SYS_fsconfig, context, 1 /* FSCONFIG_SET_STRING */, key, value, 0);
}
static inline int linux_fsconfig_flag(int context, const char *key) {
    return (int)syscall(SYS_fsconfig, context, 0 /* FSCONFIG_SET_FLAG */, key, NULL, 0);
}
static inline int linux_fsconfig_create(int context) {
    return (int)syscall(SYS_fsconfig, context, 6 /* FSCONFIG_CMD_CREATE */, NULL, NULL, 0);
}
static inline int linux_fsmount(int context, unsigned attributes) {
    return (int)syscall(SYS_fsmount, context, 1 /* FSMOUNT_CLOEXEC */, attributes);
}
static inline int linux_open_tree(int folder, const char *path, unsigned flags) {
    return (int)syscall(SYS_open_tree, folder, path, flags);
}

// Whether a path is on a proc file system: Swift sees of statfs(2) either the call or the structure.
static inline int linux_is_proc(const char *path) {
    struct statfs status;
    return statfs(path, &status) == 0 && status.f_type == 0x9fa0;
}

// syncfs(2): Glibc declares it with GNU extensions only.
static inline int linux_syncfs(int descriptor) { return (int)syscall(SYS_syncfs, descriptor); }

// struct ucred is a GNU extension (unix(7)).
static inline int linux_peer_credentials(int socket, int *pid, unsigned *uid, unsigned *gid) {
    struct { int pid; unsigned uid, gid; } found = {0, 0, 0};
    socklen_t size = sizeof found;
    int code = getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &found, &size);
    *pid = found.pid; *uid = found.uid; *gid = found.gid;
    return code;
}
// accept4 is a GNU extension (accept(2)).
static inline int linux_accept(int socket) { return (int)syscall(SYS_accept4, socket, 0, 0, SOCK_CLOEXEC | SOCK_NONBLOCK); }
