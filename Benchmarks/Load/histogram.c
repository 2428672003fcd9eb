#include "histogram.h"

#include <math.h>

// The highest value that falls into a bucket, so that a quantile is never told too low.
static uint64_t bucket_top(uint64_t bucket) {
    if (bucket < 2 * HISTOGRAM_STEPS) return bucket;
    unsigned shift = (unsigned)(bucket / HISTOGRAM_STEPS) - 1;
    uint64_t leading = bucket - (uint64_t)shift * HISTOGRAM_STEPS;
    return ((leading + 1) << shift) - 1;
}

uint64_t histogram_quantile(const struct histogram *histogram, double share) {
    uint64_t wanted = (uint64_t)ceil((double)histogram->count * share), seen = 0;
    if (wanted == 0) wanted = 1;
    for (uint64_t bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
        seen += histogram->buckets[bucket];
        if (seen < wanted) continue;
        uint64_t top = bucket_top(bucket);
        return top < histogram->maximum ? top : histogram->maximum;
    }
    return histogram->maximum;
}
