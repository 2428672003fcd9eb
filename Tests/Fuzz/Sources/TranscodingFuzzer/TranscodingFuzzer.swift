internal import FuzzInput
internal import ProtobufC
internal import SampleMessages
internal import Transcoding

/// What all runs share; one run is over before the next begins.
private struct Fixture {
    var transcoder: Transcoder
    var routes: RouteTable

    init?() {
        guard let schema = try? Schema([SampleDescriptors.fileDescriptorSet]), let routes = try? RouteTable(schema)
        else { return nil }
        self.transcoder = Transcoder(schema)
        self.routes = routes
    }
}

private let fixture = Fixture()

/// JSON is refused, or becomes a message that protobuf-c reads and that is the same after JSON.
private func readJSON<M: Message>(_: M.Type, _ bytes: [UInt8], _ fixture: Fixture) {
    guard let type = fixture.transcoder.schema.message(M.fullName) else { return require(false, "no \(M.fullName)") }
    let wire: [UInt8]
    do throws(TranscodingError) {
        wire = try fixture.transcoder.wire(json: bytes, of: type)
    } catch {
        require(!error.message.isEmpty && error.fields.count <= TranscodingError.maximumFields, "\(error)")
        require(error.code != .malformedMessage, "\(error)")
        return
    }
    require((try? M(decoding: wire)) != nil, "protobuf-c does not read what was written")
    guard let json = try? fixture.transcoder.json(wire: wire, of: type) else {
        return require(false, "what was written has no JSON")
    }
    guard let again = try? fixture.transcoder.wire(json: json, of: type) else {
        return require(false, "the JSON of a message is refused")
    }
    require((try? fixture.transcoder.json(wire: again, of: type)) == json, "the message changes by JSON")
}

/// Wire bytes are refused, or become JSON that is read again, unless an enum's value has no name.
private func writeJSON<M: Message>(_: M.Type, _ wire: [UInt8], _ fixture: Fixture) {
    guard let type = fixture.transcoder.schema.message(M.fullName),
        let json = try? fixture.transcoder.json(wire: wire, of: type)
    else { return }
    do throws(TranscodingError) {
        let again = try fixture.transcoder.wire(json: json, of: type)
        // A key that stands twice in one entry may do so in another order then; everything else is as it was.
        require((try? fixture.transcoder.json(wire: again, of: type)) == json, "the message changes by JSON")
    } catch {
        require(error.code == .invalidFields, "the JSON of a message is malformed: \(error)")
        for field in error.fields {
            require(field.expected.hasPrefix("one of ") || field.reason == "holds U+0000", "\(field)")
        }
    }
}

/// Path, query and body, separated by line feeds, are a request or refused.
private func request(_ verb: String, _ bytes: [UInt8], _ fixture: Fixture) {
    let parts = bytes.split(separator: 0x0A, maxSplits: 2, omittingEmptySubsequences: false).map(Array.init)
    let (target, query, body) = (parts[0], parts.count > 1 ? parts[1] : [], parts.count > 2 ? parts[2] : [])
    guard case .found(let route, let path) = fixture.routes.match(verb: verb, path: target.span.bytes) else { return }
    let output = OutputBytes()
    do throws(TranscodingError) {
        try fixture.transcoder.appendWire(
            route: route, path: path, query: query.span.bytes, body: body.span.bytes, to: output)
    } catch {
        require(output.count == 0, "an error leaves bytes behind")
        return
    }
    let json = OutputBytes()
    let written: Void? = output.withSpan { wire in
        try? fixture.transcoder.appendJSON(wire: wire, of: route.method.request, to: json)
    }
    require(written != nil, "what was written has no JSON")
}

/// Any bytes at all are a message, JSON, or an error.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTranscoding(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 0, let fixture else { return 0 }
    let bytes = Array(UnsafeBufferPointer(start: start + 1, count: count - 1))
    switch start[0] % 16 {
    case 0: readJSON(Scalars.self, bytes, fixture)
    case 1: readJSON(Lists.self, bytes, fixture)
    case 2: readJSON(Maps.self, bytes, fixture)
    case 3: readJSON(Choices.self, bytes, fixture)
    case 4: readJSON(Nesting.self, bytes, fixture)
    case 5: readJSON(Ruled.self, bytes, fixture)
    case 6: readJSON(Part.self, bytes, fixture)
    case 7: writeJSON(Scalars.self, bytes, fixture)
    case 8: writeJSON(Lists.self, bytes, fixture)
    case 9: writeJSON(Maps.self, bytes, fixture)
    case 10: writeJSON(Choices.self, bytes, fixture)
    case 11: writeJSON(Nesting.self, bytes, fixture)
    case 12: request("GET", bytes, fixture)
    case 13: request("POST", bytes, fixture)
    case 14: request("PUT", bytes, fixture)
    default: request("PATCH", bytes, fixture)
    }
    return 0
}
