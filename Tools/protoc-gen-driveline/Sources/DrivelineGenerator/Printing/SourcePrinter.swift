/// Collects lines of source, indented by four spaces a level.
struct SourcePrinter {
    /// The widest line that the project's style allows.
    static let maximumColumns = 120

    private var lines: [String] = []
    private var depth = 0

    /// The source, with a line feed at its end.
    var text: String { self.lines.joined(separator: "\n") + "\n" }

    /// Adds text of one or more lines at the present depth.
    mutating func print(_ text: String) {
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            self.lines.append(line.isEmpty ? "" : String(repeating: "    ", count: self.depth) + line)
        }
    }

    /// Adds an empty line, unless there is one already, or a block has just begun.
    mutating func separate() {
        guard let last = self.lines.last, !last.isEmpty, !last.hasSuffix("{"), !last.hasSuffix(" in") else { return }
        self.lines.append("")
    }

    /// Adds a block between braces, a level deeper than its header.
    mutating func block(_ header: String, _ body: (inout SourcePrinter) -> Void) {
        self.print(header + " {")
        self.depth += 1
        body(&self)
        self.depth -= 1
        self.print("}")
    }

    /// Adds a block of one statement: on one line where it fits.
    mutating func shortBlock(_ header: String, _ statement: String) {
        let line = "\(header) { \(statement) }"
        if self.depth * 4 + line.count <= Self.maximumColumns, !line.contains("\n") { return self.print(line) }
        self.block(header) { $0.print(statement) }
    }

    /// Adds what a body prints a level deeper.
    mutating func indented(_ body: (inout SourcePrinter) -> Void) {
        self.depth += 1
        body(&self)
        self.depth -= 1
    }

    /// Adds a call or declaration: on one line where it fits, otherwise an argument a line.
    ///
    /// - Parameters:
    ///   - opening: What stands in front of the arguments, with its parenthesis.
    ///   - closing: What stands behind them, with its parenthesis.
    mutating func list(_ opening: String, _ arguments: [String], _ closing: String) {
        let line = opening + arguments.joined(separator: ", ") + closing
        if self.depth * 4 + line.count <= Self.maximumColumns, !arguments.contains(where: { $0.contains("\n") }) {
            return self.print(line)
        }
        self.print(opening)
        self.depth += 1
        for (index, argument) in arguments.enumerated() {
            self.print(index + 1 < arguments.count ? argument + "," : argument)
        }
        self.depth -= 1
        self.print(closing)
    }

    /// Adds a call with a closure behind its arguments: the call on one line where it fits, otherwise an argument a line.
    mutating func list(
        _ opening: String,
        _ arguments: [String],
        closure parameters: String?,
        _ body: (inout SourcePrinter) -> Void
    ) {
        self.list(opening, arguments, ") {" + (parameters.map { " \($0) in" } ?? ""))
        self.indented(body)
        self.print("}")
    }

    /// Adds a documentation comment, wrapped to the width.
    mutating func document(_ comment: String) {
        for line in comment.split(separator: "\n", omittingEmptySubsequences: false) {
            self.documentLine(String(line))
        }
    }

    private mutating func documentLine(_ line: String) {
        let width = Self.maximumColumns - self.depth * 4 - 4
        var current = ""
        for word in line.split(separator: " ") {
            if !current.isEmpty, current.count + 1 + word.count > width {
                self.print("/// " + current)
                current = ""
            }
            current += current.isEmpty ? word : " " + word
        }
        self.print(current.isEmpty ? "///" : "/// " + current)
    }
}
