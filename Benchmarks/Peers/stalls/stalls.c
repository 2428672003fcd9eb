// A loop that only reads the clock: what it loses, the machine takes from every program. Prints the share of time
// that went into gaps, how many gaps there were in a second, and the longest gap in microseconds.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define NANOSECONDS 1000000000ull
// Reading the clock takes some tens of nanoseconds; a longer pause is somebody else's.
#define GAP_NANOSECONDS 20000ull

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * NANOSECONDS + (uint64_t)time.tv_nsec;
}

int main(int count, char **arguments) {
    double seconds = count == 2 ? atof(arguments[1]) : 0;
    if (!(seconds > 0)) {
        fprintf(stderr, "usage: stalls SECONDS\n");
        return 2;
    }
    uint64_t start = now(), end = start + (uint64_t)(seconds * NANOSECONDS);
    uint64_t gaps = 0, lost = 0, longest = 0;
    for (uint64_t last = start; last < end;) {
        uint64_t time = now(), gap = time - last;
        if (gap > GAP_NANOSECONDS) {
            gaps += 1;
            lost += gap;
            if (gap > longest) longest = gap;
        }
        last = time;
    }
    printf("%.5f %.0f %.1f\n", (double)lost / (seconds * NANOSECONDS), (double)gaps / seconds, (double)longest / 1000);
    return 0;
}
