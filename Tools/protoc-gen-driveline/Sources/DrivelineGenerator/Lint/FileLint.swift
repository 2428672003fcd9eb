import SwiftProtobuf
import SwiftProtobufPluginLibrary

/// What must hold for a file as a whole.
struct FileLint {
    private let file: FileDescriptor

    init(_ file: FileDescriptor) {
        self.file = file
    }

    func check(_ problems: inout ProblemList) {
        let name = self.file.name
        if self.file.edition != .proto3 {
            problems.add(name, "syntax", "only proto3 is supported; begin the file with: syntax = \"proto3\";")
        }
        if self.file.package.isEmpty { problems.add(name, "package", "a package is needed") }
        if !self.file.extensions.isEmpty { problems.add(name, "extend", "extensions are not supported") }
        switch self.file.moduleStem {
        case nil:
            problems.add(
                name, "option", "(driveline.module) is missing; it names the Swift modules, for example \"Echo\"")
        case .some(let stem) where !Self.isTypeName(stem):
            problems.add(
                name, "option", "(driveline.module) is \"\(stem)\"; letters and digits beginning with a capital fit")
        default:
            break
        }
        if self.file.baseName == "descriptors" {
            problems.add(name, "file", "the name descriptors.proto is taken by generated code")
        }
    }

    private static func isTypeName(_ name: String) -> Bool {
        guard let first = name.first, first.isASCII, first.isUppercase else { return false }
        return name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
    }
}

/// What must hold between the files of a package, and between packages.
struct PackageLint {
    private let files: [FileDescriptor]

    init(_ files: [FileDescriptor]) {
        self.files = files
    }

    func check(_ problems: inout ProblemList) {
        var stems: [String: String] = [:]
        var packages: [String: String] = [:]
        var baseNames: [String: String] = [:]
        for file in self.files {
            guard let stem = file.moduleStem else { continue }
            if let other = stems[file.package], other != stem {
                problems.add(
                    file.name, "option",
                    "(driveline.module) is \"\(stem)\", but \"\(other)\" in another file of package \(file.package)")
            }
            stems[file.package] = stem
            if let other = packages[stem.lowercased()], other != file.package {
                problems.add(
                    file.name, "option", "(driveline.module) \"\(stem)\" is the module of package \(other) already")
            }
            packages[stem.lowercased()] = file.package
            let path = "\(stem)/\(file.baseName)"
            if let other = baseNames[path] {
                problems.add(file.name, "file", "\(other) has the same file name and the same module")
            }
            baseNames[path] = file.name
        }
    }
}

/// What a message must not be made of.
struct ShapeLint {
    private let message: Descriptor

    init(_ message: Descriptor) {
        self.message = message
    }

    func check(_ problems: inout ProblemList) {
        let file = self.message.file.name
        if let path = self.cycle() {
            problems.add(
                file, self.message.fullName,
                "the message holds itself (\(path.joined(separator: " > "))); unpacking such a message has no limit on depth"
            )
        }
        for field in self.message.fields where field.oneofIndex != nil && field.realContainingOneof == nil {
            problems.add(
                file, field.fullName,
                "optional is not supported; use a one-member oneof: oneof \(field.name)_value { … \(field.name) = \(field.number); }"
            )
        }
        for field in self.message.fields where field.type == .group {
            problems.add(file, field.fullName, "groups are not supported")
        }
    }

    /// The names of the fields that lead from the message back to itself.
    private func cycle() -> [String]? {
        var visited: Set<String> = []
        func search(_ message: Descriptor) -> [String]? {
            for field in message.fields where field.type == .message {
                guard let next = field.messageType else { continue }
                if next === self.message { return [field.name] }
                guard visited.insert(next.fullName).inserted else { continue }
                if let path = search(next) { return [field.name] + path }
            }
            return nil
        }
        return search(self.message)
    }
}
