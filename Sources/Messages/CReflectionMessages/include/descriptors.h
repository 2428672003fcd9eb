#pragma once
#include <stddef.h>
#include <stdint.h>
const uint8_t *driveline_reflection_descriptors(size_t *length);
