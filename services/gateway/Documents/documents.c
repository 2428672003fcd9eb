#include "gateway_documents.h"

/* Clang knows #embed in every standard, and says that it is C23's. The compiler takes an array of so many numbers, or a
   literal in Swift, hundreds of times as long. */
#pragma clang diagnostic ignored "-Wc23-extensions"

static const uint8_t openapi[] = {
#embed "openapi.json"
};

static const uint8_t reference[] = {
#embed "reference.html"
};

static const uint8_t reference_style[] = {
#embed "reference.css"
};

static const uint8_t reference_script[] = {
#embed "reference.js"
};

const uint8_t *gateway_openapi(size_t *length) {
    *length = sizeof openapi;
    return openapi;
}

const uint8_t *gateway_reference(size_t *length) {
    *length = sizeof reference;
    return reference;
}

const uint8_t *gateway_reference_style(size_t *length) {
    *length = sizeof reference_style;
    return reference_style;
}

const uint8_t *gateway_reference_script(size_t *length) {
    *length = sizeof reference_script;
    return reference_script;
}
