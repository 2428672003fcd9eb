// The requests of the RPC benchmark: EchoService's lookups of random SKUs.

#ifndef LOOKUP_SOURCE_H
#define LOOKUP_SOURCE_H

#include "load.h"

enum { SKU_MAXIMUM_BYTES = 64, LOOKUP_BODY_MAXIMUM_BYTES = SKU_MAXIMUM_BYTES + 2 + 6 };

struct lookup_source {
    struct load_source source;
    uint32_t sku_bytes;
    struct load_body bodies[LOAD_BODIES_MAXIMUM];
    uint8_t bytes[LOAD_BODIES_MAXIMUM * LOOKUP_BODY_MAXIMUM_BYTES];
};

// Null when there is no memory. Freed by `free`.
struct lookup_source *lookup_source_make(uint32_t sku_bytes, double slow_percent, uint32_t slow_wait_us);

#endif
