/// Shows one operation.
struct OperationSection {
    private let api: APIDescription
    private let operation: APIOperation
    private let examples: ExampleWriter
    /// The problems that every operation may be answered with, which are shown once.
    private let common: Set<APIProblem>

    init(_ operation: APIOperation, _ api: APIDescription, _ examples: ExampleWriter, common: Set<APIProblem>) {
        self.operation = operation
        self.api = api
        self.examples = examples
        self.common = common
    }

    var html: HTML {
        """
        <section class="operation" id="\(self.operation.id)" aria-labelledby="\(self.operation.id)-title">
        <div class="text">
        <h3 id="\(self.operation.id)-title"><a href="#\(self.operation.id)">\(self.operation.title)</a></h3>
        <p class="route">\(Self.verb(self.operation.verb)) <code>\(self.path)</code></p>
        \(self.retirement)\(HTML.paragraphs(self.operation.text))\(self.facts)
        \(self.parameters)\(self.answer)\(self.statuses)\(self.problems)
        </div>
        <div class="examples" role="region" tabindex="0" aria-label="Examples of \(self.operation.title)">
        \(CodeBlock.html("Request", kind: "shell", CurlExample(self.operation, self.examples).text))
        \(self.answerExample)
        </div>
        </section>

        """
    }

    /// A verb as it is marked everywhere.
    static func verb(_ verb: String) -> HTML { "<span class=\"verb \(verb.lowercased())\">\(verb)</span>" }

    private var path: HTML {
        let pieces = self.operation.path.split(separator: "/").map { segment -> HTML in
            // A long path may be broken in front of each slash.
            segment.hasPrefix("{") ? "<wbr>/<i>\(segment)</i>" : "<wbr>/\(segment)"
        }
        return HTML(pieces)
    }

    private var retirement: HTML {
        guard !self.operation.deprecatedOn.isEmpty || !self.operation.sunsetOn.isEmpty else { return "" }
        let since = self.operation.deprecatedOn.isEmpty ? "" : "Deprecated since \(self.operation.deprecatedOn). "
        let until = self.operation.sunsetOn.isEmpty ? "" : "It goes away on \(self.operation.sunsetOn)."
        return "<p class=\"notice\">\(since)\(until)</p>"
    }

    /// Who may ask.
    private var facts: HTML {
        switch self.operation.authentication {
        case .key(let scope) where scope.isEmpty: "<p class=\"facts\"><a href=\"#authentication\">Any key</a></p>"
        case .key(let scope): "<p class=\"facts\"><a href=\"#authentication\">Scope</a> <code>\(scope)</code></p>"
        case .signature: "<p class=\"facts\">No key: the body is signed.</p>"
        case .none: "<p class=\"facts\">No key.</p>"
        }
    }

    // MARK: - What goes in

    private var parameters: HTML {
        let list = FieldList(api: self.api, use: .request)
        var parts: [HTML] = []
        if !self.operation.pathParameters.isEmpty {
            let fields = self.operation.pathParameters.map { field in
                var field = field
                field.isRequired = true
                return field
            }
            parts.append("<h4>Path</h4>\(list.html(fields))")
        }
        if !self.operation.queryParameters.isEmpty {
            parts.append("<h4>Query</h4>\(list.html(self.operation.queryParameters))")
        }
        if !self.headers.isEmpty { parts.append("<h4>Headers</h4><dl class=\"fields\">\(self.headers)</dl>") }
        switch self.operation.body?.content {
        case .json(.object(let name, let left))?:
            parts.append("<h4>Body</h4>\(list.html(name, without: left))")
        case .json(let type)?, .events(let type)?: parts.append("<h4>Body</h4><p>\(type.word)</p>")
        case .bytes(let types, let maximum)?: parts.append("<h4>Body</h4>\(Self.file(types, maximum))")
        case .page?, nil: break
        }
        return HTML(parts)
    }

    /// A body that is a file.
    private static func file(_ types: [String], _ maximum: Int?) -> HTML {
        let names = types.filter { $0 != "*/*" }.map { "`\($0)`" }
        let list = (names + (types.contains("*/*") ? ["any other type"] : [])).joined(separator: ", ")
        let size = maximum.map { " At most \($0.grouped) bytes." } ?? ""
        return "<p>A file: \(HTML.inline(list)).\(size)</p>"
    }

