// A high dynamic range histogram: 1,024 steps for each power of two, so that a value is kept within 0.1 %.

#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdint.h>

enum {
    HISTOGRAM_STEP_BITS = 10,
    HISTOGRAM_STEPS = 1 << HISTOGRAM_STEP_BITS,
    // Values up to 2^40 ns, eighteen minutes; longer ones count as that.
    HISTOGRAM_VALUE_BITS = 40,
    HISTOGRAM_BUCKETS = (HISTOGRAM_VALUE_BITS - HISTOGRAM_STEP_BITS + 1) * HISTOGRAM_STEPS,
};

struct histogram {
    uint64_t count, maximum;
    uint64_t buckets[HISTOGRAM_BUCKETS];
};

// Values below two times the steps have a bucket each; above, the leading bits choose it.
static inline void histogram_record(struct histogram *histogram, uint64_t value) {
    const uint64_t limit = (UINT64_C(1) << HISTOGRAM_VALUE_BITS) - 1;
    if (value > limit) value = limit;
    unsigned bits = 64 - (unsigned)__builtin_clzll(value | 1);
    unsigned shift = bits > HISTOGRAM_STEP_BITS + 1 ? bits - HISTOGRAM_STEP_BITS - 1 : 0;
    histogram->buckets[(uint64_t)shift * HISTOGRAM_STEPS + (value >> shift)]++;
    histogram->count++;
    if (value > histogram->maximum) histogram->maximum = value;
}

// The value that the given share of all values does not exceed, 0 when there are none.
uint64_t histogram_quantile(const struct histogram *histogram, double share);

#endif
