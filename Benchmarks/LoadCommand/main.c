// The `load` command: requests to the echo service, inventory or pricing, as fast or as regularly as asked.

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "service_source.h"
#include "load.h"
#include "lookup_source.h"

struct arguments {
    struct load_options load;
    uint32_t sku_bytes, slow_wait_us, idle;
    double slow_percent;
    bool json, is_service;
    struct service_options service;
    uint8_t caller[LOAD_CALLER_MAXIMUM_BYTES];
};

static const char usage[] =
    "usage: load --port PORT [option...]\n"
    "  --host HOST              127.0.0.1\n"
    "  --protocol NAME          driveline (default) or grpc\n"
    "  --requests NAME          lookup (default) of the echo service; stock, adjust, reserve or list of\n"
    "                           inventory; quote of pricing\n"
    "  --method NAME            of the echo service; driveline.echo.v1.EchoService/Lookup\n"
    "  --connections N          8\n"
    "  --outstanding N          calls open on a connection, at most those with --rate; 64\n"
    "  --rate R                 calls a second by a fixed schedule; 0 (default) is as many as are answered\n"
    "  --send-interval-us U     with --rate, send what became due together, this often; 0 is each call when due\n"
    "  --duration S             5\n"
    "  --warmup S               1\n"
    "  --calls N                end after N calls instead\n"
    "  --slow-percent P         share of calls that ask the server to wait; 0\n"
    "  --slow-wait-us U         how long; 5000\n"
    "  --sku-bytes N            24\n"
    "  --brand UUID             services: on whose behalf, with a --credential that may act for others\n"
    "  --skus N                 services: the SKUs to choose from; 200000\n"
    "  --in-turn                services: each SKU once before any again, instead of random ones\n"
    "  --locations N            inventory: the locations to choose from; 3\n"
    "  --lines N                services: the lines of a reservation or quote; 3\n"
    "  --seed N                 inventory: what makes the ids of commands differ from those of other runs; 1\n"
    "  --timeout-us U           deadline of a call, 0 for none; 2000000\n"
    "  --credential TEXT        sent in HELLO\n"
    "  --tls                    TLS 1.3\n"
    "  --ca FILE                certificates to check the server's against\n"
    "  --server-pid PID         measure the CPU time of that process\n"
    "  --idle N                 open N connections instead, and hold them for --duration\n"
    "  --json                   one line of JSON\n";

enum option_code {
    HOST = 1, PORT, PROTOCOL, METHOD, CONNECTIONS, OUTSTANDING, RATE, SEND_INTERVAL, DURATION, WARMUP, CALLS,
    SLOW_PERCENT, SLOW_WAIT, SKU_BYTES, TIMEOUT, CREDENTIAL, TLS, AUTHORITY, SERVER_PID, IDLE, JSON, HELP,
    REQUESTS, BRAND, SKUS, IN_TURN, LOCATIONS, LINES, SEED,
};

static const struct option long_options[] = {
    {"host", required_argument, NULL, HOST}, {"port", required_argument, NULL, PORT},
    {"protocol", required_argument, NULL, PROTOCOL}, {"method", required_argument, NULL, METHOD},
    {"connections", required_argument, NULL, CONNECTIONS}, {"outstanding", required_argument, NULL, OUTSTANDING},
    {"rate", required_argument, NULL, RATE}, {"send-interval-us", required_argument, NULL, SEND_INTERVAL},
    {"duration", required_argument, NULL, DURATION},
    {"warmup", required_argument, NULL, WARMUP}, {"calls", required_argument, NULL, CALLS},
    {"slow-percent", required_argument, NULL, SLOW_PERCENT}, {"slow-wait-us", required_argument, NULL, SLOW_WAIT},
    {"sku-bytes", required_argument, NULL, SKU_BYTES}, {"timeout-us", required_argument, NULL, TIMEOUT},
    {"credential", required_argument, NULL, CREDENTIAL}, {"tls", no_argument, NULL, TLS},
    {"ca", required_argument, NULL, AUTHORITY}, {"server-pid", required_argument, NULL, SERVER_PID},
    {"idle", required_argument, NULL, IDLE}, {"json", no_argument, NULL, JSON},
    {"requests", required_argument, NULL, REQUESTS}, {"brand", required_argument, NULL, BRAND},
    {"skus", required_argument, NULL, SKUS}, {"locations", required_argument, NULL, LOCATIONS},
    {"in-turn", no_argument, NULL, IN_TURN}, {"lines", required_argument, NULL, LINES}, {"seed", required_argument, NULL, SEED},
    {"help", no_argument, NULL, HELP}, {0},
};

