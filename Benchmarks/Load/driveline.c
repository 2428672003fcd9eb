// The client side of docs/wire.md, as much of it as unary calls need.

#include "run.h"

enum {
    HEADER_BYTES = 24,
    LENGTH_BYTES = 4,
    FRAME_MAXIMUM_BYTES = 131072,
    MAGIC = 0x44524C4E,
    VERSION = 1,
    CREDENTIAL_TAG = 0x2A,  // field 5 of Hello, length-delimited
    CALLER_NUMBER = 1,
};

enum frame_type { HELLO = 1, CALLER = 2, REQUEST = 3, RESPONSE = 4, PING = 8, PONG = 9, GOAWAY = 10 };
enum frame_flag { END_STREAM = 1, NO_MESSAGE = 4 };

static uint32_t fnv1a(const char *name) {
    uint32_t hash = 2166136261u;
    for (; *name; name++) hash = (hash ^ (uint8_t)*name) * 16777619u;
    return hash;
}

static void put_header(uint8_t *output, enum frame_type type, uint8_t flags, size_t body_bytes, uint32_t stream,
                       uint32_t method, uint32_t timeout, uint32_t caller) {
    put32(output, (uint32_t)(HEADER_BYTES - LENGTH_BYTES + body_bytes));
    output[4] = (uint8_t)type;
    output[5] = flags;
    output[6] = output[7] = 0;
    put32(output + 8, stream);
    put32(output + 12, method);
    put32(output + 16, timeout);
    put32(output + 20, caller);
}

size_t driveline_hello(const struct load_options *options, uint8_t *output) {
    size_t credential_bytes = options->credential ? strlen(options->credential) : 0;
    size_t body_bytes = credential_bytes ? 2 + credential_bytes : 0;
    put_header(output, HELLO, 0, body_bytes, 0, MAGIC, VERSION, 0);
    if (body_bytes) {
        output[HEADER_BYTES] = CREDENTIAL_TAG;
        output[HEADER_BYTES + 1] = (uint8_t)credential_bytes;
        memcpy(output + HEADER_BYTES + 2, options->credential, credential_bytes);
    }
    return HEADER_BYTES + body_bytes;
}

bool driveline_is_hello(const uint8_t *frame) {
    return frame[4] == HELLO && get32(frame + 12) == MAGIC && get32(frame) <= FRAME_MAXIMUM_BYTES;
}

static void make_template(const struct load_options *options, struct request_template *template) {
    template->method_id = fnv1a(options->method);
}

static size_t greet(struct connection *connection, uint8_t *output) {
    const struct load_options *options = connection->run->options;
    size_t count = driveline_hello(options, output);
    if (!options->caller) return count;
    put_header(output + count, CALLER, 0, options->caller_bytes, 0, 0, 0, CALLER_NUMBER);
    memcpy(output + count + HEADER_BYTES, options->caller, options->caller_bytes);
    return count + HEADER_BYTES + options->caller_bytes;
}

static bool may_send(const struct connection *connection, size_t body_bytes) {
    (void)connection, (void)body_bytes;
    return true;
}

static size_t put_request(struct connection *connection, uint8_t *output, uint32_t stream, size_t body_bytes) {
    const struct load_options *options = connection->run->options;
    put_header(output, REQUEST, END_STREAM, body_bytes, stream, connection->run->template.method_id, options->timeout_us,
               options->caller ? CALLER_NUMBER : 0);
    return HEADER_BYTES;
}

static bool take_response(struct connection *connection, const uint8_t *frame, size_t frame_bytes, uint64_t now) {
    struct load_errors *errors = &connection->run->errors;
    struct slot *slot = run_slot(connection, get32(frame + 8));
    size_t body_offset = HEADER_BYTES + (size_t)(frame[6] << 8 | frame[7]);
    if (!slot || body_offset > frame_bytes) return false;
    uint32_t status = get32(frame + 12);
    if (status != 0) {
        errors->last_status = status;
        run_call_failed(connection, slot, &errors->status);
    } else if (frame[5] & NO_MESSAGE ||
               !run_body_is_right(connection, slot, frame + body_offset, frame_bytes - body_offset)) {
        run_call_failed(connection, slot, &errors->body);
    } else {
        run_call_answered(connection, slot, now);
    }
    return true;
}

static bool answer_ping(struct connection *connection, const uint8_t *frame) {
    uint8_t *pong = run_control(connection, HEADER_BYTES);
    if (pong) put_header(pong, PONG, 0, 0, 0, get32(frame + 12), 0, 0);
    return pong != NULL;
}

static bool take_frame(struct connection *connection, const uint8_t *frame, size_t frame_bytes, uint64_t now) {
    if (!connection->greeted) return connection->greeted = driveline_is_hello(frame);
    switch (frame[4]) {
    case RESPONSE: return take_response(connection, frame, frame_bytes, now);
    case PING: return answer_ping(connection, frame);
    case GOAWAY: return false;
    default: return true;
    }
}

static ssize_t consume(struct connection *connection, const uint8_t *input, size_t count, uint64_t now) {
    size_t offset = 0;
    while (count - offset >= HEADER_BYTES) {
        const uint8_t *frame = input + offset;
        size_t length = get32(frame);
        if (length < HEADER_BYTES - LENGTH_BYTES || length > FRAME_MAXIMUM_BYTES) return CONSUME_FAILED;
        if (count - offset < LENGTH_BYTES + length) break;
        if (!take_frame(connection, frame, LENGTH_BYTES + length, now)) return CONSUME_FAILED;
        offset += LENGTH_BYTES + length;
    }
    return (ssize_t)offset;
}

const struct protocol driveline_protocol = {
    .make_template = make_template,
    .greet = greet,
    .may_send = may_send,
    .put_request = put_request,
    .consume = consume,
};
