// libxml2's push parser; pkg-config tells where its headers lie.
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/tree.h>
#include <libxml/xmlerror.h>

// The magic number is unsigned and would come to Swift as another type than the field.
static inline void clibxml2_begin_sax2(xmlSAXHandler *sax) { sax->initialized = XML_SAX2_MAGIC; }

static inline void clibxml2_ignore_text(void *context, const char *format, ...) {
    (void)context;
    (void)format;
}

static inline void clibxml2_note_error(void *context, xmlErrorPtr error) { *(int *)context = error->code; }

// Parses a piece. The encodings' converters do not know the parser and tell their failures to the thread's handlers, which
// print them: they are taken for this one call, and what the converter says is put into *converter.
static inline int clibxml2_parse(xmlParserCtxtPtr parser, const char *bytes, int count, int terminate, int *converter) {
    xmlStructuredErrorFunc structured = xmlStructuredError;
    void *structured_context = xmlStructuredErrorContext;
    xmlGenericErrorFunc generic = xmlGenericError;
    void *generic_context = xmlGenericErrorContext;
    xmlSetStructuredErrorFunc(converter, clibxml2_note_error);
    xmlSetGenericErrorFunc(NULL, clibxml2_ignore_text);
    int code = xmlParseChunk(parser, bytes, count, terminate);
    xmlSetStructuredErrorFunc(structured_context, structured);
    xmlSetGenericErrorFunc(generic_context, generic);
    return code;
}

// What was read but is not parsed yet, in UTF-8 as soon as the encoding is known.
static inline size_t clibxml2_waiting(xmlParserCtxtPtr parser) {
    return parser->input == NULL ? 0 : (size_t)(parser->input->end - parser->input->cur);
}

// Bytes that are not converted yet; at the end of a document those are a character that was cut.
static inline size_t clibxml2_unconverted(xmlParserCtxtPtr parser) {
    if (parser->input == NULL || parser->input->buf == NULL || parser->input->buf->raw == NULL) return 0;
    return xmlBufUse(parser->input->buf->raw);
}

// The converter's name; NULL: UTF-8.
static inline const char *clibxml2_converter(xmlParserCtxtPtr parser) {
    if (parser->input == NULL || parser->input->buf == NULL || parser->input->buf->encoder == NULL) return NULL;
    return parser->input->buf->encoder->name;
}
