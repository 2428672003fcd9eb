/// Why a load test could not be run, beside a call that failed.
public struct LoadTestError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of error.
    public enum Code: Sendable, Hashable {
        /// The stock for the test could not be put there.
        case preparation
    }

    /// The kind of error.
    public var code: Code
    /// What happened, and what to do about it.
    public var description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
