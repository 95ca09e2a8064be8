// Who the program runs as: numbers, or names looked up in the root's own passwd and group files, which are the image's
// and so are read with bounds, as regular files, resolved inside the root.
#include "shim.h"

enum { ACCOUNTS_LIMIT = 10 << 20 };

// A file read line by line; a line longer than the place for it is skipped.
struct lines {
    int fd;
    size_t used, at, total;
    char bytes[4096];
};

static bool open_lines(struct lines *lines, int root, const char *path) {
    struct stat status;
    lines->used = lines->at = lines->total = 0;
    lines->fd = open_in_root(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
    if (lines->fd < 0) return false;
    if (SYS(newfstatat, lines->fd, "", &status, AT_EMPTY_PATH) == 0 && (status.st_mode & S_IFMT) == S_IFREG) return true;
    shut(lines->fd);
    return false;
}

static char *next_line(struct lines *lines) {
    bool skipping = false;
    for (;;) {
        for (size_t i = lines->at; i < lines->used; i++) {
            if (lines->bytes[i] != '\n') continue;
            char *line = lines->bytes + lines->at;
            lines->bytes[i] = 0;
            lines->at = i + 1;
            if (!skipping) return line;
            skipping = false;
        }
        if (lines->at > 0) {
            memmove(lines->bytes, lines->bytes + lines->at, lines->used - lines->at);
            lines->used -= lines->at;
            lines->at = 0;
        }
        if (lines->used == sizeof lines->bytes - 1) {
            lines->used = 0;
            skipping = true;
        }
        long count = lines->total > ACCOUNTS_LIMIT ? 0
                   : SYS(read, lines->fd, lines->bytes + lines->used, sizeof lines->bytes - 1 - lines->used);
        if (count > 0) {
            lines->used += (size_t)count;
            lines->total += (size_t)count;
            continue;
        }
        if (lines->used == 0 || skipping) return NULL;
        lines->bytes[lines->used] = 0;
        lines->used = 0;
        return lines->bytes;
    }
}

static bool number(const char *text, uint32_t *value) {
    uint64_t sum = 0;
    if (*text == 0) return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9') return false;
        sum = sum * 10 + (uint64_t)(*text - '0');
        if (sum > 0x7fffffff) return false;
    }
    *value = (uint32_t)sum;
    return true;
}

// Splits a line at its colons in place.
static int fields(char *line, char **out, int count) {
    int found = 0;
    out[found++] = line;
    for (; *line && found < count; line++) {
        if (*line != ':') continue;
        *line = 0;
        out[found++] = line + 1;
    }
    for (int i = found; i < count; i++) out[i] = line;
    return found;
}

struct account {
    uint32_t user, group;
    char name[256];
    char home[256];
};

static bool find_account(int root, const char *name, const uint32_t *id, struct account *account) {
    struct lines lines;
    bool found = false;
    if (!open_lines(&lines, root, "/etc/passwd")) return false;
    for (char *line; !found && (line = next_line(&lines));) {
        char *field[7];
        uint32_t user, group;
        fields(line, field, 7);
        if (!number(field[2], &user) || !number(field[3], &group)) continue;
        if (id ? user != *id : !same(field[0], name)) continue;
        if (strlen(field[0]) >= sizeof account->name || strlen(field[5]) >= sizeof account->home) continue;
        found = true;
        account->user = user;
        account->group = group;
        memcpy(account->name, field[0], strlen(field[0]) + 1);
        memcpy(account->home, field[5], strlen(field[5]) + 1);
    }
    shut(lines.fd);
    return found;
}

static bool find_group(int root, const char *name, uint32_t *group) {
    struct lines lines;
    bool found = false;
    if (!open_lines(&lines, root, "/etc/group")) return false;
    for (char *line; !found && (line = next_line(&lines));) {
        char *field[4];
        fields(line, field, 4);
        found = same(field[0], name) && number(field[2], group);
    }
    shut(lines.fd);
    return found;
}

static void add_group(struct making *making, uint32_t group) {
    for (uint32_t i = 0; i < making->group_count; i++)
        if (making->groups[i] == group) return;
    if (making->group_count < ARRAY(making->groups)) making->groups[making->group_count++] = group;
}

static bool is_member(const char *members, const char *name) {
    size_t length = strlen(name);
    while (*members) {
        size_t end = 0;
        while (members[end] && members[end] != ',') end++;
        if (end == length && memcmp(members, name, length) == 0) return true;
        members += end + (members[end] == ',');
    }
    return false;
}

static void add_memberships(struct making *making, const char *name) {
    struct lines lines;
    if (!open_lines(&lines, making->root, "/etc/group")) return;
    for (char *line; (line = next_line(&lines));) {
        char *field[4];
        uint32_t group;
        fields(line, field, 4);
        if (is_member(field[3], name) && number(field[2], &group)) add_group(making, group);
    }
    shut(lines.fd);
}

// `user`, `user:group`, each a name or a number.
static int by_name(struct making *making, const char *text, struct account *account) {
    static char copy[512];
    size_t length = strlen(text);
    if (length >= sizeof copy) return -EINVAL;
    memcpy(copy, text, length + 1);
    char *parts[2];
    bool has_group = fields(copy, parts, 2) == 2;
    uint32_t id;
    bool numeric = number(parts[0], &id);
    if (*parts[0] == 0) {
        numeric = true;
        id = 0;
    }
    bool known = find_account(making->root, parts[0], numeric ? &id : NULL, account);
    if (!known && !numeric) return -ENOENT;
    making->user = numeric ? id : account->user;
    making->group = known ? account->group : 0;
    if (!has_group) {
        if (known) add_memberships(making, account->name);
        return 0;
    }
    if (number(parts[1], &making->group) || find_group(making->root, parts[1], &making->group)) return 0;
    return -ENOENT;
}

// 0: user and group are numbers, 1: names, 2: numbers and no group beside the additional ones; name; user, group; count,
// additional groups…
int step_user(struct making *making, struct reader *arguments) {
    static struct account account;
    uint64_t kind = read_number(arguments);
    const char *name = read_text(arguments, NULL);
    uint64_t user = read_number(arguments), group = read_number(arguments), count = read_number(arguments);
    if (arguments->broken || user > 0xfffffffe || group > 0xfffffffe || count > ARRAY(making->groups)) return -EBADMSG;
    account.home[0] = 0;
    making->detail = name;
    if (kind == 1) {
        int code = by_name(making, name, &account);
        if (code < 0) return code;
    } else {
        uint32_t id = (uint32_t)user;
        making->user = id;
        making->group = (uint32_t)group;
        find_account(making->root, "", &id, &account);
    }
    for (uint64_t i = 0; i < count; i++) {
        uint64_t extra = read_number(arguments);
        if (arguments->broken || extra > 0xfffffffe) return -EBADMSG;
        add_group(making, (uint32_t)extra);
    }
    // Else leaving the other groups would give back what the primary one forbids (CVE-2022-36109).
    if (kind != 2) add_group(making, making->group);
    struct line line = {making->home, 0, sizeof making->home - 1, false};
    put_text(&line, "HOME=");
    put_text(&line, account.home[0] ? account.home : "/");
    making->home[line.used] = 0;
    return 0;
}
