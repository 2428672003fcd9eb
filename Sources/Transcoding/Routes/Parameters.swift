internal import ProtobufC

/// A value that a path or a query gives to a field.
struct Parameter {
    /// The fields that lead to the one that is given.
    var fields: [Int]
    /// The text; `nil` where it is not percent-encoded text.
    var text: [UInt8]?
    var source: FieldFault.Source
}

/// Reads the query of a URL.
struct QueryReader: ~Escapable {
    private let query: RawSpan
    private let tables: Tables
    private let route: Route
    private let request: MessageEntry
    private(set) var parameters: [Parameter] = []
    private(set) var faults: [FieldFault] = []

    @_lifetime(copy query)
    init(_ query: RawSpan, _ route: Route, _ schema: Schema) {
        self.query = query
        self.tables = schema.tables
        self.route = route
        self.request = schema.entry(route.method.request)
    }

    /// Reads `name=value` pairs joined by `&`.
    mutating func read() {
        var start = 0
        var count = 0
        for position in 0...self.query.byteCount {
            guard position == self.query.byteCount || self.query.byte(at: position) == UInt8(ascii: "&") else {
                continue
            }
            if start < position {
                count += 1
                guard count <= TranscodingLimits.maximumQueryParameters,
                    self.faults.count < TranscodingError.maximumFields
                else { return self.reportTooMany() }
                self.pair(start..<position)
            }
            start = position + 1
        }
    }

    private mutating func reportTooMany() {
        guard self.faults.count < TranscodingError.maximumFields else { return }
        let limit = TranscodingLimits.maximumQueryParameters
        self.report("", Fault(reason: "has more than \(limit) parameters", expected: "at most \(limit)"))
    }

    private mutating func report(_ name: String, _ fault: Fault) {
        self.faults.append(
            FieldFault(source: .query, pointer: "", field: name, reason: fault.reason, expected: fault.expected))
    }

    private mutating func pair(_ range: Range<Int>) {
        let equals = range.first { self.query.byte(at: $0) == UInt8(ascii: "=") } ?? range.upperBound
        // No field has a name that long, whatever it stands for.
        let nameRange = range.lowerBound..<min(equals, range.lowerBound + TranscodingError.maximumNameBytes)
        guard let bytes = percentDecoded(self.query, nameRange, plusIsSpace: true) else {
            return self.report(
                "", Fault(reason: "has a name that is not percent-encoded UTF-8", expected: self.expectedNames))
        }
        let name = String(decoding: bytes, as: UTF8.self) + (nameRange.upperBound < equals ? "…" : "")
        guard let fields = self.tables.fields(jsonPath: name, of: self.request), let last = fields.last,
            self.isOpen(fields), self.tables.isParameter(last)
        else {
            // Who pushes something adds what it likes to the address that it was given.
            guard self.route.authentication == .key else { return }
            let nearest = Naming.nearest(to: name, among: self.names)
            let hint = nearest.map { "; did you mean \($0)?" } ?? ""
            return self.report(name, Fault(reason: "is not known" + hint, expected: nearest ?? self.expectedNames))
        }
        let value = min(equals + 1, range.upperBound)..<range.upperBound
        self.parameters.append(
            Parameter(
                fields: fields, text: percentDecoded(self.query, value, plusIsSpace: true), source: .query))
    }

    /// Whether the query may fill a field: its route says so, and neither path nor body fill it.
    private func isOpen(_ fields: [Int]) -> Bool {
        self.route.queryFields.contains { fields.starts(with: $0) }
            && !self.route.parameters.contains { fields.starts(with: $0) } && fields.first != self.route.bodyField
    }

    /// The names of the parameters that stand for one field of the request.
    private var names: [String] {
        self.route.queryFields.filter { fields in
            self.isOpen(fields) && fields.last.map { self.tables.isParameter($0) } == true
        }.map { self.tables.name($0) }
    }

    private var expectedNames: String {
        self.names.isEmpty ? "no parameter" : "one of " + self.names.joined(separator: ", ")
    }
}

/// Writes the fields that path and query give, as wire bytes.
struct ParameterWriter {
    let writer: ValueWriter
    var faults: [FieldFault]

    private var tables: Tables { self.writer.schema.tables }

    /// Writes the parameters of a message, all of which have led to it by their first `level` fields.
    mutating func write(
        _ parameters: [Parameter], level: Int, of message: MessageEntry, _ state: inout MessageState
    ) {
        var order: [Int] = []
        var groups: [Int: [Parameter]] = [:]
        for parameter in parameters {
            let field = parameter.fields[level]
            if groups[field] == nil { order.append(field) }
            groups[field, default: []].append(parameter)
        }
        for field in order {
            self.write(groups[field] ?? [], level: level, field, message, &state)
        }
    }

