/* The vehicle tables that scripts/vehicle-tables makes: they are part of every executable that decodes VINs. */

#pragma once

#include <stddef.h>
#include <stdint.h>

/* All of vehicles.table, which lasts as long as the process. */
const uint8_t *vehicle_tables(size_t *length);
