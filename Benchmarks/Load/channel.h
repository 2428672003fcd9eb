// A TCP connection, in plain text or inside TLS. Opening blocks; after that reading and writing do not.

#ifndef CHANNEL_H
#define CHANNEL_H

#include <openssl/ssl.h>

#include "load.h"

struct channel {
    int socket;
    SSL *tls;
};

// What reading and writing return instead of a number of bytes.
enum { CHANNEL_WOULD_BLOCK = -1, CHANNEL_ENDED = -2 };

// The settings that all connections of a run share; null without `failure` when the options want no TLS.
SSL_CTX *channel_context(const struct load_options *options, char *failure);

// `number` counts the connections of a run: a target on the loopback network is reached from a further source address
// whenever the ports of one are used up.
bool channel_open(struct channel *channel, const struct load_options *options, SSL_CTX *context, uint32_t number,
                  char *failure);
// Both are for the time before `channel_unblock`: they wait for all of the bytes.
bool channel_write_all(struct channel *channel, const uint8_t *bytes, size_t count);
bool channel_read_all(struct channel *channel, uint8_t *bytes, size_t count);
void channel_unblock(struct channel *channel);

ssize_t channel_read(struct channel *channel, uint8_t *bytes, size_t capacity);
ssize_t channel_write(struct channel *channel, const uint8_t *bytes, size_t count);
void channel_close(struct channel *channel);

#endif
