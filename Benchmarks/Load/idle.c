#define _GNU_SOURCE

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#include "run.h"

enum { HEADER_BYTES = 24, LENGTH_BYTES = 4, SPARE_DESCRIPTORS = 64 };

static bool allow_descriptors(uint32_t count, char *failure) {
    struct rlimit limit;
    rlim_t wanted = count + SPARE_DESCRIPTORS;
    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur >= wanted) return true;
    limit.rlim_cur = wanted;
    if (limit.rlim_max < wanted) limit.rlim_max = wanted;
    if (setrlimit(RLIMIT_NOFILE, &limit) == 0) return true;
    snprintf(failure, LOAD_FAILURE_BYTES, "%u connections need a higher limit on open files", count);
    return false;
}

static bool exchange_hello(struct channel *channel, const struct load_options *options, char *failure) {
    uint8_t hello[REQUEST_OVERHEAD_MAXIMUM_BYTES], answer[REQUEST_OVERHEAD_MAXIMUM_BYTES];
    size_t count = driveline_hello(options, hello);
    if (channel_write_all(channel, hello, count) && channel_read_all(channel, answer, HEADER_BYTES) &&
        driveline_is_hello(answer)) {
        size_t rest = LENGTH_BYTES + (size_t)get32(answer) - HEADER_BYTES;
        if (rest <= sizeof answer - HEADER_BYTES && channel_read_all(channel, answer + HEADER_BYTES, rest)) return true;
    }
    snprintf(failure, LOAD_FAILURE_BYTES, "no HELLO from the server");
    return false;
}

static uint32_t open_idle(struct channel *channels, const struct load_options *options, SSL_CTX *context,
                          uint32_t count, char *failure) {
    uint32_t opened = 0;
    while (opened < count && channel_open(&channels[opened], options, context, opened, failure)) {
        if (!exchange_hello(&channels[opened++], options, failure)) break;
    }
    return opened;
}

static void hold(double seconds) {
    struct timespec time = {.tv_sec = (time_t)seconds};
    time.tv_nsec = (long)((seconds - (double)time.tv_sec) * 1e9);
    nanosleep(&time, NULL);
}

// A connection that ended has an end of file to read; one that is held has nothing, or a message that nobody took.
static uint32_t count_lost(struct channel *channels, uint32_t count) {
    uint32_t lost = 0;
    for (uint32_t index = 0; index < count; index++) {
        struct pollfd poller = {.fd = channels[index].socket, .events = POLLIN | POLLRDHUP};
        if (poll(&poller, 1, 0) > 0 && poller.revents & (POLLRDHUP | POLLHUP | POLLERR)) lost++;
    }
    return lost;
}

bool load_idle(const struct load_options *options, uint32_t count, void (*opened)(uint32_t count),
               struct load_idle_result *result) {
    *result = (struct load_idle_result){0};
    char *failure = result->failure;
    if (count == 0 || count > LOAD_IDLE_MAXIMUM) {
        snprintf(failure, LOAD_FAILURE_BYTES, "1 to %d idle connections", LOAD_IDLE_MAXIMUM);
        return false;
    }
    if (!allow_descriptors(count, failure)) return false;
    SSL_CTX *context = channel_context(options, failure);
    struct channel *channels = failure[0] ? NULL : calloc(count, sizeof *channels);
    if (channels) {
        result->opened = open_idle(channels, options, context, count, failure);
        if (failure[0] == 0) {
            opened(result->opened);
            hold(options->duration_seconds);
            result->lost = count_lost(channels, count);
        }
        for (uint32_t index = 0; index < result->opened; index++) channel_close(&channels[index]);
    }
    free(channels);
    SSL_CTX_free(context);
    return failure[0] == 0;
}
