internal import Postgres

/// The names by which caches in front keep answers, as the gateway writes them: `brand-…/product/ABC1234`.
enum SurrogateKeys {
    /// The key of a product and its fitments.
    static func product(_ sku: String, of brand: PostgresUUID) -> String {
        "brand-\(brand)/product/\(Self.encoded(sku))"
    }

    /// What is neither letter, digit, `-`, `.`, `_` nor `~` is percent-encoded (RFC 3986, 2.1): a space would part keys.
    private static func encoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
