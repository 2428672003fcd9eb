// The limit for a PostgreSQL client: the same statements by libpq in C, and nothing else.
//
//     postgres-loop URL select|pipeline|update SECONDS ROWS OUTSTANDING
//
// select asks for one row at a time, pipeline for OUTSTANDING of them before it reads, update changes 256 rows a time.
// Prints what came of it as JSON.
#include <endian.h>
#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { batch_rows = 256, int8_oid = 20, int8_array_oid = 1016, value_bytes = 96, array_header_bytes = 20 };

struct array {
    uint32_t dimensions, has_nulls, type, count, lower_bound;
    struct __attribute__((packed)) {
        uint32_t bytes;
        uint64_t value;
    } elements[batch_rows];
};

struct counts {
    uint64_t queries, errors;
};

static const char *select_text = "select value from item where id = $1";
static const char *update_text =
    "update stock set on_hand = on_hand + change.delta from unnest($1::bigint[], $2::bigint[]) as change (id, delta) "
    "where stock.id = change.id";

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double processor_seconds(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static uint64_t next_random(uint64_t *state) {
    *state += 0x9E3779B97F4A7C15;
    uint64_t value = *state;
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
    return value ^ (value >> 31);
}

static void fail(PGconn *connection) {
    fprintf(stderr, "postgres-loop: %s", PQerrorMessage(connection));
    exit(1);
}

static void prepare(PGconn *connection, const char *text, const Oid *types, int count) {
    PGresult *result = PQprepare(connection, "statement", text, count, types);
    if (PQresultStatus(result) != PGRES_COMMAND_OK) fail(connection);
    PQclear(result);
}

static bool is_right(PGresult *result) {
    return PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1 &&
           PQgetlength(result, 0, 0) == value_bytes;
}

static void run_select(PGconn *connection, uint64_t rows, double end, struct counts *counts) {
    prepare(connection, select_text, (Oid[]){int8_oid}, 1);
    uint64_t state = 1;
    while (now() < end) {
        uint64_t id = htobe64(next_random(&state) % rows);
        PGresult *result = PQexecPrepared(
            connection, "statement", 1, (const char *[]){(const char *)&id}, (int[]){sizeof id}, (int[]){1}, 1);
        counts->queries++;
        if (!is_right(result)) counts->errors++;
        PQclear(result);
    }
}

static void send_all(PGconn *connection, uint64_t rows, int outstanding, uint64_t *state) {
    for (int index = 0; index < outstanding; index++) {
        uint64_t id = htobe64(next_random(state) % rows);
        if (!PQsendQueryPrepared(connection, "statement", 1, (const char *[]){(const char *)&id}, (int[]){sizeof id},
                                 (int[]){1}, 1))
            fail(connection);
    }
    if (!PQpipelineSync(connection)) fail(connection);
}

static void run_pipeline(PGconn *connection, uint64_t rows, int outstanding, double end, struct counts *counts) {
    prepare(connection, select_text, (Oid[]){int8_oid}, 1);
    if (!PQenterPipelineMode(connection)) fail(connection);
    uint64_t state = 1;
    while (now() < end) {
        send_all(connection, rows, outstanding, &state);
        for (int index = 0; index < outstanding; index++) {
            PGresult *result = PQgetResult(connection);
            counts->queries++;
            if (!is_right(result)) counts->errors++;
            PQclear(result);
            PQclear(PQgetResult(connection));
        }
        PQclear(PQgetResult(connection));
    }
}

// Ascending and different, so that neither deadlocks nor two changes of one row come into it.
static void fill(struct array *ids, struct array *deltas, uint64_t rows, uint64_t *state) {
    uint64_t step = rows / batch_rows;
    for (uint64_t index = 0; index < batch_rows; index++) {
        ids->elements[index].value = htobe64(index * step + next_random(state) % step);
        deltas->elements[index].value = htobe64(1);
    }
}

static void begin_array(struct array *array) {
    *array = (struct array){htobe32(1), 0, htobe32(int8_oid), htobe32(batch_rows), htobe32(1), {{0}}};
    for (int index = 0; index < batch_rows; index++) array->elements[index].bytes = htobe32(sizeof(uint64_t));
}

static void run_update(PGconn *connection, uint64_t rows, double end, struct counts *counts) {
    static struct array ids, deltas;
    _Static_assert(sizeof ids == array_header_bytes + batch_rows * 12, "the array's binary form has no gaps");
    prepare(connection, update_text, (Oid[]){int8_array_oid, int8_array_oid}, 2);
    begin_array(&ids);
    begin_array(&deltas);
    uint64_t state = 1;
    while (now() < end) {
        fill(&ids, &deltas, rows, &state);
        PGresult *result = PQexecPrepared(
            connection, "statement", 2, (const char *[]){(const char *)&ids, (const char *)&deltas},
            (int[]){sizeof ids, sizeof deltas}, (int[]){1, 1}, 1);
        counts->queries++;
        if (PQresultStatus(result) != PGRES_COMMAND_OK || atoi(PQcmdTuples(result)) != batch_rows) counts->errors++;
        PQclear(result);
    }
}

int main(int count, char **arguments) {
    if (count != 6) {
        fprintf(stderr, "usage: postgres-loop URL select|pipeline|update SECONDS ROWS OUTSTANDING\n");
        return 2;
    }
    PGconn *connection = PQconnectdb(arguments[1]);
    if (PQstatus(connection) != CONNECTION_OK) fail(connection);
    const char *form = arguments[2];
    uint64_t rows = strtoull(arguments[4], NULL, 10);
    struct counts counts = {0};
    double processor = processor_seconds(), start = now(), end = start + atof(arguments[3]);
    if (strcmp(form, "select") == 0) {
        run_select(connection, rows, end, &counts);
    } else if (strcmp(form, "pipeline") == 0) {
        run_pipeline(connection, rows, atoi(arguments[5]), end, &counts);
    } else {
        run_update(connection, rows, end, &counts);
    }
    printf("{\"queries\": %llu, \"errors\": %llu, \"seconds\": %f, \"processor_seconds\": %f}\n",
           (unsigned long long)counts.queries, (unsigned long long)counts.errors, now() - start,
           processor_seconds() - processor);
    PQfinish(connection);
}
