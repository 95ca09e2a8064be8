// The part of an OCI container's making that needs the machine's own view: sources of mounts, namespaces to join, ids.
// The shim does it, clones the container's first process as its own sibling, so that it becomes the caller's child, and
// ends.
#include "oci.h"

struct oci oci = {.mapped = -1, .umask = 0022};

static struct {
    uint64_t flags;
    int cgroup;
    const char *users, *groups;
    bool denies_groups;
} wish = {.cgroup = -1};

static int open_path(const char *path, uint64_t flags) {
    return (int)SYS(openat, AT_FDCWD, path, flags | O_CLOEXEC);
}

static int write_file(const char *path, const char *text, size_t length) {
    int fd = open_path(path, O_WRONLY);
    if (fd < 0) return fd;
    long code = SYS(write, fd, text, length);
    shut(fd);
    return code < 0 ? (int)code : 0;
}

static int write_of_process(int pid, const char *name, const char *text) {
    char path[64] = {0};
    struct line line = {path, 0, sizeof path - 1, false};
    put_text(&line, "/proc/");
    put_number(&line, pid);
    put_text(&line, name);
    return write_file(path, text, strlen(text));
}

static int map_ids(int pid, const char *users, const char *groups, bool denies_groups) {
    int code = denies_groups ? write_of_process(pid, "/setgroups", "deny") : 0;
    if (code == 0) code = write_of_process(pid, "/uid_map", users);
    return code == 0 ? write_of_process(pid, "/gid_map", groups) : code;
}

struct tree_attributes read_tree_attributes(struct reader *arguments) {
    struct tree_attributes attributes;
    attributes.set = read_number(arguments);
    attributes.clear = read_number(arguments);
    attributes.set_all = read_number(arguments);
    attributes.clear_all = read_number(arguments);
    attributes.propagation = read_number(arguments);
    attributes.propagates_all = read_number(arguments);
    attributes.id_map = read_number(arguments);
    attributes.id_map_all = read_number(arguments);
    return attributes;
}

static int set_of_tree(int tree, uint64_t set, uint64_t clear, uint64_t propagation, uint64_t users, bool all) {
    struct mount_attr attributes = {.attr_set = set, .attr_clr = clear, .propagation = propagation, .userns_fd = users};
    if (set == 0 && clear == 0 && propagation == 0) return 0;
    // An access time mode is one value, not a set of bits: the old one goes as the new one comes.
    if ((set | clear) & MOUNT_ATTR__ATIME) attributes.attr_clr |= MOUNT_ATTR__ATIME;
    if (clear & MOUNT_ATTR__ATIME) attributes.attr_set &= ~(uint64_t)MOUNT_ATTR__ATIME;
    return (int)SYS(mount_setattr, tree, "", AT_EMPTY_PATH | (all ? AT_RECURSIVE : 0), &attributes, sizeof attributes);
}

int apply_tree_attributes(int tree, const struct tree_attributes *wanted) {
    int code = 0;
    if (wanted->id_map) {
        if (wanted->id_map > oci.id_map_count) return -EBADMSG;
        code = set_of_tree(tree, MOUNT_ATTR_IDMAP, 0, 0, (uint64_t)oci.id_maps[wanted->id_map - 1], wanted->id_map_all);
    }
    if (code == 0) code = set_of_tree(tree, wanted->set_all, wanted->clear_all, 0, 0, true);
    if (code == 0) code = set_of_tree(tree, wanted->set, wanted->clear, 0, 0, false);
    if (code == 0) code = set_of_tree(tree, 0, 0, wanted->propagation, 0, wanted->propagates_all);
    return code;
}

// source, whether with what is mounted in it, attributes; before the clone where only the machine's root may open it
int step_tree(struct making *making, struct reader *arguments) {
    const char *source = making->detail = read_text(arguments, NULL);
    bool all = read_number(arguments);
    struct tree_attributes attributes = read_tree_attributes(arguments);
    if (arguments->broken || oci.tree_count >= OCI_TREES) return -EBADMSG;
    int tree = (int)SYS(open_tree, AT_FDCWD, source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (all ? AT_RECURSIVE : 0));
    if (tree < 0) return tree;
    oci.trees[oci.tree_count++] = tree;
    return apply_tree_attributes(tree, &attributes);
}

