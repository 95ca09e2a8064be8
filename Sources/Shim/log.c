// Output as CRI log lines: time, stream, F (whole line) or P (part of one), text. Rotated by size. What cannot be
// written is dropped and counted, so that a full disk never stops the container, and is told once there is room again.
#include "shim.h"

enum { LINE_LIMIT = 16384, OUTPUT = 32768, STAMP = 48 };

static struct stream {
    size_t used;
    char bytes[LINE_LIMIT];
} streams[2];

static struct {
    const char *path;
    int fd;
    uint64_t size, maximum, files, lost;
    int64_t error;
    struct line out;
} log = {.fd = -1};
static char output[OUTPUT];

static void open_file(void) {
    int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY;
    struct stat status;
    log.fd = (int)SYS(openat, AT_FDCWD, log.path, flags, 0640);
    log.size = 0;
    if (log.fd >= 0 && SYS(newfstatat, log.fd, "", &status, AT_EMPTY_PATH) == 0) log.size = (uint64_t)status.st_size;
}

void log_open(const char *path, uint64_t maximum, uint64_t files) {
    log.path = path;
    log.maximum = maximum;
    log.files = files;
    log.out = (struct line){output, 0, OUTPUT, false};
    open_file();
}

// `path.N`
static const char *rotated(char *place, uint64_t number) {
    struct line line = {place, 0, PATH_LENGTH - 1, false};
    put_text(&line, log.path);
    if (number > 0) {
        put_text(&line, ".");
        put_number(&line, (int64_t)number);
    }
    place[line.used] = 0;
    return place;
}

static void rotate(void) {
    static char from[PATH_LENGTH], to[PATH_LENGTH];
    for (uint64_t i = log.files - 1; i > 0; i--)
        SYS(renameat2, AT_FDCWD, rotated(from, i - 1), AT_FDCWD, rotated(to, i), 0);
    if (log.files <= 1) SYS(unlinkat, AT_FDCWD, log.path, 0);
    shut(log.fd);
    open_file();
}

// All or nothing: a line cut by a full disk is taken back.
static bool append(const char *bytes, size_t length) {
    if (log.fd < 0) open_file();
    size_t done = 0;
    long count = log.fd;
    while (log.fd >= 0 && done < length) {
        count = SYS(write, log.fd, bytes + done, length - done);
        if (count <= 0) break;
        done += (size_t)count;
    }
    if (done == length) {
        log.size += length;
        return true;
    }
    log.error = count < 0 ? -count : ENOSPC;
    if (log.fd >= 0) SYS(ftruncate, log.fd, log.size);
    return false;
}

static void put_time(struct line *line) {
    uint64_t now = wall_clock(), seconds = now / 1000000000u, days = seconds / 86400, rest = seconds % 86400;
    // Days to a date, by eras of 400 years from 1 March 0000.
    uint64_t shifted = days + 719468, era = shifted / 146097, day = shifted - era * 146097;
    uint64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    uint64_t of_year = day - (365 * year + year / 4 - year / 100), month = (5 * of_year + 2) / 153;
    uint64_t civil = month < 10 ? month + 3 : month - 9;
    put_padded(line, year + era * 400 + (civil <= 2), 4);
    put_text(line, "-");
    put_padded(line, civil, 2);
    put_text(line, "-");
    put_padded(line, of_year - (153 * month + 2) / 5 + 1, 2);
    put_text(line, "T");
    put_padded(line, rest / 3600, 2);
    put_text(line, ":");
    put_padded(line, rest / 60 % 60, 2);
    put_text(line, ":");
    put_padded(line, rest % 60, 2);
    put_text(line, ".");
    put_padded(line, now % 1000000000u, 9);
    put_text(line, "Z ");
}

static void tell_loss(void) {
    char bytes[160];
    struct line line = {bytes, 0, sizeof bytes, false};
    put_time(&line);
    put_text(&line, "stderr F belay: ");
    put_number(&line, (int64_t)log.lost);
    put_text(&line, " bytes of the log are lost: errno ");
    put_number(&line, log.error);
    put_text(&line, log.error == ENOSPC ? " (no space left on device)\n" : "\n");
    if (append(bytes, line.used)) log.lost = 0;
}

static void flush(void) {
    size_t length = log.out.used;
    log.out.used = 0;
    if (length == 0 || !log.path) return;
    if (log.size > 0 && log.size + length > log.maximum) rotate();
    if (log.lost > 0) tell_loss();
    if (log.lost > 0 || !append(output, length)) log.lost += length;
}

static void put_entry(int which, const char *text, size_t length, bool whole) {
    if (log.out.room - log.out.used < length + STAMP) flush();
    put_time(&log.out);
    put_text(&log.out, which == 0 ? "stdout " : "stderr ");
    put_text(&log.out, whole ? "F " : "P ");
    put_bytes(&log.out, text, length);
    put_bytes(&log.out, "\n", 1);
}

static void take_lines(int which) {
    struct stream *stream = &streams[which];
    size_t start = 0;
    for (size_t i = 0; i < stream->used; i++) {
        if (stream->bytes[i] != '\n') continue;
        put_entry(which, stream->bytes + start, i - start, true);
        start = i + 1;
    }
    if (start == 0 && stream->used == LINE_LIMIT) {
        put_entry(which, stream->bytes, LINE_LIMIT, false);
        start = LINE_LIMIT;
    }
    memmove(stream->bytes, stream->bytes + start, stream->used - start);
    stream->used -= start;
}

// One read; its lines are on the disk when this returns.
void log_read(int which, int fd, bool *ended) {
    struct stream *stream = &streams[which];
    long count = SYS(read, fd, stream->bytes + stream->used, LINE_LIMIT - stream->used);
    *ended = count == 0 || (count < 0 && count != -EAGAIN);
    if (count <= 0) return;
    stream->used += (size_t)count;
    take_lines(which);
    flush();
}

void log_finish(void) {
    for (int which = 0; which < 2; which++) {
        if (streams[which].used > 0) put_entry(which, streams[which].bytes, streams[which].used, false);
        streams[which].used = 0;
    }
    flush();
    if (log.lost > 0 && log.path) tell_loss();
    shut(log.fd);
}
