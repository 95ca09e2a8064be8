#pragma once
#include <git2.h>
#include <git2/sys/commit.h>
#include <git2/sys/stream.h>

// git_libgit2_opts is variadic, which Swift cannot import.
static inline int git2_set_search_path(int level, const char *path) {
    return git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, path);
}
static inline int git2_set_cache_bytes(ssize_t bytes) { return git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, bytes); }
static inline int git2_set_owner_validation(int enabled) {
    return git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, enabled);
}
static inline int git2_set_pack_max_objects(size_t count) {
    return git_libgit2_opts(GIT_OPT_SET_PACK_MAX_OBJECTS, count);
}
static inline int git2_set_fsync(int enabled) { return git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, enabled); }
static inline int git2_set_ssl_certificates(const char *file, const char *path) {
    return git_libgit2_opts(GIT_OPT_SET_SSL_CERT_LOCATIONS, file, path);
}

// What libgit2's ssh transport takes every socket stream for (src/libgit2/streams/socket.h of 1.5): it reads the descriptor.
struct git2_socket_stream {
    git_stream parent;
    char *host;
    char *port;
    int descriptor;
};
