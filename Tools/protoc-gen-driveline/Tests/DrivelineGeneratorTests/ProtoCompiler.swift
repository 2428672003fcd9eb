import Foundation
import SwiftProtobuf
import SwiftProtobufPluginLibrary
import Testing

@testable import DrivelineGenerator

/// Runs protoc over proto files that a test writes, and the generator over what comes out.
struct ProtoCompiler {
    /// What protoc refused.
    struct Refusal: Error, CustomStringConvertible {
        var description: String
    }

    /// The folder of the product's own protos, for `driveline/options.proto`.
    static let productProtos = URL(filePath: #filePath).appending(path: "../../../../../proto").standardized

    /// The beginning of a proto file that the generator accepts.
    static let header = """
        syntax = "proto3";
        package test.v1;
        import "driveline/options.proto";
        option (driveline.module) = "Test";

        """

    /// The proto files by name.
    var files: [String: String]

    /// Files with the usual beginning.
    init(_ body: String) {
        self.files = ["test/v1/test.proto": Self.header + body]
    }

    /// Files as they are.
    init(files: [String: String]) {
        self.files = files
    }

    /// Writes the files into a folder of their own and runs protoc there.
    ///
    /// - Parameters:
    ///   - options: Options beside the output's.
    ///   - output: The option that says where the output goes, without the place.
    ///   - file: The file within the output folder that the option names; empty for the folder itself.
    /// - Returns: What `body` makes of the output folder.
    func run<Result>(
        _ options: [String] = [],
        output: String,
        file: String = "",
        _ body: (URL) throws -> Result
    ) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "driveline-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, text) in self.files {
            let file = folder.appending(path: "in/\(name)")
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        let out = folder.appending(path: "out")
        try FileManager.default.createDirectory(at: out, withIntermediateDirectories: true)
        let paths = ["--proto_path=\(folder.path)/in", "--proto_path=\(Self.productProtos.path)"]
        try Self.protoc(paths + options + ["\(output)=\(out.path)/\(file)"] + self.files.keys.sorted())
        return try body(out)
    }

    static func protoc(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["protoc"] + arguments
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Refusal(description: text) }
    }

    /// The files' descriptors with all that they import.
    func descriptors() throws -> Google_Protobuf_FileDescriptorSet {
        try self.run(["--include_imports", "--include_source_info"], output: "--descriptor_set_out", file: "set.pb") {
            var extensions = SimpleExtensionMap()
            extensions.insert(contentsOf: DrivelineGenerator().customOptionExtensions)
            let data = try Data(contentsOf: $0.appending(path: "set.pb"))
            return try Google_Protobuf_FileDescriptorSet(serializedBytes: data, extensions: extensions)
        }
    }

    /// What the generator answers protoc.
    func generate(parameter: String = "") throws -> Google_Protobuf_Compiler_CodeGeneratorResponse {
        var request = Google_Protobuf_Compiler_CodeGeneratorRequest()
        request.protoFile = try self.descriptors().file
        request.fileToGenerate = self.files.keys.sorted()
        request.parameter = parameter
        return generateCode(request: request, generator: DrivelineGenerator())
    }

    /// The problems that the generator finds in some of the files, or in all.
    func problems(in names: [String]? = nil) throws -> [GenerationError.Problem] {
        let set = DescriptorSet(proto: try self.descriptors())
        do {
            try lint((names ?? self.files.keys.sorted()).compactMap { set.fileDescriptor(named: $0) })
            return []
        } catch {
            return error.problems
        }
    }
}
