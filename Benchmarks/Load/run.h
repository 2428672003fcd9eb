// What the event loop and the two protocols share.

#ifndef RUN_H
#define RUN_H

#include <arpa/inet.h>
#include <string.h>

#include "channel.h"
#include "histogram.h"
#include "load.h"

enum {
    INPUT_BYTES = 262144,
    OUTPUT_BYTES = 262144,
    REQUEST_OVERHEAD_MAXIMUM_BYTES = 1024,
    CONTROL_RESERVE_BYTES = 65536,  // of the output, for what is not a request
    REQUEST_MAXIMUM_BYTES = LOAD_BODY_MAXIMUM_BYTES + REQUEST_OVERHEAD_MAXIMUM_BYTES,
    STREAM_MAXIMUM = 0x7FFFFFFF,
};

// What `consume` returns when the connection cannot go on.
enum { CONSUME_FAILED = -1 };

// One call that is open, found by its stream.
struct slot {
    uint64_t start_ns, call;
    uint32_t stream;
    uint16_t body;
    bool open;
    // gRPC: the message came, the status has yet to; and whether that message is a wrong one.
    bool answered, wrong;
};

struct connection {
    struct run *run;
    struct channel channel;
    bool open, greeted, blocked;
    uint32_t outstanding, outstanding_maximum, next_stream, slot_mask;
    struct slot *slots;
    size_t input_used, output_used, output_sent;
    uint8_t *input, *output;
    // HTTP/2 only: what may still be sent, what was received since the window was last raised, and whether the
    // server's header table holds our fields already.
    int64_t send_window;
    uint64_t received_bytes;
    bool fields_indexed;
};

// The parts of a request that stay the same.
struct request_template {
    uint32_t method_id;
    uint8_t first_fields[REQUEST_OVERHEAD_MAXIMUM_BYTES / 2], later_fields[16];
    size_t first_fields_bytes, later_fields_bytes;
};

struct protocol {
    void (*make_template)(const struct load_options *options, struct request_template *template);
    // Writes what opens a connection, and gives its length.
    size_t (*greet)(struct connection *connection, uint8_t *output);
    bool (*may_send)(const struct connection *connection, size_t body_bytes);
    // Writes all of a request but its body, and gives its length.
    size_t (*put_request)(struct connection *connection, uint8_t *output, uint32_t stream, size_t body_bytes);
    // Handles the whole frames at the front of the input, and gives their length or CONSUME_FAILED.
    ssize_t (*consume)(struct connection *connection, const uint8_t *input, size_t count, uint64_t now);
};

extern const struct protocol driveline_protocol, grpc_protocol;

struct run {
    const struct load_options *options;
    const struct protocol *protocol;
    struct request_template template;
    struct connection *connections;
    struct histogram histogram;
    struct load_errors errors;
    int epoll;
    uint64_t next_send_ns;
    uint32_t connections_open, next_connection;
    uint64_t calls_sent, calls_open, calls_measured, bodies_seen;
    bool sending;
    // The window is open from when `begin` is set until `end` is; both are "never" before.
    uint64_t start_ns, window_begin_ns, window_end_ns, drain_end_ns;
    uint64_t server_cpu_ns, own_cpu_ns;
};

static inline uint32_t get32(const uint8_t *bytes) {
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return ntohl(value);
}

static inline void put32(uint8_t *bytes, uint32_t value) {
    value = htonl(value);
    memcpy(bytes, &value, sizeof value);
}

// The HELLO of a Driveline client; needs at most REQUEST_OVERHEAD_MAXIMUM_BYTES.
size_t driveline_hello(const struct load_options *options, uint8_t *output);
bool driveline_is_hello(const uint8_t *frame);

// The open call of a stream, or null.
struct slot *run_slot(struct connection *connection, uint32_t stream);
bool run_body_is_right(struct connection *connection, const struct slot *slot, const uint8_t *bytes, size_t count);
void run_call_answered(struct connection *connection, struct slot *slot, uint64_t now);
void run_call_failed(struct connection *connection, struct slot *slot, uint64_t *kind);
// Room for a frame that is not a request; null when the server makes us send more of them than it takes.
uint8_t *run_control(struct connection *connection, size_t count);

#endif
