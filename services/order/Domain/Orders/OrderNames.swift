internal import OrderMessages
internal import Refusals

/// How orders, and whose they are, are called.
enum OrderNames {
    /// The platform of orders that name none: the brand's own shop.
    static let directPlatform = "direct"

    /// The account on a platform, where none is named: the platform in lower case, with a hyphen for what a name cannot
    /// have; nil: nothing is left of it.
    static func connection(of platform: String) -> String? {
        var bytes: [UInt8] = []
        for byte in platform.utf8.prefix(OrderLimits.connectionBytes) {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): bytes.append(byte | 0x20)
            case _ where Self.isNameByte(byte): bytes.append(byte)
            default: bytes.append(UInt8(ascii: "-"))
            }
        }
        let name = bytes.drop { !Self.beginsName($0) }
        return name.isEmpty ? nil : String(decoding: name, as: UTF8.self)
    }

    /// Whether a text is the name of a connection: lower case, digits, and behind the first also points, underscores and
    /// hyphens.
    static func isConnection(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= OrderLimits.connectionBytes else { return false }
        return Self.beginsName(first) && text.utf8.allSatisfy(Self.isNameByte)
    }

    private static func beginsName(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        Self.beginsName(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
    }

    /// Adds what is wrong with a text by which something is found: too long, with a control character, or with a space at
    /// an end. An empty text is not looked at.
    static func check(
        _ text: String, _ field: @autoclosure () -> String, maximumBytes: Int, into faults: inout OrderFaults
    ) {
        let bytes = text.utf8
        guard let first = bytes.first, let last = bytes.last else { return }
        let problem: String? =
            if bytes.count > maximumBytes {
                "has \(bytes.count) bytes"
            } else if !bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) {
                "has a control character"
            } else if first == 0x20 || last == 0x20 {
                "has a space at its end"
            } else {
                nil
            }
        guard let problem else { return }
        faults.add(
            .invalidValue, field(), problem,
            expected: "at most \(maximumBytes) bytes without control characters or space at either end")
    }

    /// Where an order goes, for prices and stock: country and region, where the region is written as ISO 3166-2 does.
    static func region(of address: Address?) -> String {
        guard let address, !address.country.isEmpty else { return "" }
        let region = address.region.utf8
        let (letters, digits) = (UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"))
        let isCode =
            (1...8).contains(region.count) && region.allSatisfy { letters.contains($0) || digits.contains($0) }
        return isCode ? "\(address.country)-\(address.region)" : address.country
    }
}
