// The life of a shim: logs, requests over its socket, the ends of its children; and the container's exit, written down.
#include "shim.h"

enum { CLIENTS = 64, DRAIN_MILLISECONDS = 1000 };

enum request_kind {
    REQUEST_EXECUTE = 1,        // descriptors: plan, stdin, stdout, stderr (none of these three: a terminal)
    REQUEST_SIGNAL = 2,         // to the container's first process
    REQUEST_SIGNAL_EXECUTED = 3, // to the program that this client had executed
    REQUEST_RESIZE = 4,         // the container's own terminal
};

struct request {
    uint32_t kind;
    int32_t signal;
    uint32_t columns, rows;
};

// A client; with the program it had executed, if any.
struct client {
    int socket, sync, pid, pidfd, master;
    bool ready, failed, ended;
    int status;
};

static struct {
    int folder, init, init_fd, listener, children, master;
    int outputs[2];
    bool init_ended;
    int init_status;
    const char *oom_file;
    struct client clients[CLIENTS];
} shim;

static const struct client no_client = {-1, -1, 0, -1, -1, false, false, false, 0};

static void drop(struct client *client) {
    if (client->pidfd >= 0 && !client->ended) SYS(pidfd_send_signal, client->pidfd, SIGKILL, NULL, 0);
    shut(client->socket);
    client->socket = -1;
    if (client->pid > 0 && !client->ended) return;  // its end is still to be waited for
    shut(client->sync);
    shut(client->pidfd);
    shut(client->master);
    *client = no_client;
}

static void tell(struct client *client, struct report report, int descriptor) {
    if (client->socket >= 0) send_report(client->socket, &report, descriptor);
}

static void tell_end(struct client *client) {
    int signal = client->status & 0x7f;
    uint32_t code = signal ? 128 + (uint32_t)signal : (uint32_t)client->status >> 8 & 0xff;
    if (!client->failed) tell(client, (struct report){.kind = REPORT_EXITED, .step = code, .error = signal}, -1);
    drop(client);
}

// What the process being made says until its execve closes the socket.
static void follow_executed(struct client *client) {
    struct report report;
    int descriptor;
    long size = receive(client->sync, &report, sizeof report, &descriptor, 1, DO_NOT_WAIT);
    if (size == -EAGAIN) return;
    if (size == (long)sizeof report && report.kind == REPORT_READY) {
        client->ready = true;
        client->master = descriptor;
        SYS(sendto, client->sync, "g", 1, NO_SIGNAL, NULL, 0);
    } else if (size == (long)sizeof report) {
        client->failed |= report.kind == REPORT_FAILED;
        tell(client, report, -1);
    } else {
        shut(client->sync);
        client->sync = -1;
        if (client->failed) return;
        if (!client->ready) client->failed = true;
        uint32_t kind = client->ready ? REPORT_STARTED : REPORT_DIED;
        tell(client, (struct report){.kind = kind, .pid = client->pid, .time = wall_clock()}, client->master);
        shut(client->master);
        client->master = -1;
    }
}

