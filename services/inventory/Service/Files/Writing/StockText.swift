internal import InventoryDomain

/// Stock as JSON text.
enum StockText {
    /// The buffers of channels as an object: `{"amazon":5}`; empty where there are none.
    static func object(_ buffers: [ChannelBuffer]) -> String {
        guard !buffers.isEmpty else { return "" }
        let members = buffers.map { "\(Self.string($0.channel.description)):\($0.quantity)" }
        return "{\(members.joined(separator: ","))}"
    }

    /// A text in quotation marks.
    static func string(_ text: String) -> String {
        var string = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\":
                string.unicodeScalars.append("\\")
                string.unicodeScalars.append(scalar)
            case "\0"..<" ":
                let digits = String(scalar.value, radix: 16)
                string += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: string.unicodeScalars.append(scalar)
            }
        }
        return string + "\""
    }
}
