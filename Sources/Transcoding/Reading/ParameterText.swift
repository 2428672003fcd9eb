internal import ProtobufC

extension ValueWriter {
    /// A value that stands in a path, a query or a map's key: text, whatever it is on the wire.
    func write(parameter text: RawSpan, _ entry: FieldEntry, _ place: ValuePlace) -> Outcome {
        switch entry.kind {
        case .text, .bytes, .enumeration, .message:
            return self.write(text: text, entry, place)
        case .bool:
            switch String(copying: text) {
            case "true": return self.write(true, entry, place)
            case "false": return self.write(false, entry, place)
            default: return .refused(Fault(reason: "is neither true nor false", expected: "true or false"))
            }
        default:
            var scanner = JSONScanner(text)
            guard let number = try? scanner.number(), scanner.position == text.byteCount else {
                if entry.kind == .double || entry.kind == .float { return self.write(text: text, entry, place) }
                return .refused(Fault(reason: "is not a number", expected: self.expectation(entry)))
            }
            return self.write(number, in: scanner, entry, place)
        }
    }
}