static int start_executed(struct client *client, int descriptors[4]) {
    static struct making making;
    struct stat status;
    struct plan plan;
    long code = SYS(newfstatat, descriptors[0], "", &status, AT_EMPTY_PATH);
    if (code < 0) return (int)code;
    if (status.st_size < 16 || status.st_size > PLAN_LIMIT) return -EBADMSG;
    size_t length = (size_t)status.st_size;
    long base = SYS(mmap, 0, length, 1 /* PROT_READ */, 2 /* MAP_PRIVATE */, descriptors[0], 0);
    if (base < 0) return (int)base;
    code = plan_open(&plan, (const char *)base, length);
    if (code == 0) {
        making = (struct making){.plan = &plan, .target = shim.init_fd, .root = -1, .master = -1, .masked_folder = -1};
        for (int i = 0; i < 3; i++) making.stdio[i] = descriptors[i + 1];
        struct reader reader = plan_start(&plan);
        struct step step;
        uint32_t index = 0;
        int cgroup = -1;
        if (plan_next(&reader, &step, &index) && step.code == STEP_CLONE) {
            read_number(&step.arguments);
            const char *path = read_text(&step.arguments, NULL);
            if (*path) code = cgroup = (int)SYS(openat, AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        }
        if (code >= 0) code = clone_process(&making, 0, cgroup, &client->pidfd, &client->sync);
        shut(cgroup);
    }
    SYS(munmap, base, length);
    return (int)code;
}

static void execute_for(struct client *client, int descriptors[4]) {
    int pid = client->pid > 0 ? -EBUSY : start_executed(client, descriptors);
    if (pid > 0) {
        client->pid = pid;
        return;
    }
    struct report report = {.kind = REPORT_FAILED, .step = UINT32_MAX, .error = -pid};
    set_detail(&report, "clone3");
    tell(client, report, -1);
}

static void answer(struct client *client) {
    struct request request;
    int descriptors[4];
    long size = receive(client->socket, &request, sizeof request, descriptors, 4, DO_NOT_WAIT);
    if (size == -EAGAIN) return;
    struct report done = {.kind = REPORT_READY};
    if (size != (long)sizeof request) {
        drop(client);
    } else if (request.kind == REQUEST_EXECUTE) {
        execute_for(client, descriptors);
    } else if (request.kind == REQUEST_SIGNAL) {
        done.error = (int32_t)-SYS(pidfd_send_signal, shim.init_fd, request.signal, NULL, 0);
        tell(client, done, -1);
    } else if (request.kind == REQUEST_SIGNAL_EXECUTED) {
        if (client->pidfd >= 0) SYS(pidfd_send_signal, client->pidfd, request.signal, NULL, 0);
    } else if (request.kind == REQUEST_RESIZE) {
        struct winsize window = {.ws_col = (unsigned short)request.columns, .ws_row = (unsigned short)request.rows};
        done.error = shim.master < 0 ? ENOTTY : (int32_t)-SYS(ioctl, shim.master, TIOCSWINSZ, &window);
        tell(client, done, -1);
    }
    for (int i = 0; i < 4; i++) shut(descriptors[i]);
}

static void welcome(void) {
    int socket = (int)SYS(accept4, shim.listener, NULL, NULL, SOCKET_CLOEXEC);
    if (socket < 0) return;
    for (int i = 0; i < CLIENTS; i++) {
        if (shim.clients[i].socket >= 0 || shim.clients[i].pid > 0) continue;
        shim.clients[i].socket = socket;
        return;
    }
    shut(socket);
}

static void reap(void) {
    char skipped[sizeof(struct signalfd_siginfo)];
    SYS(read, shim.children, skipped, sizeof skipped);
    for (;;) {
        int status;
        long pid = SYS(wait4, -1, &status, WNOHANG, NULL);
        if (pid <= 0) return;
        if (pid == shim.init) {
            shim.init_ended = true;
            shim.init_status = status;
        }
        for (int i = 0; i < CLIENTS; i++) {
            struct client *client = &shim.clients[i];
            if (client->pid != pid) continue;
            client->ended = true;
            client->status = status;
            while (client->sync >= 0) follow_executed(client);
            tell_end(client);
        }
    }
}

// A socket in the container's folder, by a name that is short however long the folder's path is.
void open_listener(int folder) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct line line = {address.sun_path, 0, sizeof address.sun_path - 1, false};
    put_text(&line, "/proc/self/fd/");
    put_number(&line, folder);
    put_text(&line, "/control");
    shim.listener = (int)SYS(socket, AF_UNIX, SOCKET_SEQPACKET | SOCKET_CLOEXEC | SOCKET_NONBLOCK, 0);
    if (shim.listener < 0) return;
    SYS(umask, 0177);
    if (SYS(bind, shim.listener, &address, sizeof address) == 0) SYS(listen, shim.listener, 64);
    SYS(umask, 0);
}

// The kernel's count of processes killed for want of memory: memory.oom_control (v1) and memory.events (v2) alike.
static bool was_out_of_memory(void) {
    static char bytes[1024];
    if (!*shim.oom_file) return false;
    int fd = (int)SYS(openat, AT_FDCWD, shim.oom_file, O_RDONLY | O_CLOEXEC);
    long length = fd < 0 ? 0 : SYS(read, fd, bytes, sizeof bytes - 1);
    shut(fd);
    for (long i = 0; i + 10 <= length; i++) {
        bool at_start = i == 0 || bytes[i - 1] == '\n';
        if (at_start && memcmp(bytes + i, "oom_kill ", 9) == 0) return bytes[i + 9] != '0';
    }
    return false;
}

