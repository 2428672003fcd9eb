import Foundation
import SwiftProtobufPluginLibrary
import Testing

@testable import DrivelineGenerator

@Suite("Swift names")
struct SwiftNamingTests {
    @Test(
        "properties are in lower camel case, with initialisms in capitals behind the first word",
        arguments: [
            ("sku", "sku"), ("on_hand", "onHand"), ("location_id", "locationID"), ("id", "id"),
            ("location_ids", "locationIDs"),
            ("url", "url"), ("image_url", "imageURL"), ("http_status", "httpStatus"), ("raw_http_body", "rawHTTPBody"),
            ("request_uuid", "requestUUID"), ("as_json", "asJSON"), ("gtin14", "gtin14"), ("address_2", "address2"),
            ("SKUList", "skuList"), ("HTTPStatus_code", "httpStatusCode"), ("LookupInline", "lookupInline"),
            ("_lead", "lead"),
            ("URLs", "urLs"),
        ])
    func lowerCamel(_ proto: String, _ swift: String) {
        #expect(SwiftNaming.lowerCamel(proto) == swift)
    }

    @Test(
        "types and what follows set begin with a capital",
        arguments: [
            ("sku", "Sku"), ("location_id", "LocationID"), ("id", "ID"), ("choice", "Choice"),
        ])
    func upperCamel(_ proto: String, _ swift: String) {
        #expect(SwiftNaming.upperCamel(proto) == swift)
    }

    @Test(
        "cases lose the enum's name, unless a digit would come first",
        arguments: [
            ("ServingStatus", "SERVING_STATUS_NOT_SERVING", "notServing"), ("Mode", "MODE_ON", "on"),
            ("Mode", "MODE_2_SPEED", "mode2Speed"), ("Mode", "OTHER_ON", "otherOn"), ("Mode", "MODE", "mode"),
            ("HTTPVerb", "HTTP_VERB_GET", "get"), ("Reason", "REASON_INVALID_ID", "invalidID"),
        ])
    func cases(_ enumName: String, _ value: String, _ swift: String) {
        #expect(SwiftNaming.enumCase(value, of: enumName) == swift)
    }

    @Test("words of the language stand in backticks, and bare as labels")
    func keywords() {
        #expect(SwiftNaming.escaped("default") == "`default`")
        #expect(SwiftNaming.escaped("sku") == "sku")
        #expect(SwiftNaming.label("default") == "default")
        #expect(SwiftNaming.label("inout") == "`inout`")
    }
}

@Suite("Names of protobuf-c")
struct CNamingTests {
    /// Every keyword of C and C++, and names on which simpler rules go wrong.
    private static let fields = """
        and and_eq asm auto bitand bitor bool break case catch char class compl const const_cast continue default delete do
        double dynamic_cast else enum explicit extern false float for friend goto if inline int long mutable namespace new
        not not_eq operator or or_eq private protected public register reinterpret_cast return short signed sizeof static
        static_cast struct switch template this throw true try typedef typeid typename union unsigned using virtual void
        volatile wchar_t while xor xor_eq SKUList Mixed_Case x1 Value_2B _lead trail_ restrict self nullptr alignas
        """.split(whereSeparator: \.isWhitespace).map(String.init)

    private static let names = ["Item", "SKUList", "HTTPLog", "Sku2HTTPThing", "A", "ABTest", "lower", "Under_Score"]

    private static var proto: String {
        let fields = self.fields.enumerated().map { "  repeated int32 \($1) = \($0 + 1);" }.joined(separator: "\n")
        let messages = self.names.map { name in
            "message \(name) { message Inner\(name) { int32 a = 1; } oneof Choice_Of\(name) { int32 b = 1; int32 c = 2; } }"
        }
        let enums = self.names.map { "enum \($0)Kind { \($0.uppercased())_NONE = 0; }" }
        return "message Fields {\n\(fields)\n}\n" + (messages + enums).joined(separator: "\n")
    }

    /// protobuf-c's own header for the proto.
    private static func header() throws -> String {
        let compiler = ProtoCompiler(files: ["t.proto": "syntax = \"proto3\"; package My.nested_Pkg.v1;\n" + self.proto]
        )
        return try compiler.run(output: "--c_out") {
            try String(contentsOf: $0.appending(path: "t.pb-c.h"), encoding: .utf8)
        }
    }

    @Test("members of structures are named as protobuf-c names them")
    func members() throws {
        let header = try Self.header()
        for field in Self.fields {
            #expect(header.contains("  int32_t *\(CNaming.member(field));\n"), "\(field)")
            #expect(header.contains("  size_t n_\(CNaming.member(field));\n"), "\(field)")
        }
    }

    @Test("structures, functions, enums and cases are named as protobuf-c names them")
    func types() throws {
        let header = try Self.header()
        for name in Self.names {
            for full in ["My.nested_Pkg.v1.\(name)", "My.nested_Pkg.v1.\(name).Inner\(name)"] {
                #expect(header.contains("typedef struct \(CNaming.type(full)) \(CNaming.type(full));"), "\(full)")
                #expect(header.contains("void   \(CNaming.functionPrefix(full))__init\n"), "\(full)")
            }
            #expect(header.contains("} \(CNaming.type("My.nested_Pkg.v1.\(name)Kind"));"), "\(name)")
            #expect(header.contains(" \(CNaming.caseMember("Choice_Of\(name)"));\n"), "\(name)")
        }
    }
}
