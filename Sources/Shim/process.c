// From clone to execve.
#include "oci.h"

void set_detail(struct report *report, const char *text) {
    struct line line = {report->detail, 0, sizeof report->detail - 1, false};
    put_text(&line, text ? text : "");
    report->detail[line.used] = 0;
}

// A wish that the kernel does not grant is told, not fatal.
void note(struct making *making, const char *text, const char *subject) {
    struct report report = {.kind = REPORT_NOTE};
    struct line line = {report.detail, 0, sizeof report.detail - 1, false};
    put_text(&line, text);
    if (subject) {
        put_text(&line, ": ");
        put_text(&line, subject);
    }
    if (making->sync >= 0) send_report(making->sync, &report, -1);
    else SYS(write, making->report, &report, sizeof report);
}

static int open_terminal(struct making *making, int *slave) {
    int master = open_in_root(making->root, "/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_NOFOLLOW, RESOLVE_NO_SYMLINKS);
    if (master < 0) return master;
    if (!is_on(master, DEVPTS_SUPER_MAGIC)) return shut(master), -ENODEV;
    int unlocked = 0;
    long code = SYS(ioctl, master, TIOCSPTLCK, &unlocked);
    // By descriptor: a name in /dev/pts is the container's to replace.
    if (code == 0) code = *slave = (int)SYS(ioctl, master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (code < 0) return shut(master), (int)code;
    return master;
}

// columns, rows: a terminal of the container's own as input and output
int step_console(struct making *making, struct reader *arguments) {
    struct winsize size = {0};
    int slave = -1;
    size.ws_col = (unsigned short)read_number(arguments);
    size.ws_row = (unsigned short)read_number(arguments);
    if (arguments->broken) return -EBADMSG;
    making->detail = "/dev/pts/ptmx";
    int master = open_terminal(making, &slave);
    if (master < 0) return master;
    if (size.ws_col && size.ws_row) SYS(ioctl, master, TIOCSWINSZ, &size);
    for (int fd = 0; fd < 3; fd++) SYS(dup3, slave, fd, 0);
    shut(slave);
    making->terminal = true;
    making->master = master;
    return (int)SYS(ioctl, 0, TIOCSCTTY, 0);
}

// The shim holds back the program until the state is written, and learns of the terminal.
static void wait_for_go(struct making *making) {
    struct report ready = {.kind = REPORT_READY};
    char go;
    if (!send_report(making->sync, &ready, making->master)) leave(1);
    shut(making->master);
    making->master = -1;
    if (SYS(read, making->sync, &go, 1) != 1) leave(1);
}

void reset_signals(void) {
    struct {
        void *handler;
        unsigned long flags;
        void *restorer;
        uint64_t mask;
    } standard = {0};
    uint64_t none = 0;
    for (int signal = 1; signal <= 64; signal++) SYS(rt_sigaction, signal, &standard, NULL, 8);
    SYS(rt_sigprocmask, SIG_SETMASK, &none, NULL, 8);
}

static const char *value_of(char **environment, const char *name) {
    size_t length = strlen(name);
    const char *found = NULL;
    for (; *environment; environment++)
        if (strlen(*environment) > length && (*environment)[length] == '=' && memcmp(*environment, name, length) == 0)
            found = *environment + length + 1;
    return found;
}

// execvpe(3): a name without a slash is looked for in PATH, and the most telling error is kept.
static long execute(char **arguments, char **environment) {
    static char path[PATH_LENGTH];
    const char *name = arguments[0];
    for (const char *at = name; *at; at++)
        if (*at == '/') return SYS(execve, name, arguments, environment);
    const char *folders = value_of(environment, "PATH");
    if (!folders) folders = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    long code = -ENOENT;
    while (*name) {
        struct line line = {path, 0, sizeof path - 1, false};
        size_t length = 0;
        while (folders[length] && folders[length] != ':') length++;
        if (length == 0) put_text(&line, ".");
        put_bytes(&line, folders, length);
        put_text(&line, "/");
        put_text(&line, name);
        path[line.used] = 0;
        long result = line.cut ? -ENAMETOOLONG : SYS(execve, path, arguments, environment);
        if (result != -ENOENT && result != -ENOTDIR) code = result;
        if (result != -ENOENT && result != -ENOTDIR && result != -EACCES) break;
        if (!folders[length]) break;
        folders += length + 1;
    }
    return code;
}

enum { WORDS = 32768 };

// count, arguments…, count, environment…
int step_execute(struct making *making, struct reader *arguments) {
    static char *words[WORDS];
    char **next = words;
    char **list[2];
    for (int i = 0; i < 2; i++) {
        uint64_t count = read_number(arguments);
        if (count >= (uint64_t)(words + WORDS - next) - 2) return -E2BIG;
        list[i] = next;
        for (uint64_t k = 0; k < count; k++) *next++ = (char *)read_text(arguments, NULL);
        if (i == 1 && !value_of(list[1], "HOME") && making->home[0]) *next++ = making->home;
        *next++ = NULL;
    }
    if (arguments->broken || !list[0][0]) return -EBADMSG;
    making->detail = list[0][0];
    int code = place_preserved();
    if (code < 0) return code;
    wait_for_go(making);
    SYS(umask, oci.umask);
    if (oci.files.rlim_max) SYS(prlimit64, 0, RLIMIT_NOFILE, &oci.files, NULL);
    reset_signals();
    code = close_privileges(making);
    if (code < 0) return code;
    return (int)execute(list[0], list[1]);
}

static void take_streams(struct making *making) {
    int null = (int)SYS(openat, AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; fd < 3; fd++) SYS(dup3, making->stdio[fd] >= 0 ? making->stdio[fd] : null, fd, 0);
    shut(null);
}

_Noreturn void become(struct making *making) {
    struct step step = {0};
    SYS(setsid, 0);
    take_streams(making);
    int code = run_steps(making, &step);
    struct report report = {.kind = REPORT_FAILED, .step = step.index, .error = -code};
    set_detail(&report, making->detail);
    send_report(making->sync, &report, -1);
    leave(127);
}

int clone_process(struct making *making, uint64_t flags, int cgroup, int *pidfd, int *sync) {
    int pair[2];
    long code = SYS(socketpair, AF_UNIX, SOCKET_SEQPACKET | SOCKET_CLOEXEC, 0, pair);
    if (code < 0) return (int)code;
    struct clone_args args = {.flags = flags | CLONE_PIDFD, .exit_signal = SIGCHLD, .pidfd = (uint64_t)pidfd};
    if (cgroup >= 0) {
        args.flags |= CLONE_INTO_CGROUP;
        args.cgroup = (uint64_t)cgroup;
    }
    code = SYS(clone3, &args, sizeof args);
    if (code == 0) {
        shut(pair[0]);
        making->sync = pair[1];
        become(making);
    }
    shut(pair[1]);
    if (code < 0) shut(pair[0]);
    else *sync = pair[0];
    return (int)code;
}
