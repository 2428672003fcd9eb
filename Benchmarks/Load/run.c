#define _GNU_SOURCE

#include "run.h"

#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum {
    EVENTS_PER_WAKE_MAXIMUM = 64,
    // A slow call keeps its place while the streams behind it go on; with that many places for each open call the
    // streams seldom meet one that is taken.
    SLOTS_PER_CALL = 64,
    SLOTS_MINIMUM = 1024,
    SLOTS_MAXIMUM = 65536,
    // Of an open loop that fell behind: what one connection sends before the next has its turn.
    BURST_MAXIMUM = 64,
    DRAIN_SECONDS = 3,
    DRAIN_LOOK_US = 1000,
    UNSENT_COUNTED_MAXIMUM = 10000000,
};

#define NANOSECONDS 1e9
#define NEVER UINT64_MAX

static uint64_t clock_ns(clockid_t clock) {
    struct timespec time = {0};
    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

// MARK: calls

struct slot *run_slot(struct connection *connection, uint32_t stream) {
    struct slot *slot = &connection->slots[(stream >> 1) & connection->slot_mask];
    return slot->open && slot->stream == stream ? slot : NULL;
}

bool run_body_is_right(struct connection *connection, const struct slot *slot, const uint8_t *bytes, size_t count) {
    struct run *run = connection->run;
    const struct load_source *source = run->options->source;
    if (count == 0) return false;
    if (!source->check || ++run->bodies_seen % run->options->check_every != 0) return true;
    return source->check(source->context, slot->call, slot->body, bytes, count);
}

static void end_call(struct connection *connection, struct slot *slot) {
    slot->open = false;
    connection->outstanding--;
    connection->run->calls_open--;
}

void run_call_answered(struct connection *connection, struct slot *slot, uint64_t now) {
    struct run *run = connection->run;
    // An open loop counts the calls that were planned in the window, so that none is lost which ended after it.
    uint64_t stamp = run->options->rate > 0 ? slot->start_ns : now;
    if (stamp >= run->window_begin_ns && stamp < run->window_end_ns) {
        histogram_record(&run->histogram, now - slot->start_ns);
        run->calls_measured++;
    }
    end_call(connection, slot);
}

void run_call_failed(struct connection *connection, struct slot *slot, uint64_t *kind) {
    ++*kind;
    end_call(connection, slot);
}

uint8_t *run_control(struct connection *connection, size_t count) {
    if (connection->output_used + count > OUTPUT_BYTES) return NULL;
    uint8_t *place = connection->output + connection->output_used;
    connection->output_used += count;
    return place;
}

// MARK: sending

static bool calls_left(const struct run *run) {
    return run->sending && (run->options->calls == 0 || run->calls_sent < run->options->calls);
}

static bool streams_used_up(const struct connection *connection) {
    return connection->next_stream >= STREAM_MAXIMUM - 2 * SLOTS_MAXIMUM;
}

static bool has_room(const struct connection *connection, size_t body_bytes) {
    return connection->open && !connection->blocked && connection->outstanding < connection->outstanding_maximum &&
           connection->output_used + REQUEST_MAXIMUM_BYTES + CONTROL_RESERVE_BYTES <= OUTPUT_BYTES &&
           !streams_used_up(connection) && connection->run->protocol->may_send(connection, body_bytes);
}

// Stream ids only have to rise: one whose place is still taken by a slow call is left out.
static struct slot *open_slot(struct connection *connection) {
    struct slot *slot;
    uint32_t stream;
    do {
        stream = connection->next_stream;
        connection->next_stream += 2;
        slot = &connection->slots[(stream >> 1) & connection->slot_mask];
    } while (slot->open);
    *slot = (struct slot){.stream = stream, .open = true};
    return slot;
}

// Appends the next request to the connection's output; false when it does not fit now.
static bool send_call(struct connection *connection, uint64_t start) {
    struct run *run = connection->run;
    const struct load_source *source = run->options->source;
    uint32_t index = (uint32_t)run->calls_sent & (source->body_count - 1);
    const struct load_body *body = &source->bodies[index];
    if (!has_room(connection, body->length)) return false;
    struct slot *slot = open_slot(connection);
    slot->start_ns = start;
    slot->call = run->calls_sent;
    slot->body = (uint16_t)index;
    uint8_t *output = connection->output + connection->output_used;
    output += run->protocol->put_request(connection, output, slot->stream, body->length);
    memcpy(output, body->bytes, body->length);
    if (source->prepare) source->prepare(source->context, run->calls_sent, index, output, body->length);
    connection->output_used = (size_t)(output + body->length - connection->output);
    connection->outstanding++;
    run->calls_open++;
    run->calls_sent++;
    return true;
}

static void lose(struct connection *connection) {
    struct run *run = connection->run;
    if (!connection->open) return;
    connection->open = false;
    run->connections_open--;
    // A connection that ends without open calls is an error too: nobody asked it to.
    run->errors.closed += connection->outstanding > 0 ? connection->outstanding : 1;
    run->calls_open -= connection->outstanding;
    connection->outstanding = 0;
    channel_close(&connection->channel);
}

static void watch(struct connection *connection, bool blocked) {
    connection->blocked = blocked;
    struct epoll_event event = {.events = EPOLLIN | (blocked ? EPOLLOUT : 0u), .data.ptr = connection};
    epoll_ctl(connection->run->epoll, EPOLL_CTL_MOD, connection->channel.socket, &event);
}

// Writes what is waiting, in one go where the socket takes it.
static void flush(struct connection *connection) {
    if (!connection->open || connection->output_used == 0) return;
    ssize_t written = channel_write(&connection->channel, connection->output + connection->output_sent,
                                    connection->output_used - connection->output_sent);
    if (written == CHANNEL_ENDED) {
        lose(connection);
        return;
    }
    if (written > 0) connection->output_sent += (size_t)written;
    bool blocked = connection->output_sent < connection->output_used;
    if (!blocked) connection->output_used = connection->output_sent = 0;
    if (blocked != connection->blocked) watch(connection, blocked);
}

// Closed loop: as many calls as may be open, a new one for each that ended.
static void refill(struct connection *connection, uint64_t now) {
    bool more = true;
    while (more) {
        more = false;
        while (calls_left(connection->run) && send_call(connection, now)) more = true;
        flush(connection);
    }
}

static uint64_t planned_ns(const struct run *run, uint64_t call) {
    return run->start_ns + (uint64_t)((double)call * NANOSECONDS / run->options->rate);
}

static bool call_is_due(const struct run *run, uint64_t now) {
    uint64_t planned = planned_ns(run, run->calls_sent);
    return calls_left(run) && planned <= now && planned < run->window_end_ns;
}

// Open loop: everything that is due by now. One connection takes what one turn brings, so that a turn is one write.
static void send_due(struct run *run, uint64_t now) {
    if (now < run->next_send_ns || !call_is_due(run, now)) return;
    run->next_send_ns = now + (uint64_t)run->options->send_interval_us * 1000;
    for (uint32_t turn = 0; turn < run->options->connections && call_is_due(run, now); turn++) {
        struct connection *connection = &run->connections[run->next_connection];
        run->next_connection = (run->next_connection + 1) % run->options->connections;
        for (int burst = 0; burst < BURST_MAXIMUM && call_is_due(run, now); burst++) {
            if (!send_call(connection, planned_ns(run, run->calls_sent))) break;
        }
        flush(connection);
    }
}

// MARK: receiving

static void receive(struct connection *connection) {
    ssize_t got = channel_read(&connection->channel, connection->input + connection->input_used,
                               INPUT_BYTES - connection->input_used);
    if (got == CHANNEL_WOULD_BLOCK) return;
    if (got == CHANNEL_ENDED) {
        lose(connection);
        return;
    }
    struct run *run = connection->run;
    uint64_t now = clock_ns(CLOCK_MONOTONIC);
    connection->input_used += (size_t)got;
    ssize_t consumed = run->protocol->consume(connection, connection->input, connection->input_used, now);
    if (consumed == CONSUME_FAILED) {
        run->errors.protocol++;
        lose(connection);
        return;
    }
    connection->input_used -= (size_t)consumed;
    if (connection->input_used > 0 && consumed > 0) {
        memmove(connection->input, connection->input + consumed, connection->input_used);
    }
    if (run->options->rate > 0) {
        flush(connection);
    } else {
        refill(connection, now);
    }
}

static void handle(struct connection *connection, uint32_t events) {
    if (connection->open && events & EPOLLOUT) {
        flush(connection);
        if (connection->run->options->rate <= 0) refill(connection, clock_ns(CLOCK_MONOTONIC));
    }
    if (connection->open && events & (EPOLLIN | EPOLLHUP | EPOLLERR)) receive(connection);
}

// MARK: the window

static uint64_t server_cpu_ns(const struct run *run) {
    clockid_t clock;
    if (run->options->server_pid == 0 || clock_getcpuclockid(run->options->server_pid, &clock)) return 0;
    return clock_ns(clock);
}

static void open_window(struct run *run, uint64_t now) {
    run->window_begin_ns = now;
    run->server_cpu_ns = server_cpu_ns(run);
    run->own_cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

static void close_window(struct run *run, uint64_t now) {
    run->window_end_ns = now;
    run->drain_end_ns = now + (uint64_t)(DRAIN_SECONDS * NANOSECONDS);
    run->server_cpu_ns = server_cpu_ns(run) - run->server_cpu_ns;
    run->own_cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - run->own_cpu_ns;
    // In an open loop what was planned in the window is still sent.
    if (run->options->rate <= 0) run->sending = false;
}

// When the window opens or closes next.
static uint64_t next_change_ns(const struct run *run) {
    const struct load_options *options = run->options;
    double seconds = options->warmup_seconds;
    if (run->window_end_ns != NEVER) return run->drain_end_ns;
    if (run->window_begin_ns != NEVER) {
        if (options->calls > 0) return NEVER;
        seconds += options->duration_seconds;
    }
    return run->start_ns + (uint64_t)(seconds * NANOSECONDS);
}

static bool is_finished(struct run *run, uint64_t now) {
    bool all_sent = run->options->calls > 0 && run->calls_sent == run->options->calls;
    if (all_sent && run->calls_open == 0 && run->window_end_ns == NEVER) close_window(run, now);
    if (run->connections_open == 0) return true;
    if (run->window_end_ns == NEVER) return false;
    return now >= run->drain_end_ns || (run->calls_open == 0 && (run->options->rate <= 0 || !call_is_due(run, now)));
}

static void change_window(struct run *run, uint64_t now) {
    if (run->window_end_ns != NEVER || now < next_change_ns(run)) return;
    if (run->window_begin_ns == NEVER) {
        open_window(run, now);
    } else {
        close_window(run, now);
    }
}

static bool any_has_room(const struct run *run) {
    for (uint32_t index = 0; index < run->options->connections; index++) {
        if (has_room(&run->connections[index], LOAD_BODY_MAXIMUM_BYTES)) return true;
    }
    return false;
}

static int wait_for_events(const struct run *run, struct epoll_event *events) {
    uint64_t until = next_change_ns(run), now = clock_ns(CLOCK_MONOTONIC);
    if (run->options->rate > 0 && calls_left(run)) {
        uint64_t planned = planned_ns(run, run->calls_sent);
        if (planned < run->next_send_ns) planned = run->next_send_ns;
        if (planned < until && planned < run->window_end_ns && any_has_room(run)) until = planned;
    }
    // At the end, when both sides sleep, the kernel may leave the last packets with the core that went idle until
    // something wakes it: a look now and then does.
    if (run->window_end_ns != NEVER && until > now + DRAIN_LOOK_US * 1000ull) until = now + DRAIN_LOOK_US * 1000ull;
    uint64_t wait = until > now ? until - now : 0;
    struct timespec timeout = {.tv_sec = (time_t)(wait / 1000000000), .tv_nsec = (long)(wait % 1000000000)};
    return epoll_pwait2(run->epoll, events, EVENTS_PER_WAKE_MAXIMUM, until == NEVER ? NULL : &timeout, NULL);
}

static void loop(struct run *run) {
    struct epoll_event events[EVENTS_PER_WAKE_MAXIMUM];
    run->start_ns = clock_ns(CLOCK_MONOTONIC);
    run->sending = true;
    uint64_t now = run->start_ns;
    if (run->options->calls > 0) open_window(run, now);
    for (uint32_t index = 0; index < run->options->connections; index++) {
        if (run->options->rate <= 0) refill(&run->connections[index], now);
    }
    while (!is_finished(run, now)) {
        int ready = wait_for_events(run, events);
        now = clock_ns(CLOCK_MONOTONIC);
        change_window(run, now);
        for (int index = 0; index < ready; index++) handle(events[index].data.ptr, events[index].events);
        if (run->options->rate <= 0) continue;
        send_due(run, now);
        // Between two looks an open loop gives its core away. Without this the kernel's own thread that delivers packets
        // on this core waits for the scheduler's next tick, which is milliseconds away and would be counted as the
        // server's.
        sched_yield();
    }
    if (run->window_end_ns == NEVER) close_window(run, now);
}

// MARK: from the start to the result

static uint32_t slot_count(uint32_t outstanding) {
    uint32_t count = SLOTS_MINIMUM;
    while (count < outstanding * SLOTS_PER_CALL && count < SLOTS_MAXIMUM) count *= 2;
    return count;
}

static bool open_connection(struct run *run, uint32_t number, SSL_CTX *context, char *failure) {
    struct connection *connection = &run->connections[number];
    uint32_t slots = slot_count(run->options->outstanding);
    connection->run = run;
    connection->next_stream = 1;
    connection->outstanding_maximum = run->options->outstanding;
    connection->slot_mask = slots - 1;
    connection->slots = calloc(slots, sizeof *connection->slots);
    connection->input = malloc(INPUT_BYTES);
    connection->output = malloc(OUTPUT_BYTES);
    if (!connection->slots || !connection->input || !connection->output) {
        snprintf(failure, LOAD_FAILURE_BYTES, "no memory for connection %u", number);
        return false;
    }
    if (!channel_open(&connection->channel, run->options, context, number, failure)) return false;
    channel_unblock(&connection->channel);
    connection->open = true;
    run->connections_open++;
    connection->output_used = run->protocol->greet(connection, connection->output);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    if (epoll_ctl(run->epoll, EPOLL_CTL_ADD, connection->channel.socket, &event) == 0) return true;
    snprintf(failure, LOAD_FAILURE_BYTES, "epoll: %s", strerror(errno));
    return false;
}

static void close_connection(struct connection *connection) {
    if (connection->open) channel_close(&connection->channel);
    free(connection->slots);
    free(connection->input);
    free(connection->output);
}

static const char *complaint(const struct load_options *options) {
    const struct load_source *source = options->source;
    size_t credential_bytes = options->credential ? strlen(options->credential) : 0;
    if (!source || source->body_count == 0 || source->body_count > LOAD_BODIES_MAXIMUM) return "number of bodies";
    if (source->body_count & (source->body_count - 1)) return "the number of bodies is not a power of two";
    for (uint32_t index = 0; index < source->body_count; index++) {
        if (source->bodies[index].length > LOAD_BODY_MAXIMUM_BYTES) return "a body is too long";
    }
    if (options->connections == 0 || options->connections > LOAD_CONNECTIONS_MAXIMUM) return "number of connections";
    if (options->outstanding == 0 || options->outstanding > LOAD_OUTSTANDING_MAXIMUM) return "number of open calls";
    if (!options->method || strlen(options->method) > LOAD_METHOD_MAXIMUM_BYTES) return "length of the method's name";
    if (credential_bytes > LOAD_CREDENTIAL_MAXIMUM_BYTES) return "length of the credential";
    if (options->caller_bytes > LOAD_CALLER_MAXIMUM_BYTES) return "length of the caller";
    if (options->caller && options->protocol == LOAD_GRPC) return "a caller is for the driveline protocol only";
    if (!(options->rate >= 0) || !(options->warmup_seconds >= 0)) return "a rate or warm-up below zero";
    if (options->calls == 0 && !(options->duration_seconds > 0)) return "no duration";
    if (options->check_every == 0) return "check_every is zero";
    if (options->tls && options->protocol == LOAD_GRPC) return "TLS is for the driveline protocol only";
    return NULL;
}

static double quantile_us(const struct run *run, double share) {
    return (double)histogram_quantile(&run->histogram, share) / 1000;
}

// Calls that were never sent have waited since they were planned, at least.
static uint64_t count_unsent(struct run *run) {
    if (run->options->rate <= 0) return 0;
    uint64_t unsent = 0, now = clock_ns(CLOCK_MONOTONIC);
    while (unsent < UNSENT_COUNTED_MAXIMUM) {
        uint64_t planned = planned_ns(run, run->calls_sent + unsent);
        if (planned >= run->window_end_ns || planned > now || !run->sending) break;
        if (run->options->calls > 0 && run->calls_sent + unsent >= run->options->calls) break;
        histogram_record(&run->histogram, now - planned);
        unsent++;
    }
    return unsent;
}

static void conclude(struct run *run, struct load_result *result) {
    run->errors.unanswered = run->calls_open;
    // Such a connection stopped sending before the end (a billion calls in), so the rate is not to be believed.
    for (uint32_t index = 0; index < run->options->connections; index++) {
        run->errors.protocol += streams_used_up(&run->connections[index]);
    }
    result->unsent = count_unsent(run);
    result->kinds = run->errors;
    result->errors = run->errors.status + run->errors.body + run->errors.closed + run->errors.unanswered +
                     run->errors.protocol;
    result->calls = run->calls_measured;
    result->seconds = (double)(run->window_end_ns - run->window_begin_ns) / NANOSECONDS;
    result->rate = (double)result->calls / result->seconds;
    result->p50_us = quantile_us(run, 0.5);
    result->p90_us = quantile_us(run, 0.9);
    result->p99_us = quantile_us(run, 0.99);
    result->p999_us = quantile_us(run, 0.999);
    result->maximum_us = (double)run->histogram.maximum / 1000;
    bool measured = run->server_cpu_ns > 0 && result->calls > 0;
    result->server_cpu_us_per_call = measured ? (double)run->server_cpu_ns / 1000 / (double)result->calls : -1;
    result->generator_utilisation = (double)run->own_cpu_ns / NANOSECONDS / result->seconds;
}

static bool open_all(struct run *run, char *failure) {
    SSL_CTX *context = channel_context(run->options, failure);
    bool fine = failure[0] == 0;
    for (uint32_t number = 0; fine && number < run->options->connections; number++) {
        fine = open_connection(run, number, context, failure);
    }
    SSL_CTX_free(context);
    return fine;
}

bool load_run(const struct load_options *options, struct load_result *result) {
    *result = (struct load_result){0};
    const char *wrong = complaint(options);
    struct run *run = wrong ? NULL : calloc(1, sizeof *run);
    if (run) run->connections = calloc(options->connections, sizeof *run->connections);
    if (!run || !run->connections) {
        snprintf(result->failure, LOAD_FAILURE_BYTES, "%s", wrong ? wrong : "no memory");
        free(run);
        return false;
    }
    run->options = options;
    run->protocol = options->protocol == LOAD_GRPC ? &grpc_protocol : &driveline_protocol;
    run->window_begin_ns = run->window_end_ns = NEVER;
    run->protocol->make_template(options, &run->template);
    run->epoll = epoll_create1(EPOLL_CLOEXEC);
    // The default slack of 50 µs would show in the latency of an open loop.
    prctl(PR_SET_TIMERSLACK, 1);
    bool opened = open_all(run, result->failure);
    if (opened) {
        loop(run);
        conclude(run, result);
    }
    for (uint32_t index = 0; index < options->connections; index++) close_connection(&run->connections[index]);
    close(run->epoll);
    free(run->connections);
    free(run);
    return opened;
}
