// Paths of the container, resolved by the kernel beneath its root and acted on by descriptor only: nothing in an image
// or a volume, links least of all, can lead outside.
#include "shim.h"

static const uint64_t always = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;

int open_in_root(int root, const char *path, uint64_t flags, uint64_t resolve) {
    struct open_how how = {.flags = flags | O_CLOEXEC, .resolve = always | resolve};
    return (int)SYS(openat2, root, *path ? path : "/", &how, sizeof how);
}

bool is_on(int fd, uint64_t magic) {
    struct statfs status;
    return SYS(fstatfs, fd, &status) == 0 && (uint64_t)status.f_type == magic;
}

// Opens `path` up to `length`, making it as a folder when it is missing and may be made.
static int make_prefix(int root, char *path, size_t length, const char *name, uint32_t mode, uint64_t resolve, int parent) {
    char kept = path[length];
    path[length] = 0;
    int fd = open_in_root(root, path, O_PATH | O_DIRECTORY, resolve);
    if (fd == -ENOENT) {
        long made = SYS(mkdirat, parent, name, mode);
        fd = made < 0 && made != -EEXIST ? (int)made : open_in_root(root, path, O_PATH | O_DIRECTORY, resolve);
    }
    path[length] = kept;
    return fd;
}

// The folder above the last part, made where missing; `copy` takes the path, `last` its last part ("" for the root).
static int walk(int root, const char *path, char *copy, const char **last, uint64_t resolve) {
    size_t length = strlen(path);
    if (length >= PATH_LENGTH) return -ENAMETOOLONG;
    memcpy(copy, path, length + 1);
    while (length > 0 && copy[length - 1] == '/') copy[--length] = 0;
    int parent = open_in_root(root, "/", O_PATH | O_DIRECTORY, 0);
    size_t start = 0;
    *last = "";
    for (size_t i = 0; i < length && parent >= 0; i++) {
        while (copy[i] == '/') i++;
        start = i;
        while (i < length && copy[i] != '/') i++;
        if (i >= length) break;
        char name[NAME_MAX + 1];
        if (i - start > NAME_MAX) return shut(parent), -ENAMETOOLONG;
        memcpy(name, copy + start, i - start);
        name[i - start] = 0;
        int next = make_prefix(root, copy, i, name, 0755, resolve, parent);
        shut(parent);
        parent = next;
    }
    if (parent >= 0 && length > 0) *last = copy + start;
    return parent;
}

int make_in_root(int root, const char *path, bool file, uint32_t mode, uint64_t resolve) {
    int fd = open_in_root(root, path, O_PATH, resolve);
    if (fd != -ENOENT) return fd;
    char copy[PATH_LENGTH];
    const char *name;
    int parent = walk(root, path, copy, &name, resolve);
    if (parent < 0) return parent;
    long made = -EEXIST;
    if (file) {
        made = SYS(openat, parent, name, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, mode);
        if (made >= 0) shut((int)made);
    } else {
        made = SYS(mkdirat, parent, name, mode);
    }
    shut(parent);
    return made < 0 && made != -EEXIST ? (int)made : open_in_root(root, path, O_PATH, resolve);
}

int parent_in_root(int root, const char *path, const char **name, uint64_t resolve) {
    static char copy[PATH_LENGTH];
    return walk(root, path, copy, name, resolve);
}
