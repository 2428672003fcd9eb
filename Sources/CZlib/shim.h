// zlib, of which only the reading of gzip is used.
#include <zlib.h>
