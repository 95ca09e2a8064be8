// The life of an OCI container's process up to its program: ids, what it waits for, hooks, privileges.
#include "oci.h"

int step_enter_tasks(struct making *making, struct reader *arguments) {
    (void)making;
    if (arguments->broken) return -EBADMSG;
    for (unsigned i = 0; i < oci.task_count; i++) {
        long code = SYS(write, oci.tasks[i], "0", 1);
        if (code < 0) return (int)code;
        shut(oci.tasks[i]);
    }
    return 0;
}

// Whether the ids are those of a namespace just made; else of one that was joined.
int step_mapped(struct making *making, struct reader *arguments) {
    (void)making;
    char mapped;
    if (arguments->broken) return -EBADMSG;
    if (oci.mapped >= 0 && SYS(read, oci.mapped, &mapped, 1) != 1) leave(1);
    shut(oci.mapped);
    oci.mapped = -1;
    SYS(setgroups, 0, NULL);
    // A namespace without root has nobody to become.
    long code = SYS(setresgid, 0, 0, 0);
    if (code == 0 || code == -EINVAL) code = SYS(setresuid, 0, 0, 0);
    SYS(prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
    return code == -EINVAL ? 0 : (int)code;
}

// A byte of 1 in a text stands for the process's number on the machine.
static int write_with_pid(int fd, const char *text, size_t length) {
    char digits[16];
    struct line line = {digits, 0, sizeof digits, false};
    put_number(&line, oci.host_pid);
    while (length > 0) {
        size_t part = 0;
        while (part < length && text[part] != 1) part++;
        if (part > 0 && SYS(write, fd, text, part) != (long)part) return -EIO;
        text += part;
        length -= part;
        if (length == 0) break;
        if (SYS(write, fd, digits, line.used) != (long)line.used) return -EIO;
        text++;
        length--;
    }
    return 0;
}

enum { HOOK_WORDS = 4096 };

static _Noreturn void execute_hook(int state, const char *path, char **arguments, char **environment) {
    SYS(dup3, state, 0, 0);
    SYS(close_range, 3, ~0u, CLOSE_RANGE_CLOEXEC);
    SYS(umask, 0022);
    reset_signals();
    SYS(execve, path, arguments, environment);
    leave(127);
}

// Waits for the end of a hook, and kills one that takes longer than it may; 0 for no limit.
static int end_of_hook(int pid, int pidfd, uint64_t seconds) {
    struct {
        int fd;
        short events, seen;
    } watch = {pidfd, POLLIN, 0};
    struct timespec limit = {(long)seconds, 0};
    int status = 0;
    if (SYS(ppoll, &watch, 1, seconds ? &limit : NULL, NULL, 8) == 0) {
        SYS(kill, pid, SIGKILL);
        SYS(wait4, pid, &status, 0, NULL);
        return -ETIME;
    }
    SYS(wait4, pid, &status, 0, NULL);
    return status == 0 ? 0 : -ECANCELED;
}

// path, seconds, state, count, arguments…, count, environment…
int step_hook(struct making *making, struct reader *arguments) {
    static char *words[HOOK_WORDS];
    size_t length;
    char **next = words, **list[2];
    const char *path = making->detail = read_text(arguments, NULL);
    uint64_t seconds = read_number(arguments);
    const char *state = read_text(arguments, &length);
    for (int i = 0; i < 2; i++) {
        uint64_t count = read_number(arguments);
        if (count >= (uint64_t)(words + HOOK_WORDS - next) - 2) return -E2BIG;
        list[i] = next;
        for (uint64_t k = 0; k < count; k++) *next++ = (char *)read_text(arguments, NULL);
        *next++ = NULL;
    }
    if (arguments->broken) return -EBADMSG;
    int memory = (int)SYS(memfd_create, "state", MFD_CLOEXEC), pidfd = -1;
    if (memory < 0) return memory;
    int code = write_with_pid(memory, state, length);
    SYS(lseek, memory, 0, 0);
    struct clone_args args = {.flags = CLONE_PIDFD, .exit_signal = SIGCHLD, .pidfd = (uint64_t)&pidfd};
    long pid = code < 0 ? code : SYS(clone3, &args, sizeof args);
    if (pid == 0) execute_hook(memory, path, list[0], list[1]);
    code = pid < 0 ? (int)pid : end_of_hook((int)pid, pidfd, seconds);
    shut(pidfd);
    shut(memory);
    return code;
}

// Tells the caller that the namespaces are there, and waits until it has run its hooks in the machine's.
int step_reached(struct making *making, struct reader *arguments) {
    struct report report = {.kind = REPORT_STARTED};
    char go;
    if (arguments->broken) return -EBADMSG;
    if (!send_report(making->sync, &report, -1) || SYS(read, making->sync, &go, 1) != 1) leave(1);
    return 0;
}

struct watch {
    int fd;
    short events, seen;
};

// All signals are blocked until the program runs; until it is started, those that would end it do.
static void end_when_told(int signals) {
    struct signalfd_siginfo info;
    if (SYS(read, signals, &info, sizeof info) != (long)sizeof info) return;
    unsigned ignored[] = {SIGCHLD, SIGCONT, SIGWINCH, SIGURG, SIGTSTP, SIGTTIN, SIGTTOU, SIGPIPE};
    for (size_t i = 0; i < ARRAY(ignored); i++)
        if (info.ssi_signo == ignored[i]) return;
    leave(128 + (int)info.ssi_signo);
}

// The container is made: the caller hears so, and ends. Whoever connects starts the program, and hears of its errors.
int step_await_start(struct making *making, struct reader *arguments) {
    uint64_t all = ~0ull;
    if (arguments->broken) return -EBADMSG;
    struct report ready = {.kind = REPORT_READY};
    int socket = out_of_the_way(OCI_START_FD);
    int signals = (int)SYS(signalfd4, -1, &all, 8, O_CLOEXEC);
    if (signals < 0) return signals;
    if (!send_report(making->sync, &ready, making->master)) leave(1);
    shut(making->master);
    making->master = -1;
    shut(making->sync);
    for (making->sync = -1; making->sync < 0;) {
        struct watch watches[2] = {{socket, POLLIN, 0}, {signals, POLLIN, 0}};
        if (SYS(ppoll, watches, 2, NULL, NULL, 8) < 0) leave(1);
        if (watches[1].seen) end_when_told(signals);
        if (watches[0].seen) making->sync = (int)SYS(accept4, socket, NULL, NULL, SOCKET_CLOEXEC);
    }
    making->sync = out_of_the_way(making->sync);
    shut(socket);
    shut(signals);
    return 0;
}

static bool is_program(const char *path) {
    struct stat status;
    if (SYS(newfstatat, AT_FDCWD, path, &status, 0) < 0) return false;
    return (status.st_mode & S_IFMT) == S_IFREG && (status.st_mode & 0111);
}

// program, PATH's folders: errors of names are told while the container is being created
int step_find_program(struct making *making, struct reader *arguments) {
    static char path[PATH_LENGTH];
    struct stat status;
    const char *name = making->detail = read_text(arguments, NULL), *folders = read_text(arguments, NULL);
    if (arguments->broken) return -EBADMSG;
    for (const char *at = name; *at; at++) {
        if (*at != '/') continue;
        long code = SYS(newfstatat, AT_FDCWD, name, &status, 0);
        return code < 0 ? (int)code : is_program(name) ? 0 : -EACCES;
    }
    while (*name) {
        struct line line = {path, 0, sizeof path - 1, false};
        size_t length = 0;
        while (folders[length] && folders[length] != ':') length++;
        if (length == 0) put_text(&line, ".");
        put_bytes(&line, folders, length);
        put_text(&line, "/");
        put_text(&line, name);
        path[line.used] = 0;
        if (!line.cut && is_program(path)) return 0;
        if (!folders[length]) break;
        folders += length + 1;
    }
    return -ENOENT;
}

static uint64_t join_halves(uint32_t low, uint32_t high) { return low | (uint64_t)high << 32; }

static int set_capabilities(uint64_t effective, uint64_t permitted, uint64_t inheritable) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2];
    for (int i = 0; i < 2; i++) {
        data[i].permitted = (uint32_t)(permitted >> (32 * i));
        data[i].effective = (uint32_t)((effective & permitted) >> (32 * i));
        data[i].inheritable = (uint32_t)(inheritable >> (32 * i));
    }
    return (int)SYS(capset, &header, data);
}

