/// The part of a path by which a platform's notifications find their connection: 128 random bits, so that nobody guesses one.
enum NotificationKey {
    /// A new one, in hexadecimal.
    static func make() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<2).map { _ in
            let digits = String(generator.next() as UInt64, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
