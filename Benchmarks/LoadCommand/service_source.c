#define _GNU_SOURCE

#include "service_source.h"

#include <stdlib.h>
#include <string.h>

// Tags of protobuf: the field's number times 8, plus 2 for what has a length.
enum {
    GET_STOCK_SKU = 0x0A,
    COMMAND_ID = 0x0A,
    ADJUST_SKU = 0x1A,
    ADJUST_LOCATION = 0x22,
    ADJUST_DELTA = 0x28,
    ADJUST_REASON = 0x30,
    RESERVE_LINES = 0x22,
    LINE_SKU = 0x0A,
    LINE_QUANTITY = 0x10,
    QUOTE_CHANNEL = 0x0A,
    QUOTE_REGION = 0x12,
    QUOTE_CURRENCY = 0x2A,
    QUOTE_LINES = 0x3A,
    QUOTE_LINE_SKU = 0x12,
    QUOTE_LINE_QUANTITY = 0x18,
    LIST_IN_STOCK = 0x28,
    LIST_PAGE_SIZE = 0x48,
    CALLER_BRAND = 0x0A,
    CALLER_PRINCIPAL = 0x12,
    CALLER_SCOPE = 0x1A,
};

enum { REASON_CORRECTION = 1, PAGE_SIZE = 20 };

#define SKU_TEXT "SKU-00000000"
#define LOCATION_TEXT "WHS1"
#define COMMAND_TEXT "00000000-000000000000"

enum {
    SKU_BYTES = sizeof SKU_TEXT - 1,
    SKU_DIGITS = 8,
    LOCATION_BYTES = sizeof LOCATION_TEXT - 1,
    COMMAND_BYTES = sizeof COMMAND_TEXT - 1,
    SEED_DIGITS = 8,
    CALL_DIGITS = 12,
};

static uint8_t *put_text(uint8_t *output, uint8_t tag, const char *text) {
    size_t length = strlen(text);
    *output++ = tag;
    *output++ = (uint8_t)length;
    memcpy(output, text, length);
    return output + length;
}

static uint8_t *put_number(uint8_t *output, uint8_t tag, uint8_t value) {
    *output++ = tag;
    *output++ = value;
    return output;
}

