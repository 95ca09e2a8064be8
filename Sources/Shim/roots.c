// Paths of the container, resolved by the kernel beneath its root and acted on by descriptor only: nothing in an image
// or a volume, links least of all, can lead outside.
#include "shim.h"

static const uint64_t always = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
enum { TRIES = 1000 };

int open_in_root(int root, const char *path, uint64_t flags, uint64_t resolve) {
    struct open_how how = {.flags = flags | O_CLOEXEC, .resolve = always | resolve};
    int fd = -EAGAIN;
    // EAGAIN: something was mounted or renamed anywhere meanwhile, and the kernel cannot vouch for a ".." (openat2(2)).
    for (int tries = 0; fd == -EAGAIN && tries < TRIES; tries++)
        fd = (int)SYS(openat2, root, *path ? path : "/", &how, sizeof how);
    return fd;
}

bool is_on(int fd, uint64_t magic) {
    struct statfs status;
    return SYS(fstatfs, fd, &status) == 0 && (uint64_t)status.f_type == magic;
}

// A path on its way to being made: `bytes` up to `at` is there.
struct walk {
    int root, parent;
    uint64_t resolve;
    size_t length, start, at;  // the part in hand is bytes[start..<at]
    char bytes[PATH_LENGTH];
};

enum { LINKS = 16 };

static void part_name(struct walk *walk, char name[NAME_MAX + 1]) {
    size_t length = walk->at - walk->start;
    memcpy(name, walk->bytes + walk->start, length);
    name[length] = 0;
}

// The part in hand is a link to nothing: the path goes on where it points, still beneath the root.
static int follow_link(struct walk *walk, const char *name) {
    static char target[PATH_LENGTH], whole[PATH_LENGTH];
    long size = SYS(readlinkat, walk->parent, name, target, sizeof target - 1);
    if (size < 0) return -ENOENT;
    target[size] = 0;
    struct line line = {whole, 0, sizeof whole - 1, false};
    if (target[0] != '/') put_bytes(&line, walk->bytes, walk->start);
    put_text(&line, target);
    put_bytes(&line, walk->bytes + walk->at, walk->length - walk->at);
    if (line.cut) return -ENAMETOOLONG;
    memcpy(walk->bytes, whole, line.used);
    walk->bytes[line.used] = 0;
    walk->length = line.used;
    walk->at = 0;
    shut(walk->parent);
    walk->parent = open_in_root(walk->root, "/", O_PATH | O_DIRECTORY, 0);
    return walk->parent < 0 ? walk->parent : 0;
}

// Steps into the part in hand, which is made as a folder when it is missing. 1: the path was led elsewhere.
static int enter_part(struct walk *walk) {
    char name[NAME_MAX + 1], kept = walk->bytes[walk->at];
    walk->bytes[walk->at] = 0;
    part_name(walk, name);
    int fd = open_in_root(walk->root, walk->bytes, O_PATH | O_DIRECTORY, walk->resolve);
    long made = -EEXIST;
    if (fd == -ENOENT) {
        made = SYS(mkdirat, walk->parent, name, 0755);
        if (made == 0 || made == -EEXIST) fd = open_in_root(walk->root, walk->bytes, O_PATH | O_DIRECTORY, walk->resolve);
        else fd = (int)made;
    }
    walk->bytes[walk->at] = kept;
    if (fd == -ENOENT && made == -EEXIST) {
        int code = follow_link(walk, name);
        return code < 0 ? code : 1;
    }
    if (fd < 0) return fd;
    shut(walk->parent);
    walk->parent = fd;
    return 0;
}

// The next part: true until there is none.
static bool take_part(struct walk *walk) {
    walk->start = walk->at;
    while (walk->bytes[walk->start] == '/') walk->start++;
    walk->at = walk->start;
    while (walk->bytes[walk->at] && walk->bytes[walk->at] != '/') walk->at++;
    return walk->at > walk->start;
}

// Walks to the folder above the last part, making what is missing; the last part is then in hand.
static int walk_up_to_last(struct walk *walk) {
    for (int links = 0; take_part(walk);) {
        if (walk->at - walk->start > NAME_MAX) return -ENAMETOOLONG;
        if (walk->at == walk->length) return 0;
        int code = enter_part(walk);
        if (code < 0) return code;
        if (code == 1 && ++links > LINKS) return -ELOOP;
        while (walk->length > 1 && walk->bytes[walk->length - 1] == '/') walk->bytes[--walk->length] = 0;
    }
    return -EINVAL;
}

static int begin(struct walk *walk, int root, const char *path, uint64_t resolve) {
    size_t length = strlen(path);
    if (length >= PATH_LENGTH) return -ENAMETOOLONG;
    memcpy(walk->bytes, path, length + 1);
    while (length > 1 && walk->bytes[length - 1] == '/') walk->bytes[--length] = 0;
    walk->root = root;
    walk->resolve = resolve;
    walk->length = length;
    walk->start = walk->at = 0;
    walk->parent = open_in_root(root, "/", O_PATH | O_DIRECTORY, 0);
    return walk->parent < 0 ? walk->parent : walk_up_to_last(walk);
}

static long make_last(struct walk *walk, const char *name, bool file, uint32_t mode) {
    if (!file) return SYS(mkdirat, walk->parent, name, mode);
    long made = SYS(openat, walk->parent, name, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, mode);
    if (made < 0) return made;
    shut((int)made);
    return 0;
}

int make_in_root(int root, const char *path, bool file, uint32_t mode, uint64_t resolve) {
    static struct walk walk;
    int fd = open_in_root(root, path, O_PATH, resolve);
    if (fd != -ENOENT) return fd;
    int code = begin(&walk, root, path, resolve);
    for (int links = 0; code == 0; links++) {
        char name[NAME_MAX + 1];
        part_name(&walk, name);
        long made = make_last(&walk, name, file, mode);
        fd = made < 0 && made != -EEXIST ? (int)made : open_in_root(root, walk.bytes, O_PATH, resolve);
        if (fd != -ENOENT || made != -EEXIST || links >= LINKS) break;
        code = follow_link(&walk, name);
        if (code == 0) code = walk_up_to_last(&walk);
    }
    shut(walk.parent);
    return code < 0 ? code : fd;
}

int parent_in_root(int root, const char *path, const char **name, uint64_t resolve) {
    static struct walk walk;
    int code = begin(&walk, root, path, resolve);
    if (code < 0) return shut(walk.parent), code;
    *name = walk.bytes + walk.start;
    return walk.parent;
}
