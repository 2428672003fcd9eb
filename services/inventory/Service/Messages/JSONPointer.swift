/// A place in the JSON of a request (RFC 6901).
struct JSONPointer: Hashable, Sendable, CustomStringConvertible {
    private var parts: [String] = []

    /// The whole request.
    init() {}

    /// - Parameter parts: Names, and places in lists.
    init(_ parts: String...) { self.parts = parts }

    /// The place of a field within this one.
    ///
    /// - Parameter field: As refusals name it, `lines[2].quantity`; empty: the place itself.
    func appending(field: String) -> JSONPointer {
        var pointer = self
        for name in field.split(separator: ".") {
            for (index, piece) in name.split(separator: "[").enumerated() {
                pointer.parts.append(index == 0 ? String(piece) : String(piece.prefix { $0 != "]" }))
            }
        }
        return pointer
    }

    /// `/lines/2/quantity`.
    var description: String {
        self.parts.map { "/" + $0.replacing("~", with: "~0").replacing("/", with: "~1") }.joined()
    }
}
