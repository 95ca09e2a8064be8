// Taking privileges away, in the order that Swift put the steps.
#include "shim.h"

enum { CAPABILITY_COUNT = 64 };

// the capabilities that may ever be had again
int step_bounding(struct making *making, struct reader *arguments) {
    (void)making;
    uint64_t kept = read_number(arguments);
    if (arguments->broken) return -EBADMSG;
    for (unsigned cap = 0; cap < CAPABILITY_COUNT; cap++) {
        long held = SYS(prctl, PR_CAPBSET_READ, cap, 0, 0, 0);
        if (held < 0) break;
        if (held == 0 || kept >> cap & 1) continue;
        long code = SYS(prctl, PR_CAPBSET_DROP, cap, 0, 0, 0);
        if (code < 0) return (int)code;
    }
    long code = SYS(prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    return code == -EINVAL ? 0 : (int)code;
}

enum { NULL_DEVICE = 0x103 };

// The machine's /dev/null is not the container's to change by fchmod: it gets its own.
static int use_own_null(struct making *making, int fd) {
    struct stat status;
    int null = open_in_root(making->root, "/dev/null", O_RDWR | O_NOFOLLOW | O_NOCTTY, RESOLVE_NO_SYMLINKS);
    if (null < 0) return null;
    long code = SYS(newfstatat, null, "", &status, AT_EMPTY_PATH);
    if (code == 0 && ((status.st_mode & S_IFMT) != S_IFCHR || status.st_rdev != NULL_DEVICE)) code = -ENODEV;
    if (code == 0) code = SYS(dup3, null, fd, 0);
    shut(null);
    return code < 0 ? (int)code : 0;
}

// Output that the program opens again by name (/dev/stdout) must be its user's.
static int own_streams(struct making *making) {
    for (int fd = 0; fd < 3; fd++) {
        struct stat status;
        if (SYS(newfstatat, fd, "", &status, AT_EMPTY_PATH) < 0) continue;
        uint32_t type = status.st_mode & S_IFMT;
        if (type == S_IFCHR && status.st_rdev == NULL_DEVICE) {
            int code = use_own_null(making, fd);
            if (code < 0) return code;
        }
        bool terminal = making->terminal && type == S_IFCHR;
        if (type != S_IFIFO && !terminal) continue;
        long code = SYS(fchown, fd, making->user, terminal ? (uint32_t)-1 : making->group);
        if (code < 0 && code != -EPERM && code != -EROFS) return (int)code;
    }
    return 0;
}

// Becomes the user that STEP_USER found; permitted capabilities are kept until STEP_CAPABILITIES.
int step_identity(struct making *making, struct reader *arguments) {
    if (arguments->broken) return -EBADMSG;
    making->detail = NULL;
    long code = own_streams(making);
    if (code == 0) code = SYS(prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0);
    if (code == 0) code = SYS(setgroups, making->group_count, making->groups);
    if (code == 0) code = SYS(setresgid, making->group, making->group, making->group);
    if (code == 0) code = SYS(setresuid, making->user, making->user, making->user);
    return (int)code;
}

// permitted and effective; none is inheritable
int step_capabilities(struct making *making, struct reader *arguments) {
    (void)making;
    uint64_t set = read_number(arguments);
    if (arguments->broken) return -EBADMSG;
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct held[2] = {{0}}, data[2] = {{0}};
    long code = SYS(capget, &header, held);
    if (code < 0) return (int)code;
    for (int i = 0; i < 2; i++) {
        data[i].permitted = held[i].permitted & (uint32_t)(set >> (32 * i));
        data[i].effective = data[i].permitted;
    }
    return (int)SYS(capset, &header, data);
}

// the filter's program, as libseccomp compiled it
int step_seccomp(struct making *making, struct reader *arguments) {
    (void)making;
    struct {
        unsigned short count;
        const void *code;
    } program;
    size_t length;
    program.code = read_text(arguments, &length);
    if (arguments->broken || length % 8 != 0 || length > 4096 * 8) return -EBADMSG;
    program.count = (unsigned short)(length / 8);
    return (int)SYS(seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}