// `exit`: code, signal, out of memory, when.
static void write_exit(uint64_t now) {
    int signal = shim.init_status & 0x7f, code = signal ? 128 + signal : shim.init_status >> 8 & 0xff;
    char bytes[96];
    struct line line = {bytes, 0, sizeof bytes, false};
    put_number(&line, code);
    put_text(&line, " ");
    put_number(&line, signal);
    put_text(&line, code == 137 && was_out_of_memory() ? " 1 " : " 0 ");
    put_number(&line, (int64_t)now);
    put_text(&line, "\n");
    // A full disk must not lose the exit: tried for a while, and then the service tells it as a lost shim.
    for (int i = 0; i < 50 && write_file_at(shim.folder, "exit", "exit.new", &line) < 0; i++) {
        struct timespec pause = {0, 100000000};
        SYS(nanosleep, &pause, NULL);
    }
}

struct watch {
    int fd;
    short events, seen;
};

static long wait_for(struct watch *watches, size_t count, long milliseconds) {
    struct timespec limit = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    return SYS(ppoll, watches, count, milliseconds < 0 ? NULL : &limit, NULL, 8);
}

static void read_output(int which) {
    bool ended = false;
    log_read(which, shim.outputs[which], &ended);
    if (!ended) return;
    shut(shim.outputs[which]);
    shim.outputs[which] = -1;
    if (which == 0) shim.master = -1;
}

static void turn(void) {
    struct watch watches[4 + 2 * CLIENTS];
    watches[0] = (struct watch){shim.children, POLLIN, 0};
    watches[1] = (struct watch){shim.listener, POLLIN, 0};
    for (int i = 0; i < 2; i++) watches[2 + i] = (struct watch){shim.outputs[i], POLLIN, 0};
    for (int i = 0; i < CLIENTS; i++) {
        watches[4 + 2 * i] = (struct watch){shim.clients[i].socket, POLLIN, 0};
        watches[5 + 2 * i] = (struct watch){shim.clients[i].sync, POLLIN, 0};
    }
    wait_for(watches, ARRAY(watches), -1);
    for (int i = 0; i < 2; i++)
        if (watches[2 + i].seen) read_output(i);
    for (int i = 0; i < CLIENTS; i++) {
        struct client *client = &shim.clients[i];
        if (watches[5 + 2 * i].seen && client->sync >= 0) follow_executed(client);
        if (watches[4 + 2 * i].seen && client->socket >= 0) answer(client);
    }
    if (watches[0].seen) reap();
    if (watches[1].seen) welcome();
}

// All writers are gone with the process namespace, unless one passed its descriptor on: that one is not waited for.
static void drain(void) {
    for (int round = 0; round < DRAIN_MILLISECONDS; round++) {
        struct watch watches[2];
        for (int i = 0; i < 2; i++) watches[i] = (struct watch){shim.outputs[i], POLLIN, 0};
        if (shim.outputs[0] < 0 && shim.outputs[1] < 0) break;
        if (wait_for(watches, 2, 1) < 0) break;
        for (int i = 0; i < 2; i++)
            if (watches[i].seen) read_output(i);
    }
    log_finish();
}

_Noreturn void serve(int folder, int init, int init_fd, int outputs[2], int terminal, const char *oom_file) {
    uint64_t children = 1ull << (SIGCHLD - 1);
    shim.folder = folder;
    shim.init = init;
    shim.init_fd = init_fd;
    shim.outputs[0] = outputs[0];
    shim.outputs[1] = outputs[1];
    shim.master = terminal;
    shim.oom_file = oom_file;
    for (int i = 0; i < CLIENTS; i++) shim.clients[i] = no_client;
    shim.children = (int)SYS(signalfd4, -1, &children, 8, O_CLOEXEC | O_NONBLOCK);
    reap();
    while (!shim.init_ended) turn();
    uint64_t now = wall_clock();
    drain();
    write_exit(now);
    SYS(unlinkat, folder, "control", 0);
    leave(0);
}