static void refuse(const char *what) {
    fprintf(stderr, "load: %s\n%s", what, usage);
    exit(2);
}

static double number(const char *text, double minimum, double maximum) {
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || !(value >= minimum && value <= maximum)) refuse("a number is not one, or out of range");
    return value;
}

static enum load_protocol protocol_named(const char *name) {
    if (!strcmp(name, "driveline")) return LOAD_DRIVELINE;
    if (strcmp(name, "grpc")) refuse("there is no such protocol");
    return LOAD_GRPC;
}

static void take_requests(struct arguments *arguments, const char *name) {
    static const char *const names[] = {"stock", "adjust", "reserve", "list", "quote"};
    arguments->is_service = strcmp(name, "lookup") != 0;
    if (!arguments->is_service) return;
    for (size_t index = 0; index < sizeof names / sizeof *names; index++) {
        if (strcmp(name, names[index])) continue;
        arguments->service.request = (enum service_request)index;
        arguments->load.method = service_method(arguments->service.request);
        // Every answer to a command is looked at; of reads, which are many, one in 64.
        if (arguments->service.request != INVENTORY_STOCK) arguments->load.check_every = 1;
        return;
    }
    refuse("there are no such requests");
}

static void take_brand(struct arguments *arguments, const char *brand) {
    if (strlen(brand) != 36) refuse("a brand is a UUID");
    arguments->load.caller = arguments->caller;
    arguments->load.caller_bytes = service_caller(brand, arguments->caller);
}

static void take(struct arguments *arguments, int code, const char *value) {
    struct load_options *load = &arguments->load;
    struct service_options *service = &arguments->service;
    switch (code) {
    case REQUESTS: take_requests(arguments, value); break;
    case BRAND: take_brand(arguments, value); break;
    case SKUS: service->skus = (uint32_t)number(value, 1, SERVICE_SKUS_MAXIMUM); break;
    case IN_TURN: service->in_turn = true; break;
    case LOCATIONS: service->locations = (uint32_t)number(value, 1, SERVICE_LOCATIONS_MAXIMUM); break;
    case LINES: service->lines = (uint32_t)number(value, 1, SERVICE_LINES_MAXIMUM); break;
    case SEED: service->seed = (uint32_t)number(value, 0, UINT32_MAX); break;
    case HOST: load->host = value; break;
    case PORT: load->port = (uint16_t)number(value, 1, 65535); break;
    case PROTOCOL: load->protocol = protocol_named(value); break;
    case METHOD: load->method = value; break;
    case CONNECTIONS: load->connections = (uint32_t)number(value, 1, LOAD_CONNECTIONS_MAXIMUM); break;
    case OUTSTANDING: load->outstanding = (uint32_t)number(value, 1, LOAD_OUTSTANDING_MAXIMUM); break;
    case RATE: load->rate = number(value, 0, 1e8); break;
    case SEND_INTERVAL: load->send_interval_us = (uint32_t)number(value, 0, 1e6); break;
    case DURATION: load->duration_seconds = number(value, 0.001, 86400); break;
    case WARMUP: load->warmup_seconds = number(value, 0, 86400); break;
    case CALLS: load->calls = (uint64_t)number(value, 1, 1e12); break;
    case SLOW_PERCENT: arguments->slow_percent = number(value, 0, 100); break;
    case SLOW_WAIT: arguments->slow_wait_us = (uint32_t)number(value, 0, 60000000); break;
    case SKU_BYTES: arguments->sku_bytes = (uint32_t)number(value, 1, SKU_MAXIMUM_BYTES); break;
    case TIMEOUT: load->timeout_us = (uint32_t)number(value, 0, UINT32_MAX); break;
    case CREDENTIAL: load->credential = value; break;
    case TLS: load->tls = true; break;
    case AUTHORITY: load->certificate_authority = value; break;
    case SERVER_PID: load->server_pid = (pid_t)number(value, 1, INT32_MAX); break;
    case IDLE: arguments->idle = (uint32_t)number(value, 1, LOAD_IDLE_MAXIMUM); break;
    case JSON: arguments->json = true; break;
    case HELP: fputs(usage, stdout); exit(0);
    default: refuse("an option is unknown or lacks its value");
    }
}

