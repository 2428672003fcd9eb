import SwiftProtobuf
import SwiftProtobufPluginLibrary

/// Writes the scopes that the methods of all files name: `scopes.api.swift`.
///
/// Whoever hands out scopes, or shows which there are, goes by this list: a scope exists because a method asks for it.
struct ScopesFile {
    /// The name of the file in its folder.
    static let name = "scopes.api.swift"

    private let scopes: [String]

    init(_ files: [FileDescriptor]) {
        let methods = files.flatMap(\.services).flatMap(\.methods)
        self.scopes = Set(methods.map(\.options.Driveline_scope)).subtracting([""]).sorted()
    }

    /// The source.
    var text: String {
        var printer = SourcePrinter()
        printer.print(generatedNotice("the scopes of all proto files"))
        printer.separate()
        printer.print("/// The scopes that methods ask their callers for.")
        printer.block("public enum Scopes") { printer in
            printer.print("/// All of them, in alphabetical order.")
            printer.list("public static let all: [String] = [", self.scopes.map(Literal.string), "]")
        }
        return printer.text
    }
}
