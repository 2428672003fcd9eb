// The requests of the benchmarks of services: inventory's reads and commands, and pricing's quotes, on random SKUs.
//
// SKUs are "SKU-00000000" and so on, locations "WHS1" to "WHS9". Which ones a call is about depends on its number and the
// seed alone, so that its answer can be checked.

#ifndef SERVICE_SOURCE_H
#define SERVICE_SOURCE_H

#include "load.h"

enum {
    SERVICE_SKUS_MAXIMUM = 100000000,
    SERVICE_LOCATIONS_MAXIMUM = 9,
    SERVICE_LINES_MAXIMUM = 64,
    SERVICE_BODY_MAXIMUM_BYTES = 2048,
};

enum service_request {
    INVENTORY_STOCK,    // GetStock
    INVENTORY_ADJUST,   // AdjustStock by one unit
    INVENTORY_RESERVE,  // Reserve: a unit of each of `lines` SKUs, from wherever there is one
    INVENTORY_LIST,     // ListStock: a page of what is in stock, and how many there are
    PRICING_QUOTE,      // GetQuote: two units of each of `lines` SKUs on a channel
};

struct service_options {
    enum service_request request;
    uint32_t skus, locations, lines;
    // Whether each SKU comes once before any comes again, so that a cache has seen all of them after as many calls.
    bool in_turn;
    // Of two runs with the same seed the second repeats the commands of the first.
    uint32_t seed;
};

struct service_source {
    struct load_source source;
    struct service_options options;
    struct load_body body;
    // From one SKU to the next where they come in turn.
    uint64_t step;
    // Where the parts stand that differ from call to call.
    uint32_t sku_offsets[SERVICE_LINES_MAXIMUM], sku_count, location_offset, command_offset;
    uint8_t bytes[SERVICE_BODY_MAXIMUM_BYTES];
};

// Null when there is no memory. Freed by `free`.
struct service_source *service_source_make(const struct service_options *options);

// The method that takes such requests.
const char *service_method(enum service_request request);

// Encodes a driveline.rpc.v1.Caller of a brand with the scopes of these requests, and gives its length; `output` has room for
// LOAD_CALLER_MAXIMUM_BYTES.
size_t service_caller(const char *brand, uint8_t *output);

#endif
