// The client side of gRPC over HTTP/2 (RFC 9113, RFC 7541), as much of it as unary calls need.
//
// As a real client's would, the first request of a connection puts its fields into the server's header table and later
// ones name them by index. The server's fields are not decoded, as a failed unary call shows by having no message; the
// trailers are only searched for a status that is spelled out.

#define _GNU_SOURCE

#include <stdio.h>

#include "run.h"

enum {
    HEADER_BYTES = 9,
    MESSAGE_PREFIX_BYTES = 5,
    FRAME_MAXIMUM_BYTES = 16384,
    PING_BYTES = 8,
    SETTING_BYTES = 6,
    WINDOW_DEFAULT_BYTES = 65535,
    STREAM_WINDOW_BYTES = 1048576,
    CONNECTION_WINDOW_BYTES = 1 << 30,
    WINDOW_RAISE_BYTES = CONNECTION_WINDOW_BYTES / 4,
    TIMEOUT_MICROSECONDS_MAXIMUM = 99999999,  // eight digits, the most that grpc-timeout takes
};

enum frame_type { DATA = 0, HEADERS = 1, RST_STREAM = 3, SETTINGS = 4, PING = 6, GOAWAY = 7, WINDOW_UPDATE = 8 };
enum frame_flag { ACK = 1, END_STREAM = 1, END_HEADERS = 4, PADDED = 8 };
enum setting { ENABLE_PUSH = 2, CONCURRENT_STREAMS = 3, INITIAL_WINDOW = 4 };
enum { STATUS_UNKNOWN = 2 };

// Positions in HPACK's static table, and the marks of its field forms.
enum { AUTHORITY = 1, METHOD_POST = 3, PATH = 4, SCHEME_HTTP = 6, CONTENT_TYPE = 31, STATIC_FIELDS = 61 };
enum { FORM_INDEXED = 0x80, FORM_ADDED = 0x40 };

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

static void put_header(uint8_t *output, size_t count, enum frame_type type, uint8_t flags, uint32_t stream) {
    put32(output, (uint32_t)count << 8 | (uint32_t)type);
    output[4] = flags;
    put32(output + 5, stream);
}

static uint8_t *put_text(uint8_t *output, const char *text) {
    size_t count = strlen(text);
    *output++ = (uint8_t)count;
    memcpy(output, text, count);
    return output + count;
}

// A field that the server is to keep in its table; `name_index` 0 spells the name.
static uint8_t *put_added(uint8_t *output, unsigned name_index, const char *name, const char *value) {
    *output++ = (uint8_t)(FORM_ADDED | name_index);
    if (name_index == 0) output = put_text(output, name);
    return put_text(output, value);
}

static void make_template(const struct load_options *options, struct request_template *template) {
    char path[LOAD_METHOD_MAXIMUM_BYTES + 2], authority[32], timeout[16];
    unsigned added = 4 + (options->timeout_us > 0);
    snprintf(path, sizeof path, "/%s", options->method);
    snprintf(authority, sizeof authority, "%.24s:%u", options->host, options->port);
    bool fits = options->timeout_us <= TIMEOUT_MICROSECONDS_MAXIMUM;
    snprintf(timeout, sizeof timeout, "%u%c", options->timeout_us / (fits ? 1 : 1000), fits ? 'u' : 'm');
    uint8_t *first = template->first_fields, *later = template->later_fields;
    *first++ = *later++ = FORM_INDEXED | METHOD_POST;
    *first++ = *later++ = FORM_INDEXED | SCHEME_HTTP;
    first = put_added(first, PATH, NULL, path);
    first = put_added(first, AUTHORITY, NULL, authority);
    first = put_added(first, 0, "te", "trailers");
    first = put_added(first, CONTENT_TYPE, NULL, "application/grpc");
    if (options->timeout_us > 0) first = put_added(first, 0, "grpc-timeout", timeout);
    // The table counts from its newest entry, so the field that was added first has the highest index.
    for (unsigned age = added; age > 0; age--) *later++ = (uint8_t)(FORM_INDEXED | (STATIC_FIELDS + age));
    template->first_fields_bytes = (size_t)(first - template->first_fields);
    template->later_fields_bytes = (size_t)(later - template->later_fields);
}