static int64_t held_capabilities(void) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2] = {{0}};
    long code = SYS(capget, &header, data);
    return code < 0 ? code : (int64_t)join_halves(data[0].permitted, data[1].permitted);
}

static struct {
    bool waits;
    uint64_t effective, permitted, inheritable, ambient;
} sets;

static int apply_sets(struct making *making) {
    int code = set_capabilities(sets.effective, sets.permitted, sets.inheritable);
    bool refused = false;
    for (unsigned cap = 0; code == 0 && cap < 64; cap++) {
        if (!(sets.ambient >> cap & 1)) continue;
        refused |= SYS(prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0;
    }
    if (refused) note(making, "ambient capabilities that are not inheritable and permitted are left out", NULL);
    return code;
}

// effective, permitted, inheritable, ambient; as far as this machine's administrator has them; whether only once the
// filter is loaded, which takes CAP_SYS_ADMIN where new privileges are not forbidden
int step_capability_sets(struct making *making, struct reader *arguments) {
    sets.effective = read_number(arguments);
    sets.permitted = read_number(arguments);
    sets.inheritable = read_number(arguments);
    sets.ambient = read_number(arguments);
    sets.waits = read_number(arguments);
    if (arguments->broken) return -EBADMSG;
    int64_t held = held_capabilities();
    if (held < 0) return (int)held;
    if (sets.permitted & ~(uint64_t)held) note(making, "capabilities that are not to be had here are left out", NULL);
    sets.permitted &= (uint64_t)held;
    sets.inheritable &= (uint64_t)held;
    if (!sets.waits) return apply_sets(making);
    return set_capabilities((uint64_t)held, (uint64_t)held, 0);
}

struct filter {
    unsigned short count;
    const void *code;
};
static struct filter filter;
static uint64_t filter_flags;

// The filter's notifications go to the listener's socket from a thread that the filter does not hold: sending may be
// among the calls that wait for an answer.
static struct {
    volatile int fd, sent;
    const char *state;
    size_t length;
} listener = {.fd = -1};

static _Noreturn void send_listener(void) {
    static char text[65536];
    struct {
        struct control_header header;
        int descriptors[2];
    } rights = {.header = {sizeof(struct control_header) + sizeof(int), SOCKET_LEVEL, RIGHTS}};
    int memory = (int)SYS(memfd_create, "state", MFD_CLOEXEC);
    write_with_pid(memory, listener.state, listener.length);
    SYS(lseek, memory, 0, 0);
    long size = SYS(read, memory, text, sizeof text);
    while (listener.fd == -1) call6(__NR_sched_yield, 0, 0, 0, 0, 0, 0);
    rights.descriptors[0] = listener.fd;
    struct slice part = {text, size > 0 ? (size_t)size : 0};
    struct message_header message = {
        .parts = &part, .part_count = 1, .control = &rights, .control_length = sizeof rights};
    long code = listener.fd < 0 ? 0 : SYS(sendmsg, oci.special, &message, NO_SIGNAL);
    listener.sent = code < 0 ? (int)code : 1;
    for (;;) SYS(exit, 0);
}

static long load_with_listener(void) {
    static char stack[65536] __attribute__((aligned(16)));
    struct clone_args args = {
        .flags = CLONE_VM | CLONE_FILES | CLONE_FS | CLONE_SIGHAND | CLONE_THREAD,
        .stack = (uint64_t)stack,
        .stack_size = sizeof stack};
    long thread = SYS(clone3, &args, sizeof args);
    if (thread == 0) send_listener();
    if (thread < 0) return thread;
    long fd = SYS(seccomp, SECCOMP_SET_MODE_FILTER, filter_flags | SECCOMP_FILTER_FLAG_NEW_LISTENER, &filter);
    listener.fd = fd < 0 ? -2 : (int)fd;
    // No call is made from here on that the filter could hold.
    while (listener.sent == 0) __asm__ volatile("" ::: "memory");
    return fd < 0 ? fd : listener.sent < 0 ? listener.sent : 0;
}

// flags, program, state for the listener (empty without one); loaded as the last thing before the program
int step_filter(struct making *making, struct reader *arguments) {
    (void)making;
    size_t length;
    filter_flags = read_number(arguments);
    filter.code = read_text(arguments, &length);
    listener.state = read_text(arguments, &listener.length);
    if (arguments->broken || length == 0 || length % 8 != 0 || length > 4096 * 8) return -EBADMSG;
    if (listener.length > 60000) return -E2BIG;
    filter.count = (unsigned short)(length / 8);
    return 0;
}

int close_privileges(struct making *making) {
    long code = 0;
    if (filter.count > 0 && listener.length > 0) code = load_with_listener();
    else if (filter.count > 0) code = SYS(seccomp, SECCOMP_SET_MODE_FILTER, filter_flags, &filter);
    if (code < 0) making->detail = "system call filter";
    return code < 0 ? (int)code : sets.waits ? apply_sets(making) : 0;
}

// file beneath /proc/self/attr, text: what the security module gives the program
int step_label(struct making *making, struct reader *arguments) {
    char path[64] = {0};
    struct line line = {path, 0, sizeof path - 1, false};
    size_t length;
    put_text(&line, "/proc/self/attr/");
    put_text(&line, read_text(arguments, NULL));
    const char *text = making->detail = read_text(arguments, &length);
    if (arguments->broken) return -EBADMSG;
    int fd = (int)SYS(openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) return fd;
    long code = SYS(write, fd, text, length);
    shut(fd);
    return code < 0 ? (int)code : 0;
}

int step_domain_name(struct making *making, struct reader *arguments) {
    (void)making;
    size_t length;
    const char *name = read_text(arguments, &length);
    return arguments->broken ? -EBADMSG : (int)SYS(setdomainname, name, length);
}

// class and priority as ioprio_set(2) packs them
int step_io_priority(struct making *making, struct reader *arguments) {
    (void)making;
    uint64_t priority = read_number(arguments);
    return arguments->broken ? -EBADMSG : (int)SYS(ioprio_set, 1 /* IOPRIO_WHO_PROCESS */, 0, priority);
}

// policy, flags, nice, priority, runtime, deadline, period (sched_setattr(2))
int step_scheduler(struct making *making, struct reader *arguments) {
    (void)making;
    struct {
        uint32_t size, policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t runtime, deadline, period;
    } attributes = {.size = sizeof attributes};
    attributes.policy = (uint32_t)read_number(arguments);
    attributes.flags = read_number(arguments);
    attributes.nice = (int32_t)(int64_t)read_number(arguments);
    attributes.priority = (uint32_t)read_number(arguments);
    attributes.runtime = read_number(arguments);
    attributes.deadline = read_number(arguments);
    attributes.period = read_number(arguments);
    return arguments->broken ? -EBADMSG : (int)SYS(sched_setattr, 0, &attributes, 0);
}

int step_personality(struct making *making, struct reader *arguments) {
    (void)making;
    uint64_t domain = read_number(arguments);
    long code = arguments->broken ? -EBADMSG : SYS(personality, domain);
    return code < 0 ? (int)code : 0;
}

int step_umask(struct making *making, struct reader *arguments) {
    (void)making;
    oci.umask = (uint32_t)read_number(arguments);
    return arguments->broken ? -EBADMSG : 0;
}
