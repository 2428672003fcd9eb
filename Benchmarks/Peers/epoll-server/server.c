// The limit that the benchmarks measure against: one epoll thread, the Driveline frame, protobuf-c in an arena, and
// nothing else. No deadlines, credits, metrics or limits beyond what keeps the process safe.

#define _GNU_SOURCE

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "echo.pb-c.h"

enum {
    HEADER_BYTES = 24,
    LENGTH_BYTES = 4,
    FRAME_MAXIMUM_BYTES = 131072,
    INPUT_BYTES = 2 * FRAME_MAXIMUM_BYTES,
    OUTPUT_BYTES = 1048576,
    SKU_MAXIMUM_BYTES = 64,
    RESPONSE_GROWTH_BYTES = 40,  // a response is at most that much longer than its request
    ARENA_BYTES = 16384,
    EVENTS_PER_WAKE_MAXIMUM = 64,
    LEVELS = 3,
};

enum frame_type { HELLO = 1, REQUEST = 3, RESPONSE = 4, PING = 8, PONG = 9 };
enum status { OK = 0, INVALID_ARGUMENT = 3, UNIMPLEMENTED = 12 };
enum { FLAG_NO_MESSAGE = 4, MAGIC = 0x44524C4E, VERSION = 1 };

// Answering begins with an empty output, so that whatever the input holds can be answered.
_Static_assert(OUTPUT_BYTES >= INPUT_BYTES + INPUT_BYTES / HEADER_BYTES * RESPONSE_GROWTH_BYTES, "output too small");

struct connection {
    int socket;
    size_t input_used, output_used, output_sent;
    uint8_t input[INPUT_BYTES], output[OUTPUT_BYTES];
};

static uint8_t arena[ARENA_BYTES];
static size_t arena_used;
static uint32_t methods[3];

static void *arena_allocate(void *unused, size_t size) {
    (void)unused;
    size_t rounded = (size + 15) & ~(size_t)15;
    if (size > ARENA_BYTES || rounded > ARENA_BYTES - arena_used) return NULL;
    void *block = arena + arena_used;
    arena_used += rounded;
    return block;
}

static void arena_free(void *unused, void *block) { (void)unused, (void)block; }

static ProtobufCAllocator allocator = {.alloc = arena_allocate, .free = arena_free};

static uint32_t get32(const uint8_t *bytes) {
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return ntohl(value);
}

static void put32(uint8_t *bytes, uint32_t value) {
    value = htonl(value);
    memcpy(bytes, &value, sizeof value);
}

static uint32_t method_id(const char *name) {
    uint32_t hash = 2166136261u;
    for (; *name; name++) hash = (hash ^ (uint8_t)*name) * 16777619u;
    return hash;
}

static void put_header(struct connection *connection, enum frame_type type, uint8_t flags, uint32_t stream,
                       uint32_t status, uint32_t credit, size_t body_bytes) {
    uint8_t *header = connection->output + connection->output_used;
    memset(header, 0, HEADER_BYTES);
    put32(header, (uint32_t)(HEADER_BYTES - LENGTH_BYTES + body_bytes));
    header[4] = (uint8_t)type;
    header[5] = flags;
    put32(header + 8, stream);
    put32(header + 12, status);
    put32(header + 16, credit);
    connection->output_used += HEADER_BYTES + body_bytes;
}

// Unpacks the request into the arena and packs the answer straight behind the place of its header.
static enum status answer(const uint8_t *body, size_t body_bytes, uint8_t *output, size_t *output_bytes) {
    static char *const locations[LEVELS] = {"WHS1", "WHS2", "WHS3"};
    arena_used = 0;
    Driveline__Echo__V1__LookupRequest *request =
        driveline__echo__v1__lookup_request__unpack(&allocator, body_bytes, body);
    if (!request || strlen(request->sku) > SKU_MAXIMUM_BYTES) return INVALID_ARGUMENT;
    Driveline__Echo__V1__Level levels[LEVELS];
    Driveline__Echo__V1__Level *pointers[LEVELS];
    for (int index = 0; index < LEVELS; index++) {
        driveline__echo__v1__level__init(&levels[index]);
        levels[index].location_id = locations[index];
        levels[index].on_hand = 40 + index;
        levels[index].reserved = 1 + index;
        pointers[index] = &levels[index];
    }
    Driveline__Echo__V1__LookupResponse response;
    driveline__echo__v1__lookup_response__init(&response);
    response.sku = request->sku;
    response.version = 7;
    response.n_levels = LEVELS;
    response.levels = pointers;
    *output_bytes = driveline__echo__v1__lookup_response__pack(&response, output);
    return OK;
}