// A user namespace with these ids, held by a descriptor, for id-mapped mounts.
static int make_id_map(struct reader *arguments) {
    const char *users = read_text(arguments, NULL), *groups = read_text(arguments, NULL);
    if (arguments->broken || oci.id_map_count >= OCI_ID_MAPS) return -EBADMSG;
    struct clone_args args = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
    long pid = SYS(clone3, &args, sizeof args);
    if (pid == 0)
        for (;;) SYS(ppoll, NULL, 0, NULL, NULL, 8);
    if (pid < 0) return (int)pid;
    int code = map_ids((int)pid, users, groups, false);
    char path[64] = {0};
    struct line line = {path, 0, sizeof path - 1, false};
    put_text(&line, "/proc/");
    put_number(&line, pid);
    put_text(&line, "/ns/user");
    if (code == 0) code = oci.id_maps[oci.id_map_count++] = open_path(path, O_RDONLY);
    SYS(kill, pid, SIGKILL);
    SYS(wait4, pid, NULL, 0, NULL);
    return code < 0 ? code : 0;
}

static int join(const char *path, uint64_t kind) {
    int fd = open_path(path, O_RDONLY);
    if (fd < 0) return fd;
    long code = SYS(setns, fd, kind);
    shut(fd);
    return (int)code;
}

// The offsets hold for the processes made after: they are written before there is one.
static int make_time(struct reader *arguments) {
    size_t length;
    const char *offsets = read_text(arguments, &length);
    if (arguments->broken) return -EBADMSG;
    long code = SYS(unshare, CLONE_NEWTIME);
    return code < 0 || length == 0 ? (int)code : write_file("/proc/self/timens_offsets", offsets, length);
}

// Inherited by the clone. Lowering needs CAP_SYS_RESOURCE; without it the score stays, and that is told.
static int set_score(struct making *making, struct reader *arguments) {
    char text[24];
    struct line line = {text, 0, sizeof text, false};
    put_number(&line, (int64_t)read_number(arguments));
    int code = arguments->broken ? -EBADMSG : write_file("/proc/self/oom_score_adj", text, line.used);
    if (code != -EACCES && code != -EPERM) return code;
    note(making, "oom_score_adj cannot be lowered here", NULL);
    return 0;
}

static int take(struct making *making, struct step *step) {
    struct reader *arguments = &step->arguments;
    int code = 0;
    switch (step->code) {
    case STEP_TREE:
        return step_tree(making, arguments);
    case STEP_ID_MAP:
        return make_id_map(arguments);
    case STEP_TIME_OFFSETS:
        return make_time(arguments);
    case STEP_SCORE:
        return set_score(making, arguments);
    case STEP_TASKS:
        making->detail = read_text(arguments, NULL);
        if (oci.task_count >= OCI_TASKS) return -EBADMSG;
        code = oci.tasks[oci.task_count++] = open_path(making->detail, O_WRONLY);
        break;
    case STEP_JOIN_BEFORE:
        making->detail = read_text(arguments, NULL);
        return join(making->detail, read_number(arguments));
    case STEP_ENTER_BEFORE:
        code = (int)SYS(setns, oci.special, read_number(arguments));
        break;
    case STEP_OWN_IDS:
        wish.users = read_text(arguments, NULL);
        wish.groups = read_text(arguments, NULL);
        wish.denies_groups = read_number(arguments);
        break;
    case STEP_CLONE:
        wish.flags = read_number(arguments);
        making->detail = read_text(arguments, NULL);
        if (*making->detail) code = wish.cgroup = open_path(making->detail, O_PATH | O_DIRECTORY);
        break;
    case STEP_PRESERVE:
        oci.preserved = read_number(arguments);
        break;
    default:
        return step->code <= STEP_LAST_OF_SHIM ? -EBADMSG : 0;
    }
    return code < 0 ? code : arguments->broken ? -EBADMSG : 0;
}

