// The entry point, and the few functions of a C library that compilers call by themselves or that the shim needs.
#include "shim.h"

#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n xor %ebp,%ebp\n mov %rsp,%rdi\n and $-16,%rsp\n call entry\n");
#else
__asm__(".globl _start\n_start:\n mov x29,#0\n mov x0,sp\n bl entry\n");
#endif

__attribute__((used, externally_visible)) _Noreturn void entry(long *stack) {
    int count = (int)stack[0];
    char **arguments = (char **)(stack + 1);
    leave(shim_main(count, arguments));
}

__attribute__((used)) void *memcpy(void *to, const void *from, size_t length) {
    char *out = to;
    const char *in = from;
#if defined(__x86_64__)
    __asm__ volatile("rep movsb" : "+D"(out), "+S"(in), "+c"(length) : : "memory");
#else
    for (size_t i = 0; i < length; i++) {
        out[i] = in[i];
        __asm__ volatile("");
    }
#endif
    return to;
}

__attribute__((used)) void *memmove(void *to, const void *from, size_t length) {
    char *out = to;
    const char *in = from;
    if (out <= in || out >= in + length) return memcpy(to, from, length);
    for (size_t i = length; i-- > 0;) {
        out[i] = in[i];
        __asm__ volatile("");
    }
    return to;
}

__attribute__((used)) void *memset(void *to, int byte, size_t length) {
    char *out = to;
    for (size_t i = 0; i < length; i++) {
        out[i] = (char)byte;
        __asm__ volatile("");
    }
    return to;
}

__attribute__((used)) int memcmp(const void *left, const void *right, size_t length) {
    const unsigned char *a = left, *b = right;
    for (size_t i = 0; i < length; i++)
        if (a[i] != b[i]) return a[i] - b[i];
    return 0;
}

__attribute__((used)) size_t strlen(const char *text) {
    size_t length = 0;
    while (text[length]) {
        length++;
        __asm__ volatile("");
    }
    return length;
}

bool same(const char *left, const char *right) {
    size_t length = strlen(left);
    return length == strlen(right) && memcmp(left, right, length) == 0;
}

uint64_t wall_clock(void) {
    struct timespec now = {0};
    SYS(clock_gettime, 0, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void put_bytes(struct line *line, const char *bytes, size_t length) {
    if (length > line->room - line->used) {
        length = line->room - line->used;
        line->cut = true;
    }
    memcpy(line->base + line->used, bytes, length);
    line->used += length;
}

void put_text(struct line *line, const char *text) { put_bytes(line, text, strlen(text)); }

void put_padded(struct line *line, uint64_t value, int digits) {
    char text[20];
    int at = 20;
    do {
        text[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (at > 0 && (value > 0 || 20 - at < digits));
    put_bytes(line, text + at, (size_t)(20 - at));
}

void put_number(struct line *line, int64_t value) {
    if (value < 0) put_bytes(line, "-", 1);
    put_padded(line, value < 0 ? (uint64_t)-value : (uint64_t)value, 1);
}
