/// What holds for all operations: the first part of the reference page, and the description of the OpenAPI document.
enum APIGuide {
    /// A part of it.
    struct Section: Sendable {
        /// The anchor.
        var id: String
        /// The heading.
        var title: String
        /// The paragraphs and code, in order.
        var blocks: [Block]
    }

    /// A piece of a part.
    enum Block: Sendable {
        /// Text, with code between grave accents.
        case paragraph(String)
        /// Code, of a kind that is named.
        case code(String, String)
    }

    /// The guide in Markdown, without its code.
    static var markdown: String {
        self.sections.map { section in
            let paragraphs = section.blocks.compactMap { block in
                if case .paragraph(let text) = block { text } else { String?.none }
            }
            return "## \(section.title)\n\n" + paragraphs.joined(separator: "\n\n")
        }.joined(separator: "\n\n")
    }

    static let sections: [Section] = [
        Section(
            id: "authentication", title: "Authentication",
            blocks: [
                .paragraph(
                    "Every request shows an API key of a brand in `Authorization`. The brand comes from the key and from "
                        + "nothing else; what belongs to another brand is answered exactly like what does not exist."),
                .code("http", "Authorization: Bearer dl_live_…"),
                .paragraph(
                    "A key has scopes. Each operation names the one that it asks for: without it, the answer is 403. A key "
                        + "that is revoked is refused at most 10 s later."),
                .paragraph(
                    "In the examples `$GATEWAY` is where the gateway is, such as `http://127.0.0.1:7400`, and `$KEY` the text "
                        + "of a key."),
            ]),
        Section(
            id: "requests", title: "Requests",
            blocks: [
                .paragraph(
                    "JSON in UTF-8, at most 4 MiB, also with `Content-Encoding: gzip`; a list in a query is a parameter given "
                        + "several times. 64-bit integers and decimals are "
                        + "numbers, times are RFC 3339, durations are seconds such as `900s`, enums are names in lower case. "
                        + "What is not known is refused with its place; `null` is the same as absent."),
                .paragraph(
                    "An answer has every field that cannot be absent, zero or empty as it may be. `HEAD` is answered as "
                        + "`GET` without a body, `OPTIONS` with the verbs that a path takes; any other verb is 405, with "
                        + "`Allow`."),
            ]),
        Section(
            id: "idempotency", title: "Idempotency",
            blocks: [
                .paragraph(
                    "What changes something takes an `Idempotency-Key` of your choice: 1 to 255 visible ASCII characters. "
                        + "Sent again under the same key, a request changes nothing more, and is answered as it was the first "
                        + "time, with `Idempotency-Replayed: true`. The same key with another request is 422. So whoever got "
                        + "no answer sends the request again."),
                .code("http", "Idempotency-Key: delivery-1"),
            ]),
        Section(
            id: "versions", title: "Versions",
            blocks: [
                .paragraph(
                    "Every `GET` has an `ETag`. With `If-None-Match` and the tag that you have, what has not changed is 304, "
                        + "without a body."),
                .paragraph(
                    "A write to what has versions says which one it builds on: `If-Match` with the tag that was read, or "
                        + "`If-None-Match: *` for what must be new. Without, it is 428; with a tag that is not the present one, "
                        + "412, with the present tag in `ETag`. Nobody overwrites what they have not seen."),
                .code("http", "If-Match: \"7\""),
            ]),
        Section(
            id: "caches", title: "Caches",
            blocks: [
                .paragraph(
                    "Answers belong to their key, and are asked for again each time, unless the operation says otherwise. "
                        + "`Cache-Control` says how long a client may use an answer without asking again. A cache in front "
                        + "that can be told to drop answers goes by `Surrogate-Control` instead, and by the names in "
                        + "`Surrogate-Key`, each with the brand's id before it."),
                .code(
                    "http",
                    "Cache-Control: private, no-cache\nSurrogate-Control: max-age=300\n"
                        + "Surrogate-Key: brand-018f2d6e-…/product/ABC1234\nVary: Authorization"),
            ]),
        Section(
            id: "pages", title: "Pages",
            blocks: [
                .paragraph(
                    "Lists take `pageSize` and `pageToken`. An answer's `nextPageToken` asks for the next page, with all else "
                        + "unchanged; it is empty on the last one.")
            ]),
        Section(
            id: "limits", title: "Limits",
            blocks: [
                .paragraph(
                    "Each key has a bucket of requests for reads and one for writes: by default 1,000 reads and 200 writes a "
                        + "second, with bursts of 2,000 and 1,000. Every answer says how its bucket stands; beyond it is 429 "
                        + "with `Retry-After`."),
                .code("http", "RateLimit-Policy: \"read\";q=2000;w=2\nRateLimit: \"read\";r=1890;t=1"),
            ]),
        Section(
            id: "problems", title: "Problems",
            blocks: [
                .paragraph(
                    "Every refusal is a problem document (RFC 9457), `application/problem+json`. Go by `type`, which never "
                        + "changes its meaning; `detail` is for people. `errors` names each part of the request that is at "
                        + "fault, all at once. `requestId` is what to tell us."),
                .code(
                    "json",
                    """
                    {
                      "type": "/problems/field-invalid",
                      "title": "Field invalid",
                      "status": 400,
                      "detail": "1 field is not as it should be",
                      "errors": [
                        {"in": "body", "pointer": "/lines/0/quantity", "reason": "is 0", "expected": "at least 1"}
                      ],
                      "requestId": "0af7651916cd43dd8448eb211c80319c"
                    }
                    """),
            ]),
        Section(
            id: "streams", title: "Streams",
            blocks: [
                .paragraph(
                    "A stream is a `GET` of `text/event-stream`: server-sent events with JSON on one line in `data`, and in "
                        + "`id` where the stream stands. Every 15 s a quiet stream sends a comment. Whoever comes back with "
                        + "`Last-Event-ID` misses nothing. A stream ends after an hour, and clients come back by themselves."
                )
            ]),
        Section(
            id: "retirement", title: "Traces and retirement",
            blocks: [
                .paragraph(
                    "A `traceparent` (W3C) is carried on, or one begins; the answer has it. `X-Request-Id` may be given, and "
                        + "is always answered. `Deprecation` (RFC 9745) and `Sunset` (RFC 8594) say since when an operation is "
                        + "not to be used any more, and when it goes away.")
            ]),
    ]
}
