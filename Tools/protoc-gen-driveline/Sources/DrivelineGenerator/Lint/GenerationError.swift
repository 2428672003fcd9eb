/// What is wrong with the proto files, all of it at once.
public struct GenerationError: Error, CustomStringConvertible {
    /// One problem.
    public struct Problem: Hashable, Sendable, CustomStringConvertible {
        /// The proto file, as it was given to protoc.
        public var file: String
        /// The full name of what is wrong.
        public var element: String
        /// What is wrong, and where it is not obvious what to do instead.
        public var reason: String

        /// File, element and reason, as protoc shows them.
        public var description: String { "\(self.file): \(self.element): \(self.reason)" }
    }

    /// The problems in the order of the files.
    public var problems: [Problem]

    /// The problems, a line each.
    public var description: String { self.problems.map(\.description).joined(separator: "\n") }
}

/// Collects problems.
struct ProblemList {
    private(set) var problems: [GenerationError.Problem] = []

    mutating func add(_ file: String, _ element: String, _ reason: String) {
        self.problems.append(GenerationError.Problem(file: file, element: element, reason: reason))
    }

    /// Throws what was collected, if anything was.
    func throwIfAny() throws(GenerationError) {
        guard self.problems.isEmpty else { throw GenerationError(problems: self.problems) }
    }
}
