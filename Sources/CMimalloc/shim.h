// Linked, it takes the place of the C library's allocator in the whole process.
#include <mimalloc.h>
