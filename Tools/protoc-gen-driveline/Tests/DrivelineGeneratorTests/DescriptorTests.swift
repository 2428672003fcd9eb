import Foundation
import SwiftProtobuf
import SwiftProtobufPluginLibrary
import Testing

@testable import DrivelineGenerator

@Suite("Descriptors")
struct DescriptorTests {
    private static let body = """
        import "google/protobuf/duration.proto";
        message Item {
          string sku = 1 [(driveline.field) = { required: true }];
          repeated string tags = 2;
          map<string, Item2> parts = 3;
          double ratio = 4;
          repeated double ratios = 5;
          oneof choice { float share = 6; string text = 7; }
          repeated int32 loose = 8 [packed = false];
        }
        message Item2 { google.protobuf.Duration wait = 1; }
        enum Kind { option allow_alias = true; KIND_NONE = 0; KIND_ZERO = 0 [(driveline.http_status) = 200]; }
        service Items { rpc Get(Item) returns (Item) { option (driveline.scope) = "a:b"; } }
        """

    private static func rewritten() throws -> Google_Protobuf_FileDescriptorSet {
        rewrittenForProtobufC(try ProtoCompiler(self.body).descriptors())
    }

    @Test("no text, service, option or import of options is left")
    func rewritesAll() throws {
        let set = try Self.rewritten()
        #expect(set.file.map(\.name) == ["google/protobuf/duration.proto", "test/v1/test.proto"])
        let file = try #require(set.file.last)
        #expect(file.dependency == ["google/protobuf/duration.proto"])
        #expect(file.service.isEmpty && !file.hasOptions && !file.hasSourceCodeInfo)
        let item = try #require(file.messageType.first)
        let fields = item.field + item.nestedType.flatMap(\.field)
        #expect(!fields.contains { $0.type == .string })
        #expect(fields.filter(\.hasOptions).map(\.name) == ["loose"])
        #expect(file.enumType.first?.value.contains(where: \.hasOptions) == false)
    }

    @Test("what protobuf-c would leave out is the only member of a oneof")
    func marksPresence() throws {
        let item = try #require(try Self.rewritten().file.last?.messageType.first)
        let entry = try #require(item.nestedType.first)
        #expect(!entry.options.mapEntry)
        #expect(entry.oneofDecl.map(\.name) == ["key_presence", "value_presence"])
        #expect(entry.field.map(\.oneofIndex) == [0, 1])
        #expect(item.oneofDecl.map(\.name) == ["choice", "ratio_presence"])
        let marked = item.field.filter(\.hasOneofIndex)
        #expect(marked.map(\.name) == ["ratio", "share", "text"])
        #expect(marked.map(\.oneofIndex) == [1, 0, 0])
    }

    @Test("protobuf-c's compiler takes the rewritten descriptors")
    func compiles() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "driveline-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let data: Data = try Self.rewritten().serializedBytes()
        try data.write(to: folder.appending(path: "set.pb"))
        try ProtoCompiler.protoc([
            "--descriptor_set_in=\(folder.path)/set.pb", "--c_out=\(folder.path)", "test/v1/test.proto",
        ])
        let header = try String(contentsOf: folder.appending(path: "test/v1/test.pb-c.h"), encoding: .utf8)
        #expect(header.contains("ProtobufCBinaryData sku;") && !header.contains("char *"))
    }

    @Test("the descriptors in C are those of the files with all imports, imports first, without comments")
    func embeds() throws {
        let response = try ProtoCompiler(Self.body).generate()
        #expect(response.error.isEmpty, "\(response.error)")
        let source = try #require(response.file.first { $0.name.hasSuffix("test_descriptors.c") }).content
        let set = try Google_Protobuf_FileDescriptorSet(serializedBytes: Self.bytes(source))
        #expect(
            set.file.map(\.name) == [
                "google/protobuf/descriptor.proto", "driveline/options.proto", "google/protobuf/duration.proto",
                "test/v1/test.proto",
            ])
        #expect(!set.file.contains { $0.hasSourceCodeInfo })
        #expect(set.file.last?.messageType.first?.field.first?.type == .string)
        #expect(set.file.last?.service.first?.method.first?.hasOptions == true)
    }

    /// The bytes of the string literals in C source.
    private static func bytes(_ source: String) -> [UInt8] {
        var bytes: [UInt8] = []
        for line in source.split(separator: "\n") where line.hasPrefix("  \"") {
            let body = Array(line.dropFirst(3).prefix { $0 != ";" }.dropLast().utf8)
            let characters = line.hasSuffix(";") ? body : Array(line.dropFirst(3).dropLast().utf8)
            var index = 0
            while index < characters.count {
                if characters[index] != UInt8(ascii: "\\") {
                    bytes.append(characters[index])
                    index += 1
                } else if let octal = UInt8(
                    String(decoding: characters[(index + 1)...].prefix(3), as: UTF8.self), radix: 8)
                {
                    bytes.append(octal)
                    index += 4
                } else {
                    bytes.append(characters[index + 1])
                    index += 2
                }
            }
        }
        return bytes
    }

    @Test("string literals of C keep every byte apart from its neighbours")
    func literals() {
        let literals = DescriptorsFile.stringLiterals([
            0x07, UInt8(ascii: "1"), UInt8(ascii: "?"), UInt8(ascii: "\""), 0xFF,
        ])
        #expect(literals == "  \"\\0071\\077\\\"\\377\"")
        #expect(DescriptorsFile.stringLiterals([]) == "  \"\"")
    }

    @Test("method ids are the FNV-1a hashes that the wire's description shows")
    func methodIDs() {
        #expect(methodID("driveline.echo.v1.EchoService/Echo") == 0x0C6D_646B)
        #expect(Literal.hexadecimal(methodID("driveline.echo.v1.EchoService/Echo")) == "0x0C6D646B")
    }
}
