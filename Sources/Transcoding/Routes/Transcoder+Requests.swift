public import ProtobufC

extension Transcoder {
    /// Appends the wire bytes of a route's request message, which path, query and body make together.
    ///
    /// What the path and the query give is written first, then the body. Each field has one source: a name in the body
    /// that the path fills is refused. Of a `PATCH` whose request has a field mask that nobody gave, the mask becomes
    /// the paths that the body names, those that are null among them. Of a route that needs no key, parameters of the query
    /// that are not known are passed over.
    ///
    /// - Parameters:
    ///   - route: What ``RouteTable/match(verb:path:)`` found.
    ///   - path: What it found in the path.
    ///   - query: The query of the URL as it came, without the question mark; may be empty.
    ///   - body: The JSON of the body; empty: there is none.
    ///   - output: Where the wire bytes are appended.
    /// - Throws: ``TranscodingError`` of the code `malformedJSON`, `invalidFields` or `tooLarge`.
    public func appendWire(
        route: Route, path: PathParameters, query: RawSpan, body: RawSpan, to output: OutputBytes
    ) throws(TranscodingError) {
        let request = self.schema.entry(route.method.request)
        let begin = output.count
        var state = MessageState()
        var queryReader = QueryReader(query, route, self.schema)
        queryReader.read()
        let given = zip(route.parameters, path.values).map { fields, text in
            Parameter(fields: fields, text: text, source: .path)
        }
        let writer = ValueWriter(schema: self.schema, output: output)
        var parameters = ParameterWriter(writer: writer, faults: queryReader.faults)
        parameters.write(given + queryReader.parameters, level: 0, of: request, &state)
        do throws(TranscodingError) {
            if body.byteCount > 0 { try self.readBody(body, route, request, &state, &parameters) }
        } catch {
            output.truncate(to: begin)
            throw error
        }
        parameters.reportAbsences(request, state, route)
        guard parameters.faults.isEmpty else {
            output.truncate(to: begin)
            throw TranscodingError(parameters.faults)
        }
    }

    private func readBody(
        _ body: RawSpan, _ route: Route, _ request: MessageEntry, _ state: inout MessageState,
        _ parameters: inout ParameterWriter
    ) throws(TranscodingError) {
        guard route.body != .none else {
            parameters.faults.append(
                FieldFault(source: .body, pointer: "", field: "", reason: "is given", expected: "no body"))
            return
        }
        let writer = parameters.writer
        parameters.faults = try self.reading(body, writer.output, faults: parameters.faults) {
            (reader) throws(JSONError) in
            reader.mask = route.maskField == nil ? nil : []
            if let field = route.bodyField {
                reader.path.append(.field(field))
                reader.bodyDepth = 1
                try reader.value(of: field, request, &state)
                try reader.scanner.finish()
            } else if try reader.isObject() {
                try reader.message(request, &state)
                try reader.scanner.finish()
            }
            guard let field = route.maskField, let paths = reader.mask,
                state.seen.insert(field - Int(request.firstField))
            else { return }
            let entry = self.schema.tables.fields[field]
            _ = writer.write(mask: paths, ValuePlace(entry))
            state.present.insert(field - Int(request.firstField))
        }
    }
}
