/// What an API key looks like, for those that give keys out and those that are shown them.
///
/// ```text
/// dl_live_ 0AbC…(22) 7fGh…(43) 1kLmNo
/// prefix   id        secret    checksum
/// ```
///
/// Id, secret and checksum are numbers in base 62, of fixed width. The prefix and the checksum let scanners for leaked
/// secrets recognise a key with certainty, and what is no key is refused without asking anybody.
public enum KeyFormat {
    /// What every key begins with.
    public static let prefix = "dl_live_"
    /// The bytes of a key's id.
    public static let idBytes = 16
    /// The random bytes of a key.
    public static let secretBytes = 32
    /// The characters of a key.
    public static let length = prefix.utf8.count + idDigits + secretDigits + checksumDigits

    static let idDigits = 22
    static let secretDigits = 43
    static let checksumDigits = 6

    /// What is wrong with a text that is no key.
    public enum Fault: Error, Hashable, Sendable {
        /// It does not begin with the prefix, is too long or too short, or has characters that no key has.
        case notAKey
        /// It is mistyped.
        case wrongChecksum
    }

    /// Reads a key's text. Costs a few microseconds, and no more for a text that is too long.
    ///
    /// - Returns: The bytes of id and secret.
    public static func read(_ text: String) throws(Fault) -> (id: [UInt8], secret: [UInt8]) {
        let bytes = Array(text.utf8.prefix(self.length + 1))
        guard bytes.count == self.length, bytes.starts(with: self.prefix.utf8) else { throw .notAKey }
        let body = bytes.dropLast(self.checksumDigits)
        let digits = body.dropFirst(self.prefix.utf8.count)
        guard let id = Base62.decode(digits.prefix(self.idDigits), count: self.idBytes),
            let secret = Base62.decode(digits.dropFirst(self.idDigits), count: self.secretBytes),
            let checksum = Base62.decode(bytes.suffix(self.checksumDigits), count: 4)
        else { throw .notAKey }
        guard checksum == self.checksum(of: body) else { throw .wrongChecksum }
        return (id, secret)
    }

    /// Whether a text can be a key: whether one was ever given out with it, only identity knows.
    public static func isWellFormed(_ text: String) -> Bool { (try? self.read(text)) != nil }

    /// The text of a key.
    ///
    /// - Parameters:
    ///   - id: ``idBytes`` bytes.
    ///   - secret: ``secretBytes`` bytes.
    public static func text(id: [UInt8], secret: [UInt8]) -> String {
        let body = Array(self.publicPart(id: id).utf8) + Base62.encode(secret, digits: self.secretDigits)
        let checksum = Base62.encode(self.checksum(of: body), digits: self.checksumDigits)
        return String(decoding: body + checksum, as: UTF8.self)
    }

    /// The beginning of a key's text, by which its holder recognises it in a list: prefix and id, nothing secret.
    public static func publicPart(id: [UInt8]) -> String {
        self.prefix + String(decoding: Base62.encode(id, digits: self.idDigits), as: UTF8.self)
    }

    private static func checksum(of body: some Sequence<UInt8>) -> [UInt8] {
        withUnsafeBytes(of: CRC32.checksum(body).bigEndian) { Array($0) }
    }
}
