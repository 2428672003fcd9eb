import SwiftProtobufPluginLibrary

/// What things of proto files are called in the REST API.
enum APINaming {
    /// A package without what all of them have in common: `driveline.inventory.v1` gives `inventory`, and version 2 of it
    /// `inventory.v2`.
    static func package(_ package: String) -> String {
        var names = package.split(separator: ".")
        if names.count > 1, names.first == "driveline" { names.removeFirst() }
        if names.count > 1, names.last == "v1" { names.removeLast() }
        return names.joined(separator: ".")
    }

    /// The name of a message or enum: `driveline.inventory.v1.Location` gives `inventory.Location`.
    static func type(_ fullName: String, in package: String) -> String {
        let name = fullName.hasPrefix(package + ".") ? fullName.dropFirst(package.count + 1) : fullName[...]
        let prefix = self.package(package)
        return prefix.isEmpty ? String(name) : "\(prefix).\(name)"
    }

    /// The name of a field as protoc has it for JSON.
    static func field(_ field: FieldDescriptor) -> String { field.jsonName ?? field.name }

    /// The name of an enum's value: lower case, without the enum's name.
    static func value(_ value: String, of enumeration: String) -> String {
        let prefix = SwiftNaming.words(enumeration).joined(separator: "_") + "_"
        let name = value.lowercased()
        return name.hasPrefix(prefix) && name.count > prefix.count ? String(name.dropFirst(prefix.count)) : name
    }

    /// A name in words: `GetStock` gives `Get stock`.
    static func title(_ name: String) -> String {
        let words = SwiftNaming.words(name).map { $0 == "sku" || $0 == "api" ? $0.uppercased() : $0 }
        let title = words.joined(separator: " ")
        return title.prefix(1).uppercased() + title.dropFirst()
    }

    /// A comment as text for readers of the API: lines of one paragraph joined, and names between grave accents as JSON
    /// has them.
    static func text(_ comment: String?) -> String {
        guard let comment else { return "" }
        let paragraphs = comment.split(separator: "\n", omittingEmptySubsequences: false)
            .split(whereSeparator: { $0.allSatisfy(\.isWhitespace) })
            .map { $0.map { $0.trimmingPrefix(while: \.isWhitespace) }.joined(separator: " ") }
        let text = paragraphs.joined(separator: "\n\n")
        return text.split(separator: "`", omittingEmptySubsequences: false).enumerated().map { index, part in
            // Every second part stands between two accents.
            index.isMultiple(of: 2) ? String(part) : self.code(part)
        }.joined(separator: "`")
    }

    private static func code(_ text: Substring) -> String {
        let isName = text.allSatisfy { $0 == "_" || $0 == "." || $0.isLowercase || $0.isNumber }
        return isName ? text.split(separator: ".").map { self.lowerCamel($0) }.joined(separator: ".") : String(text)
    }

    private static func lowerCamel(_ name: Substring) -> String {
        let words = name.split(separator: "_")
        guard let first = words.first else { return String(name) }
        return words.dropFirst().reduce(String(first)) { $0 + $1.prefix(1).uppercased() + $1.dropFirst() }
    }
}
