/* The pages about the REST API, as they stand in this folder: they are part of the executable. */

#pragma once

#include <stddef.h>
#include <stdint.h>

/* The OpenAPI document. */
const uint8_t *gateway_openapi(size_t *length);

/* The reference page, with its style and script. */
const uint8_t *gateway_reference(size_t *length);
const uint8_t *gateway_reference_style(size_t *length);
const uint8_t *gateway_reference_script(size_t *length);