    private var headers: [HTML] {
        var rows: [HTML] = []
        func add(_ name: String, _ anchor: String, _ text: String, isRequired: Bool = false) {
            let required: HTML = isRequired ? " <span class=\"required\">required</span>" : ""
            rows.append(
                """
                <div><dt><code><a href="#\(anchor)">\(name)</a></code>\(required)</dt><dd><p>\(HTML.inline(text))</p></dd></div>
                """)
        }
        switch self.operation.idempotencyKey {
        case .none: break
        case .required: add("Idempotency-Key", "idempotency", "A key of your choice.", isRequired: true)
        case .headerOrField(let name):
            add("Idempotency-Key", "idempotency", "A key of your choice; `\(name)` may stand for it.")
        }
        switch self.operation.precondition {
        case .none, .ignored: break
        case .read: add("If-None-Match", "versions", "A tag that you have; 304 where it is still that of the answer.")
        case .write(let isRequired):
            let text = "The tag of the version that this builds on, or `If-None-Match: *` for what must be new."
            add("If-Match", "versions", text + (isRequired ? " One of the two is required." : ""))
        }
        if self.operation.isResumable { add("Last-Event-ID", "streams", "The `id` of the last event that you have.") }
        return rows
    }

    // MARK: - What comes out

    private var answer: HTML {
        let list = FieldList(api: self.api, use: .answer)
        switch self.operation.answer {
        case .json(.object(let name, let left)):
            return "<h4>Answer</h4>\(list.html(name, without: left))"
        case .events(.object(let name, let left)):
            return "<h4>Events</h4>\(list.html(name, without: left))"
        case .json(let type), .events(let type): return "<h4>Answer</h4><p>\(type.word)</p>"
        case .bytes(let types, let maximum): return "<h4>Answer</h4>\(Self.file(types, maximum))"
        case .page(let type): return "<h4>Answer</h4><p>\(type)</p>"
        }
    }

    /// What there is to say of an answer's status and of how long it holds.
    private var statuses: HTML {
        var parts: [HTML] = []
        if self.operation.saysCreated {
            let text = HTML.inline("201 where it was not there before, 200 where it was.")
            parts.append("<p class=\"facts\">\(text)</p>")
        }
        if let cache = self.operation.cache {
            let client =
                cache.clientSeconds > 0
                ? "Good for \(cache.clientSeconds.grouped) s without asking again." : "To be asked for again each time."
            let keys = cache.keys.map { "`\($0)`" }.joined(separator: ", ")
            let shared =
                cache.sharedSeconds > 0
                ? " Caches in front may keep it for \(cache.sharedSeconds.grouped) s, by \(keys)." : ""
            parts.append("<p class=\"facts\"><a href=\"#caches\">Caches</a> \(HTML.inline(client + shared))</p>")
        }
        return HTML(parts)
    }

    private var problems: HTML {
        let own = self.operation.problems.filter { !self.common.contains($0) }
        guard !own.isEmpty else { return "" }
        return """
            <h4>Problems</h4>\(ProblemTable.html(own))
            <p class="more">And <a href="#problems-of-all">those of every operation</a>.</p>
            """
    }

    private var answerExample: HTML {
        switch self.operation.answer {
        case .json(let type):
            CodeBlock.html("Answer", kind: "json", self.examples.value(type, .answer).text(columns: CodeBlock.columns))
        case .events(let type):
            CodeBlock.html("Events", kind: "text", self.examples.events(type).trimmedEnd)
        case .bytes, .page: ""
        }
    }
}

/// Shows kinds of problems.
enum ProblemTable {
    static func html(_ problems: [APIProblem]) -> HTML {
        let rows = problems.map { problem -> HTML in
            """
            <tr><td>\(problem.status)</td><td><code>\(problem.type)</code></td><td>\(HTML.inline(problem.text))</td></tr>
            """
        }
        return """
            <table class="problems"><thead><tr><th scope="col">Status</th><th scope="col">Type</th>\
            <th scope="col">When</th></tr></thead><tbody>\(rows)</tbody></table>
            """
    }
}

extension String {
    fileprivate var trimmedEnd: String {
        var text = self
        while text.last?.isNewline == true { text.removeLast() }
        return text
    }
}
