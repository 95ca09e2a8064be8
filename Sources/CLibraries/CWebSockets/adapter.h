#pragma once
#include <libwebsockets.h>

// Adapters for what Swift cannot import: macros with arithmetic, a variadic setting, a union's member.
static inline int lws_prefix_size(void) { return LWS_PRE; }
static inline struct lws *lws_adopt_http(struct lws_vhost *host, int socket, int tls) {
    lws_sock_file_fd_type fd; fd.sockfd = socket;
    int type = LWS_ADOPT_SOCKET | LWS_ADOPT_HTTP | (tls ? LWS_ADOPT_ALLOW_SSL : 0);
    return lws_adopt_descriptor_vhost(host, (lws_adoption_type)type, fd, NULL, NULL);
}
static inline struct lws *lws_adopt_listener(struct lws_vhost *host, int socket, const char *protocol) {
    lws_sock_file_fd_type fd; fd.filefd = socket;
    return lws_adopt_descriptor_vhost(host, LWS_ADOPT_RAW_FILE_DESC, fd, protocol, NULL);
}
