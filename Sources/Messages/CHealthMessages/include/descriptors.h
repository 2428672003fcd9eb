#pragma once
#include <stddef.h>
#include <stdint.h>
const uint8_t *driveline_health_descriptors(size_t *length);
