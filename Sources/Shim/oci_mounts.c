// The file system of an OCI container: its root, and mounts in the order that its config has.
#include "oci.h"

// kind and MS_REC of how mounts come in and go out
int step_propagation(struct making *making, struct reader *arguments) {
    (void)making;
    uint64_t flags = read_number(arguments);
    return arguments->broken ? -EBADMSG : (int)SYS(mount, NULL, "/", NULL, flags, NULL);
}

static int take_tree(struct reader *arguments) {
    uint64_t number = read_number(arguments);
    if (arguments->broken || number >= oci.tree_count || oci.trees[number] < 0) return -EBADMSG;
    int tree = oci.trees[number];
    oci.trees[number] = -1;
    return tree;
}

// the tree that becomes the root: mounted over the old one, whose place it takes at the pivot
int step_tree_root(struct making *making, struct reader *arguments) {
    making->root = take_tree(arguments);
    if (making->root < 0) return making->root;
    return (int)SYS(move_mount, making->root, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH);
}

// path of the root, where there is no mount namespace of the container's own; whether to mount it on itself
int step_open_root(struct making *making, struct reader *arguments) {
    const char *path = making->detail = read_text(arguments, NULL);
    bool is_bound = read_number(arguments);
    if (arguments->broken) return -EBADMSG;
    unsigned flags = AT_RECURSIVE | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC;
    if (is_bound) making->root = (int)SYS(open_tree, AT_FDCWD, path, flags);
    else making->root = (int)SYS(openat, AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (making->root < 0 || !is_bound) return making->root < 0 ? making->root : 0;
    return (int)SYS(move_mount, making->root, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH);
}

int step_change_root(struct making *making, struct reader *arguments) {
    if (arguments->broken) return -EBADMSG;
    long code = SYS(fchdir, making->root);
    if (code == 0) code = SYS(chroot, ".");
    if (code == 0) code = SYS(chdir, "/");
    return (int)code;
}

enum { PLACE_STRICT = 1, PLACE_OPTIONAL = 2, PLACE_IN_PROC = 4, PLACE_IS_LINK = 8 };

static int open_place(struct making *making, const char *target, bool file, uint64_t flags) {
    uint64_t resolve = flags & PLACE_STRICT ? RESOLVE_NO_SYMLINKS : 0;
    making->detail = target;
    int fd = make_in_root(making->root, target, file, file ? 0644 : 0755, resolve);
    // Nothing but a few known files may be mounted over parts of /proc.
    if (fd >= 0 && is_on(fd, PROC_SUPER_MAGIC) && !(flags & PLACE_IN_PROC)) return shut(fd), -EXDEV;
    return fd;
}

static int move_onto(struct making *making, int tree, const char *target, uint64_t flags) {
    struct stat status;
    int code = (int)SYS(newfstatat, tree, "", &status, AT_EMPTY_PATH);
    if (code < 0) return code;
    int place = open_place(making, target, (status.st_mode & S_IFMT) != S_IFDIR, flags);
    if (place < 0) return place;
    code = (int)SYS(move_mount, tree, "", place, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
    shut(place);
    return code;
}

// number of the tree, target, flags
int step_place(struct making *making, struct reader *arguments) {
    int tree = take_tree(arguments);
    const char *target = read_text(arguments, NULL);
    uint64_t flags = read_number(arguments);
    if (arguments->broken) return -EBADMSG;
    int code = tree < 0 ? tree : move_onto(making, tree, target, flags);
    shut(tree);
    return code;
}

static int configure(int context, const char *key, const char *value) {
    if (*value) return (int)SYS(fsconfig, context, FSCONFIG_SET_STRING, key, value, 0);
    return (int)SYS(fsconfig, context, FSCONFIG_SET_FLAG, key, NULL, 0);
}

// type, source, count, (key, value)…
static int make_mount(struct making *making, struct reader *arguments) {
    const char *type = read_text(arguments, NULL), *source = read_text(arguments, NULL);
    uint64_t count = read_number(arguments);
    if (arguments->broken || count > 256) return -EBADMSG;
    making->detail = type;
    int context = (int)SYS(fsopen, type, FSOPEN_CLOEXEC);
    if (context < 0) return context;
    int code = *source ? configure(context, "source", source) : 0;
    for (uint64_t i = 0; i < count && code >= 0; i++) {
        const char *key = read_text(arguments, NULL), *value = read_text(arguments, NULL);
        making->detail = key;
        code = arguments->broken ? -EBADMSG : configure(context, key, value);
    }
    if (code >= 0) making->detail = type;
    if (code >= 0) code = (int)SYS(fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
    int mount = code < 0 ? code : (int)SYS(fsmount, context, FSMOUNT_CLOEXEC, 0);
    shut(context);
    return mount;
}

// target, flags, attributes, and what `make_mount` takes
int step_mount(struct making *making, struct reader *arguments) {
    const char *target = read_text(arguments, NULL);
    uint64_t flags = read_number(arguments);
    struct tree_attributes attributes = read_tree_attributes(arguments);
    if (arguments->broken) return -EBADMSG;
    int mount = make_mount(making, arguments);
    if (mount < 0) return flags & PLACE_OPTIONAL ? 0 : mount;
    uint64_t propagation = attributes.propagation;
    attributes.propagation = 0;
    int code = apply_tree_attributes(mount, &attributes);
    if (code == 0) code = move_onto(making, mount, target, flags);
    attributes = (struct tree_attributes){.propagation = propagation, .propagates_all = attributes.propagates_all};
    if (code == 0) code = apply_tree_attributes(mount, &attributes);
    shut(mount);
    return code;
}

static int copy_file(int from, int to, const char *name, uint32_t mode) {
    int in = (int)SYS(openat, from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (in < 0) return in;
    int out = (int)SYS(openat, to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode & 07777);
    long code = out;
    while (out >= 0 && (code = SYS(sendfile, out, in, NULL, 1 << 20)) > 0) continue;
    shut(in);
    shut(out);
    return (int)code;
}

enum { COPY_DEPTH = 32 };

static int copy_folder(int from, int to, int depth);

static int copy_entry(int from, int to, const char *name, int depth) {
    static char link[PATH_LENGTH];
    struct stat status;
    long code = SYS(newfstatat, from, name, &status, AT_SYMLINK_NOFOLLOW);
    if (code < 0) return (int)code;
    uint32_t type = status.st_mode & S_IFMT;
    if (type == S_IFREG) {
        code = copy_file(from, to, name, status.st_mode);
    } else if (type == S_IFLNK) {
        long length = SYS(readlinkat, from, name, link, sizeof link - 1);
        if (length < 0) return (int)length;
        link[length] = 0;
        code = SYS(symlinkat, link, to, name);
    } else if (type == S_IFDIR && depth < COPY_DEPTH) {
        code = SYS(mkdirat, to, name, status.st_mode & 07777);
        int inner = code < 0 ? -1 : (int)SYS(openat, from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        int copy = inner < 0 ? -1 : (int)SYS(openat, to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (copy >= 0) code = copy_folder(inner, copy, depth + 1);
        shut(inner);
        shut(copy);
    }
    if (code >= 0) code = SYS(fchownat, to, name, status.st_uid, status.st_gid, AT_SYMLINK_NOFOLLOW);
    if (code >= 0 && type != S_IFLNK) code = SYS(fchmodat, to, name, status.st_mode & 07777);
    return (int)code;
}

struct entry {
    uint64_t inode;
    int64_t offset;
    unsigned short length;
    unsigned char type;
    char name[];
};

static int copy_folder(int from, int to, int depth) {
    char bytes[2048] __attribute__((aligned(8)));
    for (;;) {
        long size = SYS(getdents64, from, bytes, sizeof bytes);
        if (size <= 0) return (int)size;
        for (long at = 0; at < size;) {
            struct entry *entry = (struct entry *)(bytes + at);
            at += entry->length;
            if (same(entry->name, ".") || same(entry->name, "..")) continue;
            int code = copy_entry(from, to, entry->name, depth);
            if (code < 0) return code;
        }
    }
}

// As `step_mount`; what the root has in the target's place is copied into the new file system first.
int step_copy_up(struct making *making, struct reader *arguments) {
    const char *target = read_text(arguments, NULL);
    uint64_t flags = read_number(arguments);
    struct tree_attributes attributes = read_tree_attributes(arguments);
    if (arguments->broken) return -EBADMSG;
    int mount = make_mount(making, arguments), code = mount < 0 ? mount : 0;
    if (mount < 0) return mount;
    int old = open_in_root(making->root, target, O_RDONLY | O_DIRECTORY, 0);
    // A mount has no folder to open before it is somewhere.
    if (code == 0) code = move_onto(making, mount, target, flags);
    int new = code < 0 || old < 0 ? -1 : (int)SYS(openat, mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (new >= 0) code = copy_folder(old, new, 0);
    shut(old);
    shut(new);
    if (code >= 0) code = apply_tree_attributes(mount, &attributes);
    shut(mount);
    return code;
}

// path, mode with type, major, minor, user, group; one that the image has already is made to be so
int step_device(struct making *making, struct reader *arguments) {
    const char *path = read_text(arguments, NULL), *name;
    uint64_t mode = read_number(arguments), major = read_number(arguments), minor = read_number(arguments);
    uint64_t user = read_number(arguments), group = read_number(arguments);
    if (arguments->broken) return -EBADMSG;
    making->detail = path;
    int parent = parent_in_root(making->root, path, &name, RESOLVE_NO_SYMLINKS);
    if (parent < 0) return parent;
    uint64_t device = (minor & 0xff) | (major & 0xfff) << 8 | (minor & ~0xffull) << 12 | (major & ~0xfffull) << 32;
    long code = SYS(mknodat, parent, name, mode, device);
    if (code == -EEXIST) {
        struct stat status;
        code = SYS(newfstatat, parent, name, &status, AT_SYMLINK_NOFOLLOW);
        bool alike = code == 0 && (status.st_mode & S_IFMT) == (mode & S_IFMT) && status.st_rdev == device;
        if (code == 0 && !alike) code = -EEXIST;
    }
    if (code == 0) code = SYS(fchownat, parent, name, user, group, AT_SYMLINK_NOFOLLOW);
    if (code == 0) code = SYS(fchmodat, parent, name, mode & 07777);
    shut(parent);
    return (int)code;
}

// The terminal as /dev/console, by its descriptor: a name in /dev/pts is the container's to replace (CVE-2025-52565).
int step_console_device(struct making *making, struct reader *arguments) {
    if (arguments->broken) return -EBADMSG;
    making->detail = "/dev/console";
    int tree = (int)SYS(open_tree, 0, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    if (tree < 0) return tree;
    int code = move_onto(making, tree, "/dev/console", PLACE_STRICT);
    shut(tree);
    return code;
}
