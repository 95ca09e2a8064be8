// Datagrams with descriptors over unix sockets.
#include "shim.h"

struct rights {
    struct control_header header;
    int descriptors[8];
};

bool send_report(int socket, const struct report *report, int descriptor) {
    struct rights rights = {.header = {sizeof(struct control_header) + sizeof(int), SOCKET_LEVEL, RIGHTS}};
    struct slice part = {(void *)report, sizeof *report};
    struct message_header message = {.parts = &part, .part_count = 1};
    if (descriptor >= 0) {
        rights.descriptors[0] = descriptor;
        message.control = &rights;
        message.control_length = sizeof(struct control_header) + sizeof(long);
    }
    return SYS(sendmsg, socket, &message, NO_SIGNAL) == (long)sizeof *report;
}

long receive(int socket, void *bytes, size_t length, int *descriptors, int count, int flags) {
    struct rights rights;
    struct slice part = {bytes, length};
    struct message_header message = {.parts = &part, .part_count = 1, .control = &rights, .control_length = sizeof rights};
    for (int i = 0; i < count; i++) descriptors[i] = -1;
    long size = SYS(recvmsg, socket, &message, flags | CLOEXEC_RIGHTS);
    bool has_rights = size >= 0 && message.control_length >= sizeof(struct control_header)
                      && rights.header.level == SOCKET_LEVEL && rights.header.type == RIGHTS;
    if (!has_rights) return size;
    int found = (int)((rights.header.length - sizeof(struct control_header)) / sizeof(int));
    for (int i = 0; i < found; i++) {
        if (i < count) descriptors[i] = rights.descriptors[i];
        else shut(rights.descriptors[i]);
    }
    return size;
}
