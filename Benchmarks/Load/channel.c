#include "channel.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    TLS_RECORD_MAXIMUM_BYTES = 16384,
    CONNECTIONS_PER_SOURCE_MAXIMUM = 20000,  // below the usual range of 28,000 ports
    OPEN_TIMEOUT_SECONDS = 10,
};

static const unsigned char alpn[] = "\x0b" "driveline/1";

SSL_CTX *channel_context(const struct load_options *options, char *failure) {
    if (!options->tls) return NULL;
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (!context || !SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) ||
        SSL_CTX_set_alpn_protos(context, alpn, sizeof alpn - 1)) {
        snprintf(failure, LOAD_FAILURE_BYTES, "TLS cannot be set up");
        SSL_CTX_free(context);
        return NULL;
    }
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (!options->certificate_authority) return context;
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    if (SSL_CTX_load_verify_file(context, options->certificate_authority)) return context;
    snprintf(failure, LOAD_FAILURE_BYTES, "no certificates in %s", options->certificate_authority);
    SSL_CTX_free(context);
    return NULL;
}

static void choose_source(int socket, const struct addrinfo *target, uint32_t number) {
    if (target->ai_family != AF_INET) return;
    const struct sockaddr_in *address = (const struct sockaddr_in *)target->ai_addr;
    if (ntohl(address->sin_addr.s_addr) >> 24 != IN_LOOPBACKNET) return;
    int one = 1;
    struct sockaddr_in source = {.sin_family = AF_INET};
    source.sin_addr.s_addr = htonl(INADDR_LOOPBACK + number / CONNECTIONS_PER_SOURCE_MAXIMUM);
    // Leaves the choice of the port to connect, which knows the target and so finds more of them free.
    setsockopt(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    bind(socket, (struct sockaddr *)&source, sizeof source);
}

static int connect_to(const struct load_options *options, uint32_t number, char *failure) {
    char port[8];
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV}, *target;
    snprintf(port, sizeof port, "%u", options->port);
    int error = getaddrinfo(options->host, port, &hints, &target);
    if (error) {
        snprintf(failure, LOAD_FAILURE_BYTES, "%s: %s", options->host, gai_strerror(error));
        return -1;
    }
    int one = 1;
    struct timeval timeout = {.tv_sec = OPEN_TIMEOUT_SECONDS};
    int handle = socket(target->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (handle >= 0) {
        choose_source(handle, target, number);
        setsockopt(handle, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        setsockopt(handle, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
        setsockopt(handle, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
    }
    if (handle < 0 || connect(handle, target->ai_addr, target->ai_addrlen)) {
        snprintf(failure, LOAD_FAILURE_BYTES, "connection %u to %s:%s: %s", number, options->host, port,
                 strerror(errno));
        if (handle >= 0) close(handle);
        handle = -1;
    }
    freeaddrinfo(target);
    return handle;
}

static bool start_tls(struct channel *channel, const struct load_options *options, SSL_CTX *context, char *failure) {
    channel->tls = SSL_new(context);
    if (channel->tls && SSL_set_fd(channel->tls, channel->socket) &&
        SSL_set_tlsext_host_name(channel->tls, options->host) && SSL_connect(channel->tls) == 1) {
        return true;
    }
    snprintf(failure, LOAD_FAILURE_BYTES, "the TLS handshake failed");
    channel_close(channel);
    return false;
}

bool channel_open(struct channel *channel, const struct load_options *options, SSL_CTX *context, uint32_t number,
                  char *failure) {
    channel->tls = NULL;
    channel->socket = connect_to(options, number, failure);
    if (channel->socket < 0) return false;
    return !context || start_tls(channel, options, context, failure);
}

bool channel_write_all(struct channel *channel, const uint8_t *bytes, size_t count) {
    while (count > 0) {
        ssize_t written = channel_write(channel, bytes, count);
        if (written < 0) return false;
        bytes += written;
        count -= (size_t)written;
    }
    return true;
}

bool channel_read_all(struct channel *channel, uint8_t *bytes, size_t count) {
    while (count > 0) {
        ssize_t got = channel->tls ? SSL_read(channel->tls, bytes, (int)count) : recv(channel->socket, bytes, count, 0);
        if (got <= 0) return false;
        bytes += got;
        count -= (size_t)got;
    }
    return true;
}

void channel_unblock(struct channel *channel) {
    fcntl(channel->socket, F_SETFL, fcntl(channel->socket, F_GETFL) | O_NONBLOCK);
}

static ssize_t tls_outcome(SSL *tls, int returned) {
    int error = SSL_get_error(tls, returned);
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? CHANNEL_WOULD_BLOCK : CHANNEL_ENDED;
}

// Reads records while a whole one has room: nothing then stays inside OpenSSL, where epoll does not see it.
static ssize_t tls_read(SSL *tls, uint8_t *bytes, size_t capacity) {
    size_t total = 0;
    while (capacity - total >= TLS_RECORD_MAXIMUM_BYTES) {
        int got = SSL_read(tls, bytes + total, TLS_RECORD_MAXIMUM_BYTES);
        if (got <= 0) return total > 0 ? (ssize_t)total : tls_outcome(tls, got);
        total += (size_t)got;
    }
    return (ssize_t)total;
}

ssize_t channel_read(struct channel *channel, uint8_t *bytes, size_t capacity) {
    if (channel->tls) return tls_read(channel->tls, bytes, capacity);
    ssize_t got = recv(channel->socket, bytes, capacity, 0);
    if (got > 0) return got;
    return got < 0 && errno == EAGAIN ? CHANNEL_WOULD_BLOCK : CHANNEL_ENDED;
}

ssize_t channel_write(struct channel *channel, const uint8_t *bytes, size_t count) {
    if (channel->tls) {
        int written = SSL_write(channel->tls, bytes, (int)count);
        return written > 0 ? written : tls_outcome(channel->tls, written);
    }
    ssize_t written = send(channel->socket, bytes, count, MSG_NOSIGNAL);
    if (written >= 0) return written;
    return errno == EAGAIN ? CHANNEL_WOULD_BLOCK : CHANNEL_ENDED;
}

void channel_close(struct channel *channel) {
    SSL_free(channel->tls);
    channel->tls = NULL;
    if (channel->socket >= 0) close(channel->socket);
    channel->socket = -1;
}