static uint8_t *put_setting(uint8_t *output, enum setting setting, uint32_t value) {
    output[0] = 0;
    output[1] = (uint8_t)setting;
    put32(output + 2, value);
    return output + SETTING_BYTES;
}

static uint8_t *put_window(uint8_t *output, uint32_t bytes) {
    put_header(output, 4, WINDOW_UPDATE, 0, 0);
    put32(output + HEADER_BYTES, bytes);
    return output + HEADER_BYTES + 4;
}

static size_t greet(struct connection *connection, uint8_t *output) {
    uint8_t *end = output + sizeof preface - 1;
    connection->send_window = WINDOW_DEFAULT_BYTES;
    memcpy(output, preface, sizeof preface - 1);
    put_header(end, 2 * SETTING_BYTES, SETTINGS, 0, 0);
    end = put_setting(end + HEADER_BYTES, ENABLE_PUSH, 0);
    end = put_setting(end, INITIAL_WINDOW, STREAM_WINDOW_BYTES);
    end = put_window(end, CONNECTION_WINDOW_BYTES - WINDOW_DEFAULT_BYTES);
    return (size_t)(end - output);
}

static bool may_send(const struct connection *connection, size_t body_bytes) {
    return connection->send_window >= (int64_t)(MESSAGE_PREFIX_BYTES + body_bytes);
}

static size_t put_request(struct connection *connection, uint8_t *output, uint32_t stream, size_t body_bytes) {
    const struct request_template *template = &connection->run->template;
    bool later = connection->fields_indexed;
    size_t fields_bytes = later ? template->later_fields_bytes : template->first_fields_bytes;
    connection->fields_indexed = true;
    put_header(output, fields_bytes, HEADERS, END_HEADERS, stream);
    memcpy(output + HEADER_BYTES, later ? template->later_fields : template->first_fields, fields_bytes);
    uint8_t *data = output + HEADER_BYTES + fields_bytes;
    put_header(data, MESSAGE_PREFIX_BYTES + body_bytes, DATA, END_STREAM, stream);
    data[HEADER_BYTES] = 0;
    put32(data + HEADER_BYTES + 1, (uint32_t)body_bytes);
    connection->send_window -= (int64_t)(MESSAGE_PREFIX_BYTES + body_bytes);
    return (size_t)(data - output) + HEADER_BYTES + MESSAGE_PREFIX_BYTES;
}

static bool raise_window(struct connection *connection) {
    if (connection->received_bytes < WINDOW_RAISE_BYTES) return true;
    uint8_t *update = run_control(connection, HEADER_BYTES + 4);
    if (!update) return false;
    put_window(update, (uint32_t)connection->received_bytes);
    connection->received_bytes = 0;
    return true;
}

// Frames of a stream that was reset may still be on their way (RFC 9113, section 5.1); of one never opened, not.
static bool was_opened(const struct connection *connection, uint32_t stream) {
    return stream % 2 == 1 && stream < connection->next_stream;
}

static bool take_data(struct connection *connection, const uint8_t *payload, size_t count, uint8_t flags,
                      uint32_t stream) {
    struct slot *slot = run_slot(connection, stream);
    connection->received_bytes += count;
    // gRPC neither pads nor ends a server's stream without trailers.
    if (flags & (PADDED | END_STREAM) || !was_opened(connection, stream)) return false;
    if (slot && count > 0 && !slot->answered) {
        const uint8_t *message = payload + MESSAGE_PREFIX_BYTES;
        slot->answered = true;
        slot->wrong = count <= MESSAGE_PREFIX_BYTES || payload[0] != 0 ||
                      !run_body_is_right(connection, slot, message, count - MESSAGE_PREFIX_BYTES);
    }
    return raise_window(connection);
}

// The status where the trailers spell it out in one digit or two; 0 where they name it by an index.
static uint32_t spelled_status(const uint8_t *fields, size_t count) {
    static const char name[] = "grpc-status";
    const uint8_t *found = memmem(fields, count, name, sizeof name - 1);
    if (!found) return 0;
    const uint8_t *value = found + sizeof name - 1;
    size_t left = (size_t)(fields + count - value);
    if (left >= 2 && value[0] == 1) return value[1] - '0';
    if (left >= 3 && value[0] == 2) return (value[1] - '0') * 10u + (value[2] - '0');
    return STATUS_UNKNOWN;
}

