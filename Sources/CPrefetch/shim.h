// The processor's hint that memory is about to be read, which Swift has no word for.

#pragma once

/// Has the processor fetch the line of its cache that an address is in, without waiting for it. Harmless for any address.
static inline void prefetch_for_reading(const void *address) { __builtin_prefetch(address, 0, 3); }