static void parse(int count, char **words, struct arguments *arguments) {
    *arguments = (struct arguments){
        .load = {.host = "127.0.0.1", .method = "driveline.echo.v1.EchoService/Lookup", .connections = 8,
                 .outstanding = 64, .duration_seconds = 5, .warmup_seconds = 1, .timeout_us = 2000000,
                 .check_every = 64},
        .sku_bytes = 24,
        .slow_wait_us = 5000,
        .service = {.skus = 200000, .locations = 3, .lines = 3, .seed = 1},
    };
    int code;
    while ((code = getopt_long(count, words, "", long_options, NULL)) != -1) take(arguments, code, optarg);
    if (optind < count) refuse("there are words that belong to no option");
    if (arguments->load.port == 0) refuse("--port is missing");
}

static void print_json(const struct load_result *result) {
    printf("{\"calls\":%llu,\"errors\":%llu,\"unsent\":%llu,\"rate\":%.1f,\"p50\":%.2f,\"p90\":%.2f,\"p99\":%.2f,"
           "\"p999\":%.2f,\"max\":%.2f,\"server_cpu_us_per_call\":%.4f,\"generator_utilisation\":%.3f,"
           "\"seconds\":%.6f}\n",
           (unsigned long long)result->calls, (unsigned long long)result->errors, (unsigned long long)result->unsent,
           result->rate, result->p50_us, result->p90_us, result->p99_us, result->p999_us, result->maximum_us,
           result->server_cpu_us_per_call, result->generator_utilisation, result->seconds);
}

static void print_line(const struct load_result *result) {
    printf("%.0f calls/s, p50 %.0f, p90 %.0f, p99 %.0f, p999 %.0f, max %.0f us", result->rate, result->p50_us,
           result->p90_us, result->p99_us, result->p999_us, result->maximum_us);
    if (result->server_cpu_us_per_call >= 0) printf(", server %.3f us/call", result->server_cpu_us_per_call);
    printf(", generator %.0f %%, %llu calls, %llu errors", result->generator_utilisation * 100,
           (unsigned long long)result->calls, (unsigned long long)result->errors);
    if (result->unsent > 0) printf(", %llu unsent", (unsigned long long)result->unsent);
    printf("\n");
}

static void explain(const struct load_errors *errors) {
    fprintf(stderr,
            "load: errors: %llu by status (last %u), %llu wrong answers, %llu by a closed connection, %llu unanswered, "
            "%llu violations\n",
            (unsigned long long)errors->status, errors->last_status, (unsigned long long)errors->body,
            (unsigned long long)errors->closed, (unsigned long long)errors->unanswered,
            (unsigned long long)errors->protocol);
}

// A script that watches the server's memory waits for this line.
static void announce(uint32_t count) {
    printf("holding %u\n", count);
    fflush(stdout);
}

static int hold_idle(const struct arguments *arguments) {
    struct load_idle_result result;
    if (!load_idle(&arguments->load, arguments->idle, announce, &result)) {
        fprintf(stderr, "load: %s\n", result.failure);
        return 1;
    }
    printf("%u opened, %u lost\n", result.opened, result.lost);
    return result.lost > 0;
}

static int run_requests(const struct arguments *arguments) {
    struct load_options options = arguments->load;
    struct service_source *service = NULL;
    struct lookup_source *lookup = NULL;
    if (arguments->is_service) {
        service = service_source_make(&arguments->service);
    } else {
        lookup = lookup_source_make(arguments->sku_bytes, arguments->slow_percent, arguments->slow_wait_us);
    }
    if (!service && !lookup) refuse("no memory");
    options.source = service ? &service->source : &lookup->source;
    struct load_result result;
    bool ran = load_run(&options, &result);
    free(lookup);
    free(service);
    if (!ran) {
        fprintf(stderr, "load: %s\n", result.failure);
        return 1;
    }
    if (arguments->json) {
        print_json(&result);
    } else {
        print_line(&result);
    }
    if (result.errors > 0) explain(&result.kinds);
    return result.errors > 0;
}

int main(int count, char **words) {
    struct arguments arguments;
    parse(count, words, &arguments);
    signal(SIGPIPE, SIG_IGN);
    return arguments.idle > 0 ? hold_idle(&arguments) : run_requests(&arguments);
}
