// A load generator for one target: one thread, epoll, prebuilt requests, latency from an HDR histogram.
//
// A caller describes what to send and how to check answers in a `load_source`, how hard in `load_options`, and gets a
// `load_result`. Nothing here knows a message. Callers ignore SIGPIPE for the process before they use TLS.

#ifndef LOAD_H
#define LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    LOAD_CONNECTIONS_MAXIMUM = 1024,
    LOAD_OUTSTANDING_MAXIMUM = 4096,  // the protocol's limit on the open streams of a connection
    LOAD_BODIES_MAXIMUM = 65536,
    LOAD_BODY_MAXIMUM_BYTES = 8192,
    LOAD_METHOD_MAXIMUM_BYTES = 120,
    LOAD_CREDENTIAL_MAXIMUM_BYTES = 120,
    LOAD_CALLER_MAXIMUM_BYTES = 512,
    LOAD_IDLE_MAXIMUM = 100000,
    LOAD_FAILURE_BYTES = 160,
};

enum load_protocol { LOAD_DRIVELINE, LOAD_GRPC };

// One request message, already encoded.
struct load_body {
    const uint8_t *bytes;
    uint32_t length;
};

// What is sent and what is expected back.
struct load_source {
    // Sent in turn, from the first to the last and again. `body_count` is a power of two.
    const struct load_body *bodies;
    uint32_t body_count;
    // May be null. Changes the copy of a body that is about to be sent, in place: a number that differs in each call.
    void (*prepare)(void *context, uint64_t call, uint32_t body, uint8_t *bytes, size_t length);
    // May be null. Whether the answer is the right one for that call and body; asked for one call in `check_every`.
    bool (*check)(void *context, uint64_t call, uint32_t body, const uint8_t *bytes, size_t length);
    void *context;
};

struct load_options {
    const char *host;
    uint16_t port;
    enum load_protocol protocol;
    // The full name, as in "package.Service/Method".
    const char *method;
    const struct load_source *source;
    uint32_t connections;
    // Per connection. In a closed loop that many calls are always open; in an open loop that many at most.
    uint32_t outstanding;
    // Calls a second by a fixed schedule (open loop), or 0 for as many as are answered (closed loop). In an open loop
    // latency counts from the planned time, whether or not the call could be sent then.
    double rate;
    // Open loop: what became due since is sent together, this often; 0 is each call as soon as it is due.
    uint32_t send_interval_us;
    double warmup_seconds;
    double duration_seconds;
    // When not 0: ends after exactly that many calls, all of them measured, and the two durations do not matter.
    uint64_t calls;
    // The deadline that each request carries; 0 is none.
    uint32_t timeout_us;
    uint32_t check_every;
    bool tls;
    // A file of certificates to check the server's against; null checks nothing.
    const char *certificate_authority;
    // Sent in HELLO; null is none.
    const char *credential;
    // An encoded driveline.rpc.v1.Caller on whose behalf all calls are made, for a credential that may act for others;
    // null is none. Driveline only.
    const uint8_t *caller;
    size_t caller_bytes;
    // When not 0: the process whose CPU time is measured over the same window.
    pid_t server_pid;
};

struct load_errors {
    uint64_t status;      // answered, but not with OK
    uint64_t body;        // OK, but not with the right body
    uint64_t closed;      // open when its connection ended
    uint64_t unanswered;  // open when waiting for the rest of the answers ended
    uint64_t protocol;    // connections that ended because of what the server sent
    uint32_t last_status;
};

struct load_result {
    // Calls that were answered rightly in the measured window, and the length of that window.
    uint64_t calls;
    double seconds;
    double rate;
    // Over the whole run, warm-up and end included: an error is never out of sight.
    uint64_t errors;
    struct load_errors kinds;
    // Planned in the window, but not sent before the run ended. Their waiting time is in the histogram.
    uint64_t unsent;
    double p50_us, p90_us, p99_us, p999_us, maximum_us;
    // Below zero when it was not measured.
    double server_cpu_us_per_call;
    // The share of its core that the generator used in the window, 0 to 1.
    double generator_utilisation;
    // Why there is no result; empty when there is one.
    char failure[LOAD_FAILURE_BYTES];
};

// Runs the load. False: it could not start, and `failure` says why.
bool load_run(const struct load_options *options, struct load_result *result);

struct load_idle_result {
    uint32_t opened;
    // Connections that the server ended while they were held.
    uint32_t lost;
    char failure[LOAD_FAILURE_BYTES];
};

// Opens `count` connections that finish HELLO and do nothing, calls `opened`, holds them for `duration_seconds`.
bool load_idle(const struct load_options *options, uint32_t count, void (*opened)(uint32_t count),
               struct load_idle_result *result);

#endif