static bool take_trailers(struct connection *connection, const uint8_t *payload, size_t count, uint32_t stream,
                          uint64_t now) {
    struct load_errors *errors = &connection->run->errors;
    struct slot *slot = run_slot(connection, stream);
    if (!slot) return was_opened(connection, stream);
    uint32_t status = spelled_status(payload, count);
    if (status != 0 || !slot->answered) {
        if (status != 0 || errors->last_status == 0) errors->last_status = status != 0 ? status : STATUS_UNKNOWN;
        run_call_failed(connection, slot, &errors->status);
    } else if (slot->wrong) {
        run_call_failed(connection, slot, &errors->body);
    } else {
        run_call_answered(connection, slot, now);
    }
    return true;
}

static bool take_settings(struct connection *connection, const uint8_t *payload, size_t count, uint8_t flags) {
    if (flags & ACK) return true;
    for (size_t offset = 0; offset + SETTING_BYTES <= count; offset += SETTING_BYTES) {
        unsigned setting = (unsigned)(payload[offset] << 8 | payload[offset + 1]);
        uint32_t value = get32(payload + offset + 2);
        // A request is sent whole, so a window that does not hold one ends the run instead of cutting it.
        if (setting == INITIAL_WINDOW && value < REQUEST_MAXIMUM_BYTES) return false;
        if (setting == CONCURRENT_STREAMS && value < connection->outstanding_maximum) {
            connection->outstanding_maximum = value;
        }
    }
    uint8_t *acknowledgement = run_control(connection, HEADER_BYTES);
    if (acknowledgement) put_header(acknowledgement, 0, SETTINGS, ACK, 0);
    return acknowledgement != NULL;
}

static bool take_ping(struct connection *connection, const uint8_t *payload, size_t count, uint8_t flags) {
    if (count != PING_BYTES) return false;
    if (flags & ACK) return true;
    uint8_t *answer = run_control(connection, HEADER_BYTES + PING_BYTES);
    if (!answer) return false;
    put_header(answer, PING_BYTES, PING, ACK, 0);
    memcpy(answer + HEADER_BYTES, payload, PING_BYTES);
    return true;
}

static void take_reset(struct connection *connection, uint32_t stream) {
    struct slot *slot = run_slot(connection, stream);
    if (slot) run_call_failed(connection, slot, &connection->run->errors.status);
}

static bool take_frame(struct connection *connection, const uint8_t *frame, size_t count, uint64_t now) {
    const uint8_t *payload = frame + HEADER_BYTES;
    uint8_t flags = frame[4];
    uint32_t stream = get32(frame + 5) & STREAM_MAXIMUM;
    switch (frame[3]) {
    case DATA: return take_data(connection, payload, count, flags, stream);
    case HEADERS: return !(flags & END_STREAM) || take_trailers(connection, payload, count, stream, now);
    case RST_STREAM: take_reset(connection, stream); return true;
    case SETTINGS: return take_settings(connection, payload, count, flags);
    case PING: return take_ping(connection, payload, count, flags);
    case GOAWAY: return false;
    case WINDOW_UPDATE:
        if (stream == 0 && count == 4) connection->send_window += get32(payload) & STREAM_MAXIMUM;
        return true;
    default: return true;
    }
}

static ssize_t consume(struct connection *connection, const uint8_t *input, size_t count, uint64_t now) {
    size_t offset = 0;
    while (count - offset >= HEADER_BYTES) {
        size_t payload_bytes = get32(input + offset) >> 8;
        if (payload_bytes > FRAME_MAXIMUM_BYTES) return CONSUME_FAILED;
        if (count - offset < HEADER_BYTES + payload_bytes) break;
        if (!take_frame(connection, input + offset, payload_bytes, now)) return CONSUME_FAILED;
        offset += HEADER_BYTES + payload_bytes;
    }
    return (ssize_t)offset;
}

const struct protocol grpc_protocol = {
    .make_template = make_template,
    .greet = greet,
    .may_send = may_send,
    .put_request = put_request,
    .consume = consume,
};
