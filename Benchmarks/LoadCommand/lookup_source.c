#define _GNU_SOURCE

#include "lookup_source.h"

#include <stdlib.h>
#include <string.h>

enum { SKU_TAG = 0x0A, WAIT_TAG = 0x10, SKU_OFFSET = 2, VARINT_BITS = 7, VARINT_MORE = 0x80 };

// Always the same sequence (xorshift), so that two runs send the same.
static uint64_t next_random(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static uint8_t *put_varint(uint8_t *output, uint32_t value) {
    for (; value >= VARINT_MORE; value >>= VARINT_BITS) *output++ = (uint8_t)(value | VARINT_MORE);
    *output++ = (uint8_t)value;
    return output;
}

// Only every 64th answer comes here, so searching is cheap enough and does not depend on the order of fields.
static bool has_sku(void *context, uint64_t call, uint32_t body, const uint8_t *bytes, size_t length) {
    const struct lookup_source *lookup = context;
    (void)call;
    return memmem(bytes, length, lookup->bodies[body].bytes + SKU_OFFSET, lookup->sku_bytes) != NULL;
}

struct lookup_source *lookup_source_make(uint32_t sku_bytes, double slow_percent, uint32_t slow_wait_us) {
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    struct lookup_source *lookup = malloc(sizeof *lookup);
    if (!lookup) return NULL;
    lookup->sku_bytes = sku_bytes;
    lookup->source = (struct load_source){
        .bodies = lookup->bodies, .body_count = LOAD_BODIES_MAXIMUM, .check = has_sku, .context = lookup};
    uint64_t random = UINT64_C(0x9E3779B97F4A7C15);
    uint8_t *output = lookup->bytes;
    for (uint32_t index = 0; index < LOAD_BODIES_MAXIMUM; index++) {
        uint8_t *start = output;
        *output++ = SKU_TAG;
        *output++ = (uint8_t)sku_bytes;
        for (uint32_t letter = 0; letter < sku_bytes; letter++) {
            *output++ = (uint8_t)letters[(next_random(&random) >> 32) % (sizeof letters - 1)];
        }
        double draw = (double)(next_random(&random) >> 11) / (double)(UINT64_C(1) << 53);
        if (draw * 100 < slow_percent) {
            *output++ = WAIT_TAG;
            output = put_varint(output, slow_wait_us);
        }
        lookup->bodies[index] = (struct load_body){.bytes = start, .length = (uint32_t)(output - start)};
    }
    return lookup;
}