// Each source of a mount is a descriptor; the program gets back the limit that the caller has.
static void take_more_files(void) {
    if (SYS(prlimit64, 0, RLIMIT_NOFILE, NULL, &oci.files) < 0) return;
    struct rlimit64 most = {oci.files.rlim_max, oci.files.rlim_max};
    SYS(prlimit64, 0, RLIMIT_NOFILE, &most, NULL);
}

int place_preserved(void) {
    SYS(close_range, 3, ~0u, CLOSE_RANGE_CLOEXEC);
    for (uint64_t i = 0; i < oci.preserved; i++) {
        long code = SYS(dup3, OCI_PRESERVED_FD + i, 3 + i, 0);
        if (code < 0) return (int)code;
    }
    return 0;
}

static int host_pid(void) {
    char text[16] = {0};
    int pid = 0;
    long length = SYS(readlinkat, AT_FDCWD, "/proc/self", text, sizeof text - 1);
    for (long i = 0; i < length && text[i] >= '0' && text[i] <= '9'; i++) pid = pid * 10 + (text[i] - '0');
    return pid;
}

static _Noreturn void make_container(struct making *making) {
    struct step step = {0};
    oci.host_pid = host_pid();
    SYS(setsid, 0);
    int code = run_steps(making, &step);
    struct report report = {.kind = REPORT_FAILED, .step = step.index, .error = -code};
    set_detail(&report, making->detail);
    send_report(making->sync, &report, -1);
    leave(127);
}

static long clone_sibling(struct making *making, int *mapper) {
    int ends[2] = {-1, -1};
    if (wish.users) {
        long code = SYS(pipe2, ends, O_CLOEXEC);
        if (code < 0) return code;
    }
    struct clone_args args = {.flags = wish.flags | CLONE_PARENT};
    if (wish.cgroup >= 0) {
        args.flags |= CLONE_INTO_CGROUP;
        args.cgroup = (uint64_t)wish.cgroup;
    }
    long pid = SYS(clone3, &args, sizeof args);
    if (pid == 0) {
        shut(ends[1]);
        oci.mapped = ends[0];
        make_container(making);
    }
    *mapper = ends[1];
    return pid;
}

int out_of_the_way(int fd) {
    int high = (int)SYS(fcntl, fd, F_DUPFD_CLOEXEC, OCI_HIGH_FD);
    if (high < 0) return fd;
    shut(fd);
    return high;
}

int run_oci(const struct plan *plan) {
    static struct making making;
    struct step step = {0};
    struct report report = {.kind = REPORT_FAILED};
    uint32_t index = 0;
    int mapper = -1, code = 0;
    making = (struct making){.plan = plan, .target = -1, .root = -1, .stdio = {-1, -1, -1}, .master = -1, .masked_folder = -1};
    take_more_files();
    making.sync = out_of_the_way(4);
    oci.special = out_of_the_way(OCI_SPECIAL_FD);
    struct reader reader = plan_start(plan);
    while (code >= 0 && plan_next(&reader, &step, &index)) {
        making.detail = NULL;
        code = take(&making, &step);
    }
    long pid = code < 0 ? code : clone_sibling(&making, &mapper);
    if (code >= 0 && pid < 0) making.detail = "clone3";
    if (pid > 0) {
        report = (struct report){.kind = REPORT_MADE, .pid = (int32_t)pid};
        send_report(making.sync, &report, -1);
        if (!wish.users) leave(0);
        pid = map_ids((int)pid, wish.users, wish.groups, wish.denies_groups);
        making.detail = "uid_map and gid_map";
        if (pid == 0) SYS(write, mapper, "m", 1);
        if (pid == 0) leave(0);
        report = (struct report){.kind = REPORT_FAILED};
    }
    report.step = step.index;
    report.error = (int32_t)-pid;
    set_detail(&report, making.detail);
    send_report(making.sync, &report, -1);
    leave(1);
}