// SplitMix64 by Vigna: a number that has all bits of what went in mixed.
static uint64_t mix(uint64_t value) {
    value += UINT64_C(0x9E3779B97F4A7C15);
    value = (value ^ (value >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94D049BB133111EB);
    return value ^ (value >> 31);
}

static void put_decimal(uint8_t *output, int digits, uint64_t value) {
    for (int place = digits - 1; place >= 0; place--, value /= 10) output[place] = (uint8_t)('0' + value % 10);
}

static void put_hexadecimal(uint8_t *output, int digits, uint64_t value) {
    for (int place = digits - 1; place >= 0; place--, value >>= 4) output[place] = "0123456789abcdef"[value & 15];
}

static uint64_t draw(const struct service_source *source, uint64_t call, uint32_t line) {
    return mix(mix((uint64_t)source->options.seed << 32 | line) ^ call);
}

// By how many SKUs one that is "in turn" lies behind the one before: coprime with their number, so that each comes once,
// and about its golden section, so that those which stand on one page of the database's do not come at the same time.
static uint64_t step(uint64_t skus) {
    for (uint64_t step = skus * 618 / 1000 + 1;; step++) {
        uint64_t a = step, b = skus;
        while (b) {
            uint64_t rest = a % b;
            a = b;
            b = rest;
        }
        if (a == 1) return step;
    }
}

static void put_sku(const struct service_source *source, uint64_t call, uint32_t line, uint8_t *text) {
    uint64_t number = source->options.in_turn ? (call + line) * source->step : draw(source, call, line);
    put_decimal(text + SKU_BYTES - SKU_DIGITS, SKU_DIGITS, number % source->options.skus);
}

static void put_command(const struct service_source *source, uint64_t call, uint8_t *text) {
    put_hexadecimal(text, SEED_DIGITS, source->options.seed);
    put_hexadecimal(text + SEED_DIGITS + 1, CALL_DIGITS, call);
}

static void prepare(void *context, uint64_t call, uint32_t body, uint8_t *bytes, size_t length) {
    const struct service_source *source = context;
    (void)body, (void)length;
    for (uint32_t line = 0; line < source->sku_count; line++) {
        put_sku(source, call, line, bytes + source->sku_offsets[line]);
    }
    if (source->command_offset) put_command(source, call, bytes + source->command_offset);
    if (source->location_offset) {
        uint64_t location = (draw(source, call, 0) >> 32) % source->options.locations;
        bytes[source->location_offset + LOCATION_BYTES - 1] = (uint8_t)('1' + location);
    }
}

// Whether the answer names the command it answers, and every SKU that was asked for.
static bool check(void *context, uint64_t call, uint32_t body, const uint8_t *bytes, size_t length) {
    const struct service_source *source = context;
    uint8_t sku[SKU_BYTES], command[COMMAND_BYTES];
    (void)body;
    memcpy(sku, SKU_TEXT, SKU_BYTES);
    for (uint32_t line = 0; line < source->sku_count; line++) {
        put_sku(source, call, line, sku);
        if (!memmem(bytes, length, sku, SKU_BYTES)) return false;
    }
    if (!source->command_offset) return true;
    memcpy(command, COMMAND_TEXT, COMMAND_BYTES);
    put_command(source, call, command);
    return memmem(bytes, length, command, COMMAND_BYTES) != NULL;
}

static uint8_t *put_sku_field(struct service_source *source, uint8_t *output, uint8_t tag) {
    output = put_text(output, tag, SKU_TEXT);
    source->sku_offsets[source->sku_count++] = (uint32_t)(output - source->bytes) - SKU_BYTES;
    return output;
}

static uint8_t *put_command_field(struct service_source *source, uint8_t *output) {
    output = put_text(output, COMMAND_ID, COMMAND_TEXT);
    source->command_offset = (uint32_t)(output - source->bytes) - COMMAND_BYTES;
    return output;
}

static uint8_t *put_adjustment(struct service_source *source, uint8_t *output) {
    output = put_sku_field(source, put_command_field(source, output), ADJUST_SKU);
    output = put_text(output, ADJUST_LOCATION, LOCATION_TEXT);
    source->location_offset = (uint32_t)(output - source->bytes) - LOCATION_BYTES;
    output = put_number(output, ADJUST_DELTA, 1);
    return put_number(output, ADJUST_REASON, REASON_CORRECTION);
}

static uint8_t *put_reservation(struct service_source *source, uint8_t *output) {
    output = put_command_field(source, output);
    for (uint32_t line = 0; line < source->options.lines; line++) {
        output = put_number(output, RESERVE_LINES, SKU_BYTES + 4);
        output = put_sku_field(source, output, LINE_SKU);
        output = put_number(output, LINE_QUANTITY, 1);
    }
    return output;
}

static uint8_t *put_quote(struct service_source *source, uint8_t *output) {
    output = put_text(output, QUOTE_CHANNEL, "amazon");
    output = put_text(output, QUOTE_REGION, "US-CA");
    output = put_text(output, QUOTE_CURRENCY, "USD");
    for (uint32_t line = 0; line < source->options.lines; line++) {
        output = put_number(output, QUOTE_LINES, SKU_BYTES + 4);
        output = put_sku_field(source, output, QUOTE_LINE_SKU);
        output = put_number(output, QUOTE_LINE_QUANTITY, 2);
    }
    return output;
}

static uint8_t *put_request(struct service_source *source, uint8_t *output) {
    switch (source->options.request) {
    case INVENTORY_STOCK: return put_sku_field(source, output, GET_STOCK_SKU);
    case INVENTORY_ADJUST: return put_adjustment(source, output);
    case INVENTORY_RESERVE: return put_reservation(source, output);
    case PRICING_QUOTE: return put_quote(source, output);
    case INVENTORY_LIST: return put_number(put_number(output, LIST_IN_STOCK, 1), LIST_PAGE_SIZE, PAGE_SIZE);
    }
    return output;
}

struct service_source *service_source_make(const struct service_options *options) {
    struct service_source *source = calloc(1, sizeof *source);
    if (!source) return NULL;
    source->options = *options;
    source->step = step(options->skus);
    uint8_t *end = put_request(source, source->bytes);
    source->body = (struct load_body){.bytes = source->bytes, .length = (uint32_t)(end - source->bytes)};
    source->source = (struct load_source){
        .bodies = &source->body, .body_count = 1, .prepare = prepare, .check = check, .context = source};
    return source;
}

const char *service_method(enum service_request request) {
    switch (request) {
    case INVENTORY_STOCK: return "driveline.inventory.v1.InventoryService/GetStock";
    case INVENTORY_ADJUST: return "driveline.inventory.v1.InventoryService/AdjustStock";
    case INVENTORY_RESERVE: return "driveline.inventory.v1.InventoryService/Reserve";
    case PRICING_QUOTE: return "driveline.pricing.v1.QuoteService/GetQuote";
    case INVENTORY_LIST: return "driveline.inventory.v1.InventoryService/ListStock";
    }
    return NULL;
}

size_t service_caller(const char *brand, uint8_t *output) {
    uint8_t *end = put_text(output, CALLER_BRAND, brand);
    end = put_text(end, CALLER_PRINCIPAL, "load");
    end = put_text(end, CALLER_SCOPE, "inventory:read");
    end = put_text(end, CALLER_SCOPE, "inventory:write");
    end = put_text(end, CALLER_SCOPE, "inventory:reserve");
    end = put_text(end, CALLER_SCOPE, "pricing:read");
    return (size_t)(end - output);
}
