// Starts the container's first process and, once it runs, stays as its parent.
#include "shim.h"

// What the plan asks of the shim itself.
struct wishes {
    int folder, cgroup;
    uint64_t clone_flags;
    bool terminal, logs;
};
static struct wishes wishes = {.folder = -1, .cgroup = -1};
static char oom_file[PATH_LENGTH], log_path[PATH_LENGTH];
static uint64_t started_at;

static int copy_path(char *place, struct reader *arguments) {
    size_t length;
    const char *text = read_text(arguments, &length);
    if (arguments->broken || length >= PATH_LENGTH) return -EBADMSG;
    memcpy(place, text, length + 1);
    return 0;
}

static int open_folder(const char *path) {
    return (int)SYS(openat, AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static int take_wish(struct step *step) {
    struct reader *arguments = &step->arguments;
    int code = 0;
    switch (step->code) {
    case STEP_FOLDER:
        code = wishes.folder = open_folder(read_text(arguments, NULL));
        break;
    case STEP_LOG: {
        code = copy_path(log_path, arguments);
        uint64_t maximum = read_number(arguments), files = read_number(arguments);
        if (code == 0 && !arguments->broken) log_open(log_path, maximum, files < 1 ? 1 : files > 100 ? 100 : files);
        wishes.logs = true;
        break;
    }
    case STEP_CLONE: {
        wishes.clone_flags = read_number(arguments);
        const char *cgroup = read_text(arguments, NULL);
        if (*cgroup) code = wishes.cgroup = open_folder(cgroup);
        break;
    }
    case STEP_OOM_FILE:
        code = copy_path(oom_file, arguments);
        break;
    case STEP_TERMINAL:
        wishes.terminal = true;
        break;
    default:
        return step->code <= STEP_LAST_OF_SHIM ? -EBADMSG : 0;
    }
    return code < 0 ? code : arguments->broken ? -EBADMSG : 0;
}

static int take_wishes(const struct plan *plan, struct step *step) {
    struct reader reader = plan_start(plan);
    uint32_t index = 0;
    while (plan_next(&reader, step, &index)) {
        int code = take_wish(step);
        if (code < 0) return code;
    }
    return wishes.folder < 0 ? -EBADMSG : 0;
}

static int make_pipe(int *inner, int *outer) {
    int ends[2];
    long code = SYS(pipe2, ends, O_CLOEXEC);
    if (code < 0) return (int)code;
    *outer = ends[0];
    *inner = ends[1];
    return (int)SYS(fcntl, ends[0], F_SETFL, O_NONBLOCK);
}

int write_file_at(int folder, const char *name, const char *temporary, const struct line *line) {
    int fd = (int)SYS(openat, folder, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return fd;
    long count = SYS(write, fd, line->base, line->used);
    shut(fd);
    if (count != (long)line->used) return count < 0 ? (int)count : -ENOSPC;
    return (int)SYS(renameat2, folder, temporary, folder, name, 0);
}

// `state`: the shim's pid, the first process's, when it started.
static int write_state(int pid, uint64_t now) {
    char bytes[80];
    struct line line = {bytes, 0, sizeof bytes, false};
    put_number(&line, SYS(getpid, 0));
    put_text(&line, " ");
    put_number(&line, pid);
    put_text(&line, " ");
    put_number(&line, (int64_t)now);
    put_text(&line, "\n");
    return write_file_at(wishes.folder, "state", "state.new", &line);
}

// Follows the new process to its execve. Answers 0, or -1 with `report` saying why it did not get there.
static int follow(int sync, int pid, int report_fd, struct report *report, int *master) {
    bool ready = false;
    for (;;) {
        int descriptor;
        long size = receive(sync, report, sizeof *report, &descriptor, 1, 0);
        if (size != (long)sizeof *report) break;
        if (report->kind == REPORT_FAILED) return -1;
        if (report->kind == REPORT_NOTE) SYS(write, report_fd, report, sizeof *report);
        if (report->kind != REPORT_READY) continue;
        *master = descriptor;
        ready = true;
        started_at = wall_clock();
        int code = write_state(pid, started_at);
        if (code < 0) {
            *report = (struct report){.kind = REPORT_FAILED, .step = UINT32_MAX, .error = -code};
            set_detail(report, "state");
            return -1;
        }
        SYS(sendto, sync, "g", 1, NO_SIGNAL, NULL, 0);
    }
    if (ready) return 0;
    int status = 0;
    SYS(wait4, pid, &status, 0, NULL);
    *report = (struct report){.kind = REPORT_DIED, .error = status};
    return -1;
}

static _Noreturn void give_up(int report_fd, const struct report *report) {
    SYS(write, report_fd, report, sizeof *report);
    leave(1);
}

static int open_streams(struct making *making, int outputs[2]) {
    if (wishes.terminal || !wishes.logs) return 0;
    int code = make_pipe(&making->stdio[1], &outputs[0]);
    return code < 0 ? code : make_pipe(&making->stdio[2], &outputs[1]);
}

int run_container(const struct plan *plan, int report_fd) {
    struct step step = {0};
    struct report report = {.kind = REPORT_FAILED};
    static struct making making;
    int outputs[2] = {-1, -1}, pidfd = -1, sync = -1, master = -1;
    making = (struct making){.plan = plan, .sync = -1, .target = -1, .root = -1, .stdio = {-1, -1, -1}, .master = -1, .masked_folder = -1};
    int code = take_wishes(plan, &step);
    if (code == 0) code = open_streams(&making, outputs);
    int pid = code < 0 ? code : clone_process(&making, wishes.clone_flags, wishes.cgroup, &pidfd, &sync);
    if (pid < 0) {
        report.step = step.index;
        report.error = -pid;
        set_detail(&report, code < 0 ? NULL : "clone3");
        give_up(report_fd, &report);
    }
    shut(making.stdio[1]);
    shut(making.stdio[2]);
    shut(wishes.cgroup);
    if (follow(sync, pid, report_fd, &report, &master) < 0) {
        SYS(pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
        SYS(wait4, pid, NULL, 0, NULL);
        SYS(unlinkat, wishes.folder, "state", 0);
        give_up(report_fd, &report);
    }
    shut(sync);
    if (master >= 0) outputs[0] = master;
    if (master >= 0) SYS(fcntl, master, F_SETFL, O_NONBLOCK);
    // Whatever the shim clones from here on lives in the container's process namespace, and ends with it.
    SYS(setns, pidfd, CLONE_NEWPID);
    SYS(munmap, plan->base, plan->length);
    open_listener(wishes.folder);
    report = (struct report){.kind = REPORT_STARTED, .pid = pid, .time = started_at};
    SYS(write, report_fd, &report, sizeof report);
    shut(report_fd);
    serve(wishes.folder, pid, pidfd, outputs, master, oom_file);
}
