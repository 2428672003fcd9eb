/// A field that stands in a message within a message, such as `product.version`, for reading it in wire bytes.
///
/// Of a message that stands there twice the last counts.
public struct WirePath: Sendable, Hashable {
    private let messages: [WireField]
    private let field: WireField

    /// A path of names in the proto file, from a message on.
    ///
    /// - Parameters:
    ///   - path: One name, or several with dots between them, all but the last of which are single messages.
    ///   - kind: What the last field holds.
    /// - Returns: `nil` where the path leads to no field of that kind.
    public init?(_ path: String, _ kind: WireField.Kind, of message: MessageType, in schema: Schema) {
        let names = path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard let last = names.last, names.count <= TranscodingLimits.maximumDepth else { return nil }
        var (container, messages) = (message, [WireField]())
        for name in names.dropLast() {
            guard let (field, type) = WireField.message(name, of: container, in: schema) else { return nil }
            messages.append(field)
            container = type
        }
        guard let field = schema.field(last, kind, of: container) else { return nil }
        self.messages = messages
        self.field = field
    }

    /// The number that the field holds; `nil` where it, or a message on the way, is absent or malformed.
    public func unsigned(in wire: RawSpan) -> UInt64? {
        var range = 0..<wire.byteCount
        for message in self.messages {
            guard let place = message.places(in: wire.extracting(range))?.last else { return nil }
            range = range.lowerBound + place.lowerBound..<range.lowerBound + place.upperBound
        }
        return self.field.unsigned(in: wire.extracting(range))
    }
}
