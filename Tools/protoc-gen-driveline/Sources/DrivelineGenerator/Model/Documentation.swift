import SwiftProtobuf
import SwiftProtobufPluginLibrary

extension ProvidesSourceCodeLocation {
    /// The comment in front of a declaration, or behind it.
    var comment: String? {
        guard let location = self.sourceCodeInfoLocation else { return nil }
        let comment = location.leadingComments.isEmpty ? location.trailingComments : location.leadingComments
        var lines = comment.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            String(line.hasPrefix(" ") ? line.dropFirst() : line)
        }
        while lines.last?.allSatisfy(\.isWhitespace) == true { lines.removeLast() }
        return lines.isEmpty ? nil : lines.joined(separator: "\n")
    }

    /// The comment; where there is none, the name says at least what the declaration stands for.
    func documentation(orName name: String) -> String { self.comment ?? "`\(name)`" }
}
