/// A request as curl sends it.
struct CurlExample {
    private let operation: APIOperation
    private let examples: ExampleWriter

    init(_ operation: APIOperation, _ examples: ExampleWriter) {
        self.operation = operation
        self.examples = examples
    }

    /// The command, an option on each line.
    var text: String {
        var lines = ["curl \(self.options)\"$GATEWAY\(self.target)\""]
        if case .key = self.operation.authentication { lines.append("-H \"Authorization: Bearer $KEY\"") }
        if self.operation.idempotencyKey != .none { lines.append("-H 'Idempotency-Key: \(self.operation.title.key)'") }
        if case .write(isRequired: true) = self.operation.precondition { lines.append("-H 'If-Match: \"7\"'") }
        if case .json(let type)? = self.operation.body?.content {
            lines.append("-H 'Content-Type: application/json'")
            lines.append(
                "-d '\(self.examples.value(type, .request).text(columns: CodeBlock.columns).replacing("'", with: "'\\''"))'"
            )
        }
        if case .bytes(let types, _)? = self.operation.body?.content {
            if let type = types.first, type != "*/*" { lines.append("-H 'Content-Type: \(type)'") }
            lines.append("--data-binary @FILE")
        }
        if case .bytes = self.operation.answer { lines.append("-o FILE") }
        return lines.joined(separator: " \\\n  ")
    }

    private var options: String {
        if case .events = self.operation.answer { return "-N " }
        switch (self.operation.verb, self.operation.body) {
        case ("GET", _), ("POST", _?): return ""
        default: return "-X \(self.operation.verb) "
        }
    }

    private var target: String {
        var path = self.operation.path
        for field in self.operation.pathParameters {
            var field = field
            field.isRequired = true
            path = path.replacing(
                "{\(field.name)}", with: self.examples.value(field, of: self.operation).parameters.joined())
        }
        let query = self.operation.queryParameters.filter(\.isRequired).flatMap { field in
            self.examples.value(field, of: self.operation).parameters.map { "\(field.name)=\($0)" }
        }
        return path + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
    }
}

extension JSONValue {
    /// The value as it stands in a URL; a list several times.
    fileprivate var parameters: [String] {
        switch self {
        case .list(let elements): elements.flatMap(\.parameters)
        case .text(let text): [text.percentEncoded]
        default: [self.compactText.percentEncoded]
        }
    }
}

extension String {
    /// With all that is not unreserved (RFC 3986, 2.3) percent-encoded.
    fileprivate var percentEncoded: String {
        self.utf8.map { byte in
            let scalar = Unicode.Scalar(byte)
            let isPlain =
                byte < 0x80
                && (Character(scalar).isLetter || Character(scalar).isNumber || "-._~".contains(Character(scalar)))
            let digits = String(byte, radix: 16, uppercase: true)
            return isPlain ? String(Character(scalar)) : "%" + (digits.count < 2 ? "0" : "") + digits
        }.joined()
    }

    /// A key by which a repeat is recognised, made of a title.
    fileprivate var key: String { self.lowercased().replacing(" ", with: "-") + "-17" }
}
