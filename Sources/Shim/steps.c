// The steps that are one or two calls, and the table of all.
#include "oci.h"

// A v1 tasks file. The one thread there is moves itself, which needs no lock of the whole machine: writing cgroup.procs waits
// 10 ms for a grace period (kernel/cgroup/cgroup.c, cgroup_procs_write_start).
static int step_attach(struct making *making, struct reader *arguments) {
    making->detail = read_text(arguments, NULL);
    if (arguments->broken) return -EBADMSG;
    int fd = (int)SYS(openat, AT_FDCWD, making->detail, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return fd;
    long code = SYS(write, fd, "0", 1);
    shut(fd);
    return code < 0 ? (int)code : 0;
}

// a namespace's file, its kind
static int step_join(struct making *making, struct reader *arguments) {
    making->detail = read_text(arguments, NULL);
    uint64_t kind = read_number(arguments);
    if (arguments->broken) return -EBADMSG;
    int fd = (int)SYS(openat, AT_FDCWD, making->detail, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return fd;
    long code = SYS(setns, fd, kind);
    shut(fd);
    return (int)code;
}

// kinds of namespaces of the container's first process
static int step_enter(struct making *making, struct reader *arguments) {
    uint64_t kinds = read_number(arguments);
    if (arguments->broken) return -EBADMSG;
    long code = SYS(setns, making->target, kinds);
    if (code < 0) return (int)code;
    making->root = (int)SYS(openat, AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    return making->root < 0 ? making->root : 0;
}

static int step_unshare(struct making *making, struct reader *arguments) {
    (void)making;
    uint64_t kinds = read_number(arguments);
    return arguments->broken ? -EBADMSG : (int)SYS(unshare, kinds);
}

// What is mounted from here on stays here.
static int step_private(struct making *making, struct reader *arguments) {
    (void)making;
    if (arguments->broken) return -EBADMSG;
    return (int)SYS(mount, NULL, "/", NULL, 0x44000 /* MS_REC | MS_PRIVATE */, NULL);
}

static int step_hostname(struct making *making, struct reader *arguments) {
    (void)making;
    size_t length;
    const char *name = read_text(arguments, &length);
    return arguments->broken ? -EBADMSG : (int)SYS(sethostname, name, length);
}

static int write_once(int folder, const char *path, const char *text, size_t length) {
    int fd = (int)SYS(openat, folder, path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) return fd;
    long code = SYS(write, fd, text, length);
    shut(fd);
    return code < 0 ? (int)code : 0;
}

// path beneath /proc/sys, value
static int step_sysctl(struct making *making, struct reader *arguments) {
    size_t length;
    making->detail = read_text(arguments, NULL);
    const char *value = read_text(arguments, &length);
    if (arguments->broken) return -EBADMSG;
    int folder = (int)SYS(openat, AT_FDCWD, "/proc/sys", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return folder;
    struct open_how how = {.flags = O_WRONLY | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
    int fd = (int)SYS(openat2, folder, making->detail, &how, sizeof how);
    shut(folder);
    if (fd < 0) return fd;
    long code = SYS(write, fd, value, length);
    shut(fd);
    return code < 0 ? (int)code : 0;
}

// Lowering needs CAP_SYS_RESOURCE; without it the score stays as it is, and that is told.
static int step_oom_score(struct making *making, struct reader *arguments) {
    int64_t score = (int64_t)read_number(arguments);
    if (arguments->broken) return -EBADMSG;
    char text[24];
    struct line line = {text, 0, sizeof text, false};
    put_number(&line, score);
    int code = write_once(AT_FDCWD, "/proc/self/oom_score_adj", text, line.used);
    if (code != -EACCES && code != -EPERM) return code;
    note(making, "oom_score_adj cannot be lowered here", NULL);
    return 0;
}

// resource, soft, hard; clamped to what may be had
static int step_limit(struct making *making, struct reader *arguments) {
    uint64_t resource = read_number(arguments);
    struct rlimit64 want = {.rlim_cur = read_number(arguments)}, have;
    want.rlim_max = read_number(arguments);
    if (arguments->broken) return -EBADMSG;
    if (resource == RLIMIT_NOFILE) oci.files.rlim_max = 0;
    long code = SYS(prlimit64, 0, resource, &want, NULL);
    if (code != -EPERM) return (int)code;
    code = SYS(prlimit64, 0, resource, NULL, &have);
    if (code < 0) return (int)code;
    if (want.rlim_max > have.rlim_max) want.rlim_max = have.rlim_max;
    if (want.rlim_cur > want.rlim_max) want.rlim_cur = want.rlim_max;
    note(making, "a resource limit was clamped to this process's own", NULL);
    return (int)SYS(prlimit64, 0, resource, &want, NULL);
}

// The keys of whoever started the service are not the container's.
static int step_keyring(struct making *making, struct reader *arguments) {
    (void)making;
    const char *name = read_text(arguments, NULL);
    if (arguments->broken) return -EBADMSG;
    SYS(keyctl, KEYCTL_JOIN_SESSION_KEYRING, name);
    return 0;
}

// The kernel says the working folder's path only when it lies inside the root; a leaked descriptor's does not.
static int step_working_folder(struct making *making, struct reader *arguments) {
    static char path[PATH_LENGTH];
    making->detail = read_text(arguments, NULL);
    if (arguments->broken) return -EBADMSG;
    int fd = open_in_root(making->root, making->detail, O_PATH | O_DIRECTORY, 0);
    if (fd < 0) return fd;
    long code = SYS(fchdir, fd);
    shut(fd);
    if (code == 0) code = SYS(getcwd, path, sizeof path);
    if (code < 0) return (int)code;
    return path[0] == '/' ? 0 : -ENOENT;
}

static int step_no_new_privileges(struct making *making, struct reader *arguments) {
    (void)making;
    return arguments->broken ? -EBADMSG : (int)SYS(prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

// The kernel kills this process when the shim dies. Changing credentials clears it, so this comes after.
static int step_death_signal(struct making *making, struct reader *arguments) {
    (void)making;
    return arguments->broken ? -EBADMSG : (int)SYS(prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
}

// Loopback up, in a network namespace just made.
static int step_loopback(struct making *making, struct reader *arguments) {
    (void)making;
    struct {
        char name[16];
        short flags;
        char rest[22];
    } request = {.name = "lo"};
    if (arguments->broken) return -EBADMSG;
    int fd = (int)SYS(socket, 2 /* AF_INET */, SOCKET_DATAGRAM | SOCKET_CLOEXEC, 0);
    if (fd < 0) return fd;
    long code = SYS(ioctl, fd, 0x8913 /* SIOCGIFFLAGS */, &request);
    request.flags |= 1 /* IFF_UP */;
    if (code == 0) code = SYS(ioctl, fd, 0x8914 /* SIOCSIFFLAGS */, &request);
    shut(fd);
    return (int)code;
}

static int (*const table[])(struct making *, struct reader *) = {
    [STEP_ATTACH] = step_attach,
    [STEP_JOIN] = step_join,
    [STEP_ENTER] = step_enter,
    [STEP_UNSHARE] = step_unshare,
    [STEP_PRIVATE] = step_private,
    [STEP_ROOT] = step_root,
    [STEP_FILESYSTEM] = step_filesystem,
    [STEP_BIND] = step_bind,
    [STEP_NODE] = step_node,
    [STEP_LINK] = step_link,
    [STEP_MAKE_FOLDER] = step_make_folder,
    [STEP_MASK] = step_mask,
    [STEP_READ_ONLY] = step_read_only,
    [STEP_ROOT_READ_ONLY] = step_root_read_only,
    [STEP_PIVOT] = step_pivot,
    [STEP_HOSTNAME] = step_hostname,
    [STEP_SYSCTL] = step_sysctl,
    [STEP_OOM_SCORE] = step_oom_score,
    [STEP_LIMIT] = step_limit,
    [STEP_KEYRING] = step_keyring,
    [STEP_CONSOLE] = step_console,
    [STEP_WORKING_FOLDER] = step_working_folder,
    [STEP_USER] = step_user,
    [STEP_BOUNDING] = step_bounding,
    [STEP_SECCOMP] = step_seccomp,
    [STEP_IDENTITY] = step_identity,
    [STEP_CAPABILITIES] = step_capabilities,
    [STEP_NO_NEW_PRIVILEGES] = step_no_new_privileges,
    [STEP_DEATH_SIGNAL] = step_death_signal,
    [STEP_LOOPBACK] = step_loopback,
    [STEP_KEEP_NAMESPACE] = step_keep_namespace,
    [STEP_EXECUTE] = step_execute,
    [STEP_ENTER_TASKS] = step_enter_tasks,
    [STEP_MAPPED] = step_mapped,
    [STEP_PROPAGATION] = step_propagation,
    [STEP_TREE_ROOT] = step_tree_root,
    [STEP_PLACE] = step_place,
    [STEP_MOUNT] = step_mount,
    [STEP_DEVICE] = step_device,
    [STEP_HOOK] = step_hook,
    [STEP_REACHED] = step_reached,
    [STEP_AWAIT_START] = step_await_start,
    [STEP_CAPABILITY_SETS] = step_capability_sets,
    [STEP_DOMAIN_NAME] = step_domain_name,
    [STEP_IO_PRIORITY] = step_io_priority,
    [STEP_SCHEDULER] = step_scheduler,
    [STEP_PERSONALITY] = step_personality,
    [STEP_UMASK] = step_umask,
    [STEP_FIND_PROGRAM] = step_find_program,
    [STEP_CHANGE_ROOT] = step_change_root,
    [STEP_FILTER] = step_filter,
    [STEP_CONSOLE_DEVICE] = step_console_device,
    [STEP_LABEL] = step_label,
    [STEP_OPEN_ROOT] = step_open_root,
    [STEP_COPY_UP] = step_copy_up,
    [STEP_TREE_INSIDE] = step_tree,
};

int run_steps(struct making *making, struct step *failed) {
    struct reader reader = plan_start(making->plan);
    uint32_t index = 0;
    while (plan_next(&reader, failed, &index)) {
        if (failed->code <= STEP_LAST_OF_SHIM) continue;
        making->detail = NULL;
        if (failed->code >= ARRAY(table) || !table[failed->code]) return -EBADMSG;
        int code = table[failed->code](making, &failed->arguments);
        if (code < 0) return code;
    }
    return 0;
}
