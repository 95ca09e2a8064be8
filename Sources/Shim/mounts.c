// The container's file system: an overlay of the image's layers, the kernel's own file systems, and what is mounted
// over them. Every mount is made detached and moved onto a descriptor.
#include "shim.h"

static int move_onto(int mount, int target) {
    return (int)SYS(move_mount, mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

static int set_attributes(int mount, uint64_t set, bool recursive) {
    struct mount_attr attributes = {.attr_set = set};
    unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
    return (int)SYS(mount_setattr, mount, "", flags, &attributes, sizeof attributes);
}

static int clone_tree(int fd) {
    return (int)SYS(open_tree, fd, "", AT_EMPTY_PATH | AT_RECURSIVE | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
}

static int set_string(int context, const char *key, const char *value) {
    return (int)SYS(fsconfig, context, FSCONFIG_SET_STRING, key, value, 0);
}

// fsconfig(2) takes at most 255 bytes: a longer path is given by a descriptor's name.
static int set_path(int context, const char *key, const char *path) {
    if (strlen(path) < 256) return set_string(context, key, path);
    int fd = (int)SYS(openat, AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return fd;
    char name[32] = {0};
    struct line line = {name, 0, sizeof name - 1, false};
    put_text(&line, "/proc/self/fd/");
    put_number(&line, fd);
    int code = set_string(context, key, name);
    shut(fd);
    return code;
}

static void put_escaped(struct line *line, const char *path) {
    for (; *path; path++) {
        if (*path == ':' || *path == ',' || *path == '\\') put_bytes(line, "\\", 1);
        put_bytes(line, path, 1);
    }
}

// Kernels before 6.8 know no lowerdir+, and take all layers as one text of at most a page.
static int old_overlay(struct making *making, const char *place, struct reader layers, uint64_t count, const char *upper, const char *work) {
    static char options[4096];
    struct line line = {options, 0, sizeof options - 1, false};
    put_text(&line, "lowerdir=");
    for (uint64_t i = 0; i < count; i++) {
        if (i > 0) put_text(&line, ":");
        making->detail = read_text(&layers, NULL);
        int layer = (int)SYS(openat, AT_FDCWD, making->detail, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (layer < 0) return layer;
        shut(layer);
        put_escaped(&line, making->detail);
    }
    making->detail = NULL;
    put_text(&line, ",upperdir=");
    put_escaped(&line, upper);
    put_text(&line, ",workdir=");
    put_escaped(&line, work);
    if (line.cut) return -E2BIG;
    long code = SYS(mount, "overlay", place, "overlay", 0, options);
    if (code < 0) return (int)code;
    making->root = (int)SYS(openat, AT_FDCWD, place, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return making->root < 0 ? making->root : 0;
}

static int new_overlay(struct making *making, int context, struct reader layers, uint64_t count, const char *upper, const char *work) {
    int code = 0;
    for (uint64_t i = 0; i < count && code == 0; i++) {
        const char *layer = read_text(&layers, NULL);
        making->detail = layer;
        code = set_path(context, "lowerdir+", layer);
    }
    if (code == 0) making->detail = upper;
    if (code == 0) code = set_path(context, "upperdir", upper);
    if (code == 0) code = set_path(context, "workdir", work);
    if (code == 0) code = set_string(context, "source", "overlay");
    if (code == 0) code = (int)SYS(fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
    if (code < 0) return code;
    making->detail = NULL;
    making->root = (int)SYS(fsmount, context, FSMOUNT_CLOEXEC, 0);
    return making->root < 0 ? making->root : 0;
}

// place, upper, work, mount attributes, count, layers…
int step_root(struct making *making, struct reader *arguments) {
    const char *place = read_text(arguments, NULL);
    const char *upper = read_text(arguments, NULL);
    const char *work = read_text(arguments, NULL);
    uint64_t attributes = read_number(arguments), count = read_number(arguments);
    if (arguments->broken || count == 0 || count > 500) return -EBADMSG;
    int context = (int)SYS(fsopen, "overlay", FSOPEN_CLOEXEC);
    if (context < 0) return context;
    int code = new_overlay(making, context, *arguments, count, upper, work);
    shut(context);
    // An old kernel says so at the first option or, where overlayfs has no context of its own (6.1), at the end.
    if (code == -EINVAL) code = old_overlay(making, place, *arguments, count, upper, work);
    else if (code == 0) code = (int)SYS(move_mount, making->root, "", AT_FDCWD, place, MOVE_MOUNT_F_EMPTY_PATH);
    if (code == 0 && attributes) code = set_attributes(making->root, attributes, false);
    return code;
}

enum { TARGET_STRICT = 1, TARGET_OPTIONAL = 2 };

// Where the kernel's own file systems go no link may lead; nothing at all is mounted over parts of /proc.
static int open_target(struct making *making, const char *target, bool file, uint64_t flags) {
    making->detail = target;
    int fd = make_in_root(making->root, target, file, file ? 0644 : 0755, flags & TARGET_STRICT ? RESOLVE_NO_SYMLINKS : 0);
    if (fd >= 0 && is_on(fd, PROC_SUPER_MAGIC)) return shut(fd), -EACCES;
    return fd;
}

// type, target, mount attributes, flags, count, (key, value)…
int step_filesystem(struct making *making, struct reader *arguments) {
    const char *type = read_text(arguments, NULL);
    const char *target = read_text(arguments, NULL);
    uint64_t attributes = read_number(arguments), flags = read_number(arguments), count = read_number(arguments);
    if (arguments->broken || count > 64) return -EBADMSG;
    making->detail = target;
    int context = (int)SYS(fsopen, type, FSOPEN_CLOEXEC);
    if (context < 0) return flags & TARGET_OPTIONAL ? 0 : context;
    int code = 0;
    set_string(context, "source", type);
    for (uint64_t i = 0; i < count && code >= 0; i++) {
        const char *key = read_text(arguments, NULL), *value = read_text(arguments, NULL);
        if (*value) code = set_string(context, key, value);
        else code = (int)SYS(fsconfig, context, FSCONFIG_SET_FLAG, key, NULL, 0);
    }
    if (arguments->broken) code = -EBADMSG;
    if (code >= 0) code = (int)SYS(fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
    int mount = code < 0 ? code : (int)SYS(fsmount, context, FSMOUNT_CLOEXEC, attributes);
    shut(context);
    if (mount < 0) return flags & TARGET_OPTIONAL ? 0 : mount;
    int place = open_target(making, target, false, flags);
    code = place < 0 ? place : move_onto(mount, place);
    shut(place);
    shut(mount);
    return code;
}

// source, target, mount attributes, flags
int step_bind(struct making *making, struct reader *arguments) {
    const char *source = read_text(arguments, NULL);
    const char *target = read_text(arguments, NULL);
    uint64_t attributes = read_number(arguments), flags = read_number(arguments);
    if (arguments->broken) return -EBADMSG;
    making->detail = source;
    int mount = (int)SYS(open_tree, AT_FDCWD, source, AT_RECURSIVE | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    if (mount < 0) return mount;
    struct stat status;
    int code = (int)SYS(newfstatat, mount, "", &status, AT_EMPTY_PATH);
    if (code == 0 && attributes) code = set_attributes(mount, attributes, true);
    if (code == 0) {
        int place = open_target(making, target, (status.st_mode & S_IFMT) != S_IFDIR, flags);
        code = place < 0 ? place : move_onto(mount, place);
        shut(place);
    }
    shut(mount);
    return code;
}

// path, mode with type, major, minor; beneath a file system that was mounted a step before
int step_node(struct making *making, struct reader *arguments) {
    const char *path = read_text(arguments, NULL), *name;
    uint64_t mode = read_number(arguments), major = read_number(arguments), minor = read_number(arguments);
    if (arguments->broken) return -EBADMSG;
    making->detail = path;
    int parent = parent_in_root(making->root, path, &name, RESOLVE_NO_SYMLINKS);
    if (parent < 0) return parent;
    uint64_t device = (minor & 0xff) | (major & 0xfff) << 8 | (minor & ~0xffull) << 12;
    long code = SYS(mknodat, parent, name, mode, device);
    shut(parent);
    return (int)code;
}

// path, what it points to
int step_link(struct making *making, struct reader *arguments) {
    const char *path = read_text(arguments, NULL), *destination = read_text(arguments, NULL), *name;
    if (arguments->broken) return -EBADMSG;
    making->detail = path;
    int parent = parent_in_root(making->root, path, &name, RESOLVE_NO_SYMLINKS);
    if (parent < 0) return parent;
    long code = SYS(symlinkat, destination, parent, name);
    shut(parent);
    // An image may bring its own.
    return code == -EEXIST ? 0 : (int)code;
}

// The container's own /dev/null, and nothing that only calls itself so.
static int open_null(struct making *making) {
    struct stat status;
    int fd = open_in_root(making->root, "/dev/null", O_PATH | O_NOFOLLOW, RESOLVE_NO_SYMLINKS);
    if (fd < 0) return fd;
    long code = SYS(newfstatat, fd, "", &status, AT_EMPTY_PATH);
    if (code == 0 && (status.st_mode & S_IFMT) == S_IFCHR && status.st_rdev == 0x103) return fd;
    shut(fd);
    return code < 0 ? (int)code : -ENODEV;
}

static int masked_folder(struct making *making) {
    if (making->masked_folder >= 0) return making->masked_folder;
    int context = (int)SYS(fsopen, "tmpfs", FSOPEN_CLOEXEC);
    if (context < 0) return context;
    int code = set_string(context, "mode", "0555");
    if (code == 0) code = set_string(context, "nr_blocks", "1");
    if (code == 0) code = (int)SYS(fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
    uint64_t attributes = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
    if (code == 0) code = (int)SYS(fsmount, context, FSMOUNT_CLOEXEC, attributes);
    shut(context);
    if (code >= 0) making->masked_folder = code;
    return code;
}

// path; one that is not there needs no mask
// Opens the place in the root that a step's only argument names, for something to be put over it; -ENOENT when it is not
// there.
static int open_covered(struct making *making, struct reader *arguments) {
    const char *path = read_text(arguments, NULL);
    if (arguments->broken) return -EBADMSG;
    making->detail = path;
    int target = open_in_root(making->root, path, O_PATH, 0);
    return target == -ENOTDIR ? -ENOENT : target;
}

int step_mask(struct making *making, struct reader *arguments) {
    int target = open_covered(making, arguments);
    if (target < 0) return target == -ENOENT ? 0 : target;
    struct stat status;
    int code = (int)SYS(newfstatat, target, "", &status, AT_EMPTY_PATH);
    bool folder = (status.st_mode & S_IFMT) == S_IFDIR;
    // The tmpfs itself covers the first folder and its clones the others: one that stays detached costs a grace period
    // when execve closes it.
    bool first = folder && making->masked_folder < 0;
    int cover = code < 0 ? code : folder ? masked_folder(making) : open_null(making);
    int mount = cover < 0 || first ? cover : clone_tree(cover);
    if (!folder) shut(cover);
    code = mount < 0 ? mount : move_onto(mount, target);
    if (!first) shut(mount);
    shut(target);
    return code;
}

int step_read_only(struct making *making, struct reader *arguments) {
    int target = open_covered(making, arguments);
    if (target < 0) return target == -ENOENT ? 0 : target;
    // A place where something is mounted already needs nothing over it.
    if (set_attributes(target, MOUNT_ATTR_RDONLY, true) == 0) return shut(target), 0;
    int mount = clone_tree(target);
    int code = mount < 0 ? mount : set_attributes(mount, MOUNT_ATTR_RDONLY, true);
    if (code == 0) code = move_onto(mount, target);
    shut(mount);
    shut(target);
    return code;
}

int step_root_read_only(struct making *making, struct reader *arguments) {
    if (arguments->broken) return -EBADMSG;
    return set_attributes(making->root, MOUNT_ATTR_RDONLY, false);
}

int step_make_folder(struct making *making, struct reader *arguments) {
    const char *path = read_text(arguments, NULL);
    uint64_t mode = read_number(arguments);
    if (arguments->broken) return -EBADMSG;
    making->detail = path;
    int fd = make_in_root(making->root, path, false, (uint32_t)mode, 0);
    shut(fd);
    return fd < 0 ? fd : 0;
}

// The old root is mounted over the new one for a moment and then let go, so no folder is needed for it.
int step_pivot(struct making *making, struct reader *arguments) {
    if (arguments->broken) return -EBADMSG;
    long code = SYS(fchdir, making->root);
    if (code == 0) code = SYS(pivot_root, ".", ".");
    if (code == 0) code = SYS(umount2, ".", 2 /* MNT_DETACH */);
    if (code == 0) code = SYS(chdir, "/");
    return (int)code;
}

// name in /proc/self/ns, file that keeps it
int step_keep_namespace(struct making *making, struct reader *arguments) {
    const char *name = read_text(arguments, NULL), *path = read_text(arguments, NULL);
    if (arguments->broken) return -EBADMSG;
    making->detail = path;
    int file = (int)SYS(openat, AT_FDCWD, path, O_CREAT | O_RDONLY | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0) return file;
    shut(file);
    char source[64] = {0};
    struct line line = {source, 0, sizeof source - 1, false};
    put_text(&line, "/proc/self/ns/");
    put_text(&line, name);
    return (int)SYS(mount, source, path, NULL, 4096 /* MS_BIND */, NULL);
}
