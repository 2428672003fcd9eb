// zlib's streams, whose initialisers are macros that Swift cannot call.
#include <zlib.h>

// 16 added to the window's size means gzip's header and trailer.
static inline int czlib_deflate_init(z_stream *stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}

static inline int czlib_inflate_init(z_stream *stream) { return inflateInit2(stream, 15 + 16); }
