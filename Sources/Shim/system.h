// The kernel's calls and types, without a C library: the shim must stay tiny, and allocate nothing.
#pragma once
#include <asm/fcntl.h>
#include <asm/ioctls.h>
#include <asm/poll.h>
#include <asm/signal.h>
#include <asm/stat.h>
#include <asm/statfs.h>
#include <asm/termios.h>
#include <asm/unistd.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/keyctl.h>
#include <linux/magic.h>
#include <linux/memfd.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/prctl.h>
#include <linux/resource.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <linux/signalfd.h>
#include <linux/limits.h>
#include <linux/stat.h>
#include <linux/time.h>
#include <linux/un.h>
#include <linux/wait.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY(a) (sizeof(a) / sizeof((a)[0]))
#define PATH_LENGTH 4096
#ifndef AF_UNIX
#define AF_UNIX 1
#endif
enum {
    SOCKET_STREAM = 1,
    SOCKET_DATAGRAM = 2,
    SOCKET_SEQPACKET = 5,
    SOCKET_CLOEXEC = O_CLOEXEC,
    SOCKET_NONBLOCK = O_NONBLOCK,
    SOCKET_LEVEL = 1,
    RIGHTS = 1,
    NO_SIGNAL = 0x4000,
    DO_NOT_WAIT = 0x40,
    CLOEXEC_RIGHTS = 0x40000000,
};

struct message_header {
    void *name;
    int name_length;
    struct slice {
        void *base;
        size_t length;
    } *parts;
    size_t part_count;
    void *control;
    size_t control_length;
    unsigned flags;
};

struct control_header {
    size_t length;
    int level;
    int type;
};

#if defined(__x86_64__)
static inline long call6(long number, long a, long b, long c, long d, long e, long f) {
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}
#elif defined(__aarch64__)
static inline long call6(long number, long a, long b, long c, long d, long e, long f) {
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc 0"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                     : "memory", "cc");
    return x0;
}
#else
#error "belay-shim knows x86-64 and arm64"
#endif

// Answers the kernel's result: negative errno when it failed. Interrupted calls do not occur: all signals are blocked.
#define SYS(name, ...) SYS_PICK(__VA_ARGS__, SYS6, SYS5, SYS4, SYS3, SYS2, SYS1)(__NR_##name, __VA_ARGS__)
#define SYS_PICK(a, b, c, d, e, f, pick, ...) pick
#define SYS1(n, a) call6(n, (long)(a), 0, 0, 0, 0, 0)
#define SYS2(n, a, b) call6(n, (long)(a), (long)(b), 0, 0, 0, 0)
#define SYS3(n, a, b, c) call6(n, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define SYS4(n, a, b, c, d) call6(n, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define SYS5(n, a, b, c, d, e) call6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)
#define SYS6(n, a, b, c, d, e, f) call6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

void *memcpy(void *to, const void *from, size_t length);
void *memmove(void *to, const void *from, size_t length);
void *memset(void *to, int byte, size_t length);
int memcmp(const void *left, const void *right, size_t length);
size_t strlen(const char *text);
bool same(const char *left, const char *right);

_Noreturn static inline void leave(int code) {
    for (;;) SYS(exit_group, code);
}

static inline void shut(int fd) {
    if (fd >= 0) SYS(close, fd);
}

// Wall clock, nanoseconds since 1970.
uint64_t wall_clock(void);

// A line that grows in a fixed place; what does not fit is cut and remembered.
struct line {
    char *base;
    size_t used, room;
    bool cut;
};
void put_bytes(struct line *line, const char *bytes, size_t length);
void put_text(struct line *line, const char *text);
void put_number(struct line *line, int64_t value);
void put_padded(struct line *line, uint64_t value, int digits);