    private mutating func write(
        _ group: [Parameter], level: Int, _ field: Int, _ message: MessageEntry, _ state: inout MessageState
    ) {
        guard let first = group.first else { return }
        let entry = self.tables.fields[field]
        let place = field - Int(message.firstField)
        state.seen.insert(place)
        state.bound.insert(place)
        if entry.oneof >= 0, !state.oneofs.insert(Int(entry.oneof)) {
            return self.report(
                first, Fault(reason: "is given beside another choice", expected: "only one of the two"))
        }
        if first.fields.count > level + 1 {
            let nested = self.tables.messages[Int(entry.type)]
            let begin = self.writer.beginContent(ValuePlace(entry))
            var inner = MessageState()
            self.write(group, level: level + 1, of: nested, &inner)
            self.reportAbsences(nested, inner, Array(first.fields[...level]), first.source)
            self.writer.output.endLengthDelimited(begin)
            state.present.insert(place)
        } else if entry.isRepeated {
            self.writeList(group, entry)
            state.present.insert(place)
        } else if group.count > 1 {
            self.report(first, Fault(reason: "is given \(group.count) times", expected: "one value"))
            state.present.insert(place)
        } else if self.write(first, entry, ValuePlace(entry)) {
            state.present.insert(place)
        }
    }

    private mutating func writeList(_ group: [Parameter], _ entry: FieldEntry) {
        let output = self.writer.output
        var begin = 0
        if entry.shape == .packedList {
            output.append(varint: UInt64(entry.tag))
            begin = output.beginLengthDelimited()
        }
        for parameter in group { _ = self.write(parameter, entry, ValuePlace(element: entry)) }
        if entry.shape == .packedList { output.endLengthDelimited(begin) }
        guard entry.rules >= 0, let first = group.first,
            let fault = Faults.count(group.count, self.tables.rules[Int(entry.rules)])
        else { return }
        self.report(first, fault)
    }

    /// - Returns: Whether there is a value; one that was refused counts.
    private mutating func write(_ parameter: Parameter, _ entry: FieldEntry, _ place: ValuePlace) -> Bool {
        guard let text = parameter.text else {
            self.report(
                parameter, Fault(reason: "is not percent-encoded UTF-8", expected: self.writer.expectation(entry)))
            return true
        }
        switch self.writer.write(parameter: text.span.bytes, entry, place) {
        case .written: return true
        case .empty: return false
        case .refused(let fault):
            self.report(parameter, fault)
            return true
        }
    }

    private mutating func report(_ parameter: Parameter, _ fault: Fault) {
        self.report(self.tables.name(parameter.fields), parameter.source, fault)
    }

    private mutating func report(_ name: String, _ source: FieldFault.Source, _ fault: Fault, pointer: String = "") {
        guard self.faults.count < TranscodingError.maximumFields else { return }
        self.faults.append(
            FieldFault(source: source, pointer: pointer, field: name, reason: fault.reason, expected: fault.expected))
    }

    private mutating func reportAbsences(
        _ message: MessageEntry, _ state: MessageState, _ path: [Int], _ source: FieldFault.Source
    ) {
        for (field, fault) in self.tables.absences(of: message, state) {
            self.report(self.tables.name(path + [field]), source, fault)
        }
    }

    /// Notes which fields of the request are wrong by being absent, and who should have given them.
    mutating func reportAbsences(_ message: MessageEntry, _ state: MessageState, _ route: Route) {
        for (field, fault) in self.tables.absences(of: message, state) {
            let name = self.tables.name(field)
            if route.parameters.contains([field]) {
                self.report(name, .path, fault)
            } else if route.body == .message {
                self.report(name, .body, fault, pointer: "/" + name)
            } else {
                self.report(name, field == route.bodyField ? .body : .query, fault)
            }
        }
    }
}

extension Tables {
    /// The fields that are wrong by being absent.
    func absences(of message: MessageEntry, _ state: MessageState) -> [(field: Int, fault: Fault)] {
        guard message.hasAbsences else { return [] }
        return message.fields.compactMap { field in
            let entry = self.fields[field]
            guard entry.absence >= 0, !state.present.contains(field - Int(message.firstField)) else { return nil }
            return (field, self.absences[Int(entry.absence)])
        }
    }
}
