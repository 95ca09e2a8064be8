#pragma once
#include <zlib.h>

// Adapters for macros, which Swift cannot import. The window of 15 bits and 16 more is gzip's form (zlib.h).
static inline int zlib_inflate_gzip(z_stream *stream) { return inflateInit2(stream, 15 + 16); }
static inline int zlib_deflate_gzip(z_stream *stream) {
    return deflateInit2(stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}
// A negative window is deflate without zlib's head and sum.
static inline int zlib_inflate_zlib(z_stream *stream) { return inflateInit(stream); }
static inline int zlib_deflate_raw(z_stream *stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
}
