import Foundation
import SwiftProtobufPluginLibrary
import Testing

@testable import DrivelineGenerator

/// Compares what is generated with files that people have read. `UPDATE_GOLDEN=1 swift test` rewrites them.
@Suite("Golden files")
struct GoldenTests {
    private static let folder = URL(filePath: #filePath).appending(path: "../Golden").standardized

    @Test(
        "a proto file gives exactly the Swift that was read and found good",
        arguments: ["messages", "services", "imports"])
    func matches(_ name: String) throws {
        let names = name == "imports" ? ["messages", "imports"] : [name]
        var files: [String: String] = [:]
        for name in names {
            let proto = Self.folder.appending(path: "\(name).proto")
            files["golden/\(name)/v1/\(name).proto"] = try String(contentsOf: proto, encoding: .utf8)
        }
        let response = try ProtoCompiler(files: files).generate(parameter: "messages=M,api=A")
        #expect(response.error.isEmpty, "\(response.error)")
        let made = response.file.filter {
            $0.name.hasSuffix("/\(name).pb.swift") || $0.name.hasSuffix("/\(name).api.swift")
        }
        #expect(!made.isEmpty)
        for file in made { try Self.compare(file.content, with: URL(filePath: file.name).lastPathComponent) }
    }

    @Test("a proto file gives exactly the OpenAPI document and the reference page that were read and found good")
    func documents() throws {
        let proto = try String(contentsOf: Self.folder.appending(path: "api.proto"), encoding: .utf8)
        let response = try ProtoCompiler(files: ["golden/api/v1/api.proto": proto]).generate(parameter: "documents=D")
        #expect(response.error.isEmpty, "\(response.error)")
        let made = response.file.filter { $0.name.hasPrefix("D/") }
        #expect(made.map(\.name) == ["D/openapi.json", "D/reference.html"])
        for file in made { try Self.compare(file.content, with: "api.\(URL(filePath: file.name).lastPathComponent)") }
    }

    private static func compare(_ text: String, with name: String) throws {
        let golden = self.folder.appending(path: name)
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
            try text.write(to: golden, atomically: true, encoding: .utf8)
        }
        let expected = try String(contentsOf: golden, encoding: .utf8)
        let (lines, wanted) = (text.split(separator: "\n"), expected.split(separator: "\n"))
        let difference = zip(lines, wanted).enumerated().first { $1.0 != $1.1 }
        #expect(
            text == expected,
            "\(name) differs, first in line \(difference.map { "\($0.offset + 1): \($0.element.0)" } ?? "of one only")")
    }

    @Test("files go where the parameters say, and everything that belongs to a module is there")
    func paths() throws {
        let proto = try String(contentsOf: Self.folder.appending(path: "services.proto"), encoding: .utf8)
        let compiler = ProtoCompiler(files: ["golden/services/v1/services.proto": proto])
        let names = try compiler.generate(parameter: "messages=M,api=A").file.map(\.name)
        #expect(
            names == [
                "M/GoldenServicesMessages/services.pb.swift", "A/GoldenServicesAPI/services.api.swift",
                "M/CGoldenServicesMessages/goldenservices_descriptors.c",
                "M/CGoldenServicesMessages/include/goldenservices_descriptors.h",
                "M/GoldenServicesMessages/descriptors.pb.swift",
            ])
    }

    @Test("the scopes of all methods are listed once, in order, where a folder is named for them")
    func scopes() throws {
        let compiler = ProtoCompiler(
            """
            message Nothing {}
            service Things {
              rpc Write(Nothing) returns (Nothing) { option (driveline.scope) = "things:write"; }
              rpc Read(Nothing) returns (Nothing) { option (driveline.scope) = "things:read"; }
              rpc ReadAgain(Nothing) returns (Nothing) { option (driveline.scope) = "things:read"; }
              rpc Greet(Nothing) returns (Nothing) {}
            }
            """)
        let made = try compiler.generate(parameter: "messages=M,api=A,scopes=S").file
        let file = try #require(made.first { $0.name == "S/scopes.api.swift" })
        #expect(file.content.contains("all: [String] = [\"things:read\", \"things:write\"]"))
    }

    @Test("the same files give the same text")
    func isDeterministic() throws {
        let proto = try String(contentsOf: Self.folder.appending(path: "messages.proto"), encoding: .utf8)
        let compiler = ProtoCompiler(files: ["golden/messages/v1/messages.proto": proto])
        #expect(try compiler.generate() == compiler.generate())
    }
}
