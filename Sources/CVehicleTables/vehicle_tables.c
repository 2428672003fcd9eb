#include "vehicle_tables.h"

/* Clang knows #embed in every standard, and says that it is C23's. The compiler takes an array of so many numbers, or a
   literal in Swift, hundreds of times as long. */
#pragma clang diagnostic ignored "-Wc23-extensions"

static const uint8_t tables[] = {
#embed "vehicles.table"
};

const uint8_t *vehicle_tables(size_t *length) {
    *length = sizeof tables;
    return tables;
}