static void answer_request(struct connection *connection, const uint8_t *frame, size_t frame_bytes) {
    uint32_t method = get32(frame + 12);
    size_t body_offset = HEADER_BYTES + (size_t)(frame[6] << 8 | frame[7]);
    enum status status = UNIMPLEMENTED;
    size_t response_bytes = 0;
    if (body_offset > frame_bytes) {
        status = INVALID_ARGUMENT;
    } else if (method == methods[0] || method == methods[1] || method == methods[2]) {
        status = answer(frame + body_offset, frame_bytes - body_offset,
                        connection->output + connection->output_used + HEADER_BYTES, &response_bytes);
    }
    put_header(connection, RESPONSE, status == OK ? 0 : FLAG_NO_MESSAGE, get32(frame + 8), status, 0, response_bytes);
}

// Handles every whole frame of the input and keeps the rest. False: the peer broke the protocol.
static int handle_frames(struct connection *connection) {
    size_t offset = 0;
    while (connection->input_used - offset >= HEADER_BYTES) {
        const uint8_t *frame = connection->input + offset;
        size_t length = get32(frame);
        if (length < HEADER_BYTES - LENGTH_BYTES || length > FRAME_MAXIMUM_BYTES) return 0;
        if (connection->input_used - offset < LENGTH_BYTES + length) break;
        if (frame[4] == REQUEST) answer_request(connection, frame, LENGTH_BYTES + length);
        if (frame[4] == PING) put_header(connection, PONG, 0, 0, get32(frame + 12), 0, 0);
        if (frame[4] == HELLO) put_header(connection, HELLO, 0, 0, MAGIC, VERSION, 0);
        offset += LENGTH_BYTES + length;
    }
    connection->input_used -= offset;
    if (connection->input_used && offset) memmove(connection->input, connection->input + offset, connection->input_used);
    return 1;
}

// Reads only when all answers are out: the output buffer bounds what a peer that does not read can cost.
static int serve(struct connection *connection, int epoll) {
    if (!connection->output_used && connection->input_used < INPUT_BYTES) {
        ssize_t count = read(connection->socket, connection->input + connection->input_used,
                             INPUT_BYTES - connection->input_used);
        if (count == 0 || (count < 0 && errno != EAGAIN)) return 0;
        if (count > 0) connection->input_used += (size_t)count;
        if (!handle_frames(connection)) return 0;
    }
    if (!connection->output_used) return 1;
    ssize_t count = send(connection->socket, connection->output + connection->output_sent,
                         connection->output_used - connection->output_sent, MSG_NOSIGNAL);
    if (count < 0 && errno != EAGAIN) return 0;
    int was_blocked = connection->output_sent > 0 || count < 0;
    if (count > 0) connection->output_sent += (size_t)count;
    int blocked = connection->output_sent < connection->output_used;
    if (!blocked) connection->output_used = connection->output_sent = 0;
    if (blocked || was_blocked) {
        struct epoll_event event = {.events = blocked ? EPOLLOUT : EPOLLIN, .data.ptr = connection};
        epoll_ctl(epoll, EPOLL_CTL_MOD, connection->socket, &event);
    }
    return 1;
}

static void accept_one(int listener, int epoll) {
    int one = 1, socket = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0) return;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct connection *connection = malloc(sizeof *connection);
    if (!connection) {
        close(socket);
        return;
    }
    connection->socket = socket;
    connection->input_used = connection->output_used = connection->output_sent = 0;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event);
}

static int listen_on(uint16_t port) {
    int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t address_bytes = sizeof address;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, SOMAXCONN) ||
        getsockname(listener, (struct sockaddr *)&address, &address_bytes)) {
        perror("listen");
        exit(1);
    }
    printf("listening on %u\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

int main(int count, char **arguments) {
    if (count != 1 && !(count == 3 && !strcmp(arguments[1], "--port"))) {
        fprintf(stderr, "usage: epoll-server [--port PORT]\n");
        return 2;
    }
    methods[0] = method_id("driveline.echo.v1.EchoService/Lookup");
    methods[1] = method_id("driveline.echo.v1.EchoService/LookupInline");
    methods[2] = method_id("driveline.echo.v1.EchoService/LookupBatch");
    int listener = listen_on(count == 3 ? (uint16_t)atoi(arguments[2]) : 0);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event listening = {.events = EPOLLIN, .data.ptr = NULL}, events[EVENTS_PER_WAKE_MAXIMUM];
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &listening);
    for (;;) {
        int ready = epoll_wait(epoll, events, EVENTS_PER_WAKE_MAXIMUM, -1);
        for (int index = 0; index < ready; index++) {
            struct connection *connection = events[index].data.ptr;
            if (!connection) {
                accept_one(listener, epoll);
            } else if (!serve(connection, epoll)) {
                close(connection->socket);
                free(connection);
            }
        }
    }
}
