/// A proto enum as a Swift enum. Conformances are generated.
///
/// Numbers that this version of the schema has no case for are kept as `unrecognized`, so that a message passes
/// through unharmed. Such a value is made by `init(rawValue:)` only: an `unrecognized` with the number of a case
/// would be another value than that case.
public protocol MessageEnum: RawRepresentable<Int32>, Hashable, Sendable {
    /// The value with a number; every number has one.
    init(rawValue: Int32)
}
