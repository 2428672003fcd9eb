import APIReference
import Foundation
import SwiftProtobufPluginLibrary
import Testing

@testable import DrivelineGenerator

@Suite("The REST API is described as the gateway understands the bindings")
struct APIBuilderTests {
    /// The API of a service `Things` with a method `Do` and a message `Request`.
    private static func api(
        _ fields: String, binding: String = "verb: \"POST\", path: \"/v1/things\", body: \"*\"", options: String = "",
        answer: String = ""
    ) throws -> APIDescription {
        let compiler = ProtoCompiler(
            """
            message Request { \(fields) }
            message Answer { bool repeated_answer = 1; uint64 version = 2; string cursor = 3; \(answer) }
            message Item { uint64 version = 1; }
            service Things {
              rpc Do(Request) returns (Answer) { option (driveline.http) = { \(binding) }; \(options) }
            }
            """)
        let set = DescriptorSet(proto: try compiler.descriptors())
        return APIBuilder([try #require(set.fileDescriptor(named: "test/v1/test.proto"))]).api
    }

    private static func field(_ declaration: String) throws -> APIField {
        try #require(try self.api(declaration).objects["test.Request"]?.fields.first)
    }

    @Test("A field is required where zero or empty, which is the same as absent, breaks its rules")
    func requiredFields() throws {
        let required = [
            "string text = 1 [(driveline.field) = { required: true }];",
            "string text = 1 [(driveline.field) = { minimum_bytes: 1 }];",
            "string text = 1 [(driveline.field) = { pattern: \"[a-z]+\" }];",
            "bytes data = 1 [(driveline.field) = { minimum_bytes: 1 }];",
            "int64 number = 1 [(driveline.field) = { minimum: 1 }];",
            "sint32 number = 1 [(driveline.field) = { maximum: -1 }];",
            "repeated string texts = 1 [(driveline.field) = { minimum_items: 2 }];",
            "Answer answer = 1 [(driveline.field) = { required: true }];",
        ]
        for declaration in required { #expect(try Self.field(declaration).isRequired, "\(declaration)") }
        let optional = [
            "string text = 1 [(driveline.field) = { maximum_bytes: 1, pattern: \"[a-z]*\" }];",
            "int64 number = 1 [(driveline.field) = { minimum: 0, maximum: 5 }];",
            "oneof number_value { int64 number = 1 [(driveline.field) = { minimum: 1 }]; }",
            "repeated string texts = 1 [(driveline.field) = { pattern: \"[a-z]+\", maximum_items: 2 }];",
            "Answer answer = 1;",
        ]
        for declaration in optional { #expect(try !Self.field(declaration).isRequired, "\(declaration)") }
    }

    @Test("An answer always has what cannot be absent")
    func presence() throws {
        for declaration in ["string text = 1;", "repeated Answer list = 1;", "map<string, int32> map = 1;"] {
            #expect(try Self.field(declaration).isAlwaysAnswered, "\(declaration)")
        }
        for declaration in ["Answer answer = 1;", "oneof one { string text = 1; }"] {
            #expect(try !Self.field(declaration).isAlwaysAnswered, "\(declaration)")
        }
    }

    @Test("Names are those of JSON, packages lose what all have in common")
    func names() {
        #expect(APINaming.package("driveline.inventory.v1") == "inventory")
        #expect(APINaming.package("driveline.inventory.v2") == "inventory.v2")
        #expect(APINaming.package("driveline") == "driveline")
        #expect(APINaming.type("driveline.a.v1.Outer.Inner", in: "driveline.a.v1") == "a.Outer.Inner")
        #expect(APINaming.value("LOCATION_KIND_THIRD_PARTY", of: "LocationKind") == "third_party")
        #expect(APINaming.value("HTTP_STATUS_OK", of: "HTTPStatus") == "ok")
        #expect(APINaming.value("OTHER", of: "LocationKind") == "other")
        #expect(APINaming.title("GetHTTPStatus") == "Get http status")
    }

    @Test("Comments become text: lines of a paragraph are joined, and names of fields are those of JSON")
    func comments() {
        let text = APINaming.text("One line\nand another.\n\nThe `next_page_token` of `lines.location_id`, `a b_c`.")
        #expect(text == "One line and another.\n\nThe `nextPageToken` of `lines.locationId`, `a b_c`.")
        #expect(APINaming.text(nil).isEmpty)
    }

    @Test("What recognises repeats is the header, or the message's own field")
    func idempotencyKeys() throws {
        let required = "option (driveline.idempotency) = IDEMPOTENCY_KEY_REQUIRED;"
        func key(_ fields: String, _ options: String) throws -> APIOperation.IdempotencyKey? {
            try Self.api(fields, options: options).operations.first?.idempotencyKey
        }
        #expect(try key("string command_id = 1;", required) == .headerOrField("commandId"))
        #expect(try key("int64 command_id = 1;", required) == .required)
        #expect(try key("string command_id = 1;", "") == APIOperation.IdempotencyKey.none)
    }

    @Test("Conditions are those that the gateway sees to")
    func preconditions() throws {
        func condition(_ fields: String, _ binding: String) throws -> APIOperation.Precondition? {
            try Self.api(fields, binding: binding).operations.first?.precondition
        }
        let version = "oneof expected { uint64 expected_version = 1; }"
        #expect(try condition("", "verb: \"GET\", path: \"/v1/a\"") == .read)
        #expect(try condition(version, "verb: \"PUT\", path: \"/v1/a\", body: \"*\"") == .write(isRequired: true))
        #expect(try condition(version, "verb: \"POST\", path: \"/v1/a\", body: \"*\"") == .write(isRequired: false))
        #expect(try condition("", "verb: \"DELETE\", path: \"/v1/a\"") == APIOperation.Precondition.none)
    }

    @Test("A body is needed where an empty one would be refused; what the path gives is not in it")
    func bodies() throws {
        func body(_ fields: String, _ path: String = "/v1/a", _ body: String = "*") throws -> APIOperation.Body? {
            try Self.api(fields, binding: "verb: \"POST\", path: \"\(path)\", body: \"\(body)\"").operations.first?.body
        }
        let id = "string id = 1 [(driveline.field) = { required: true }];"
        #expect(try body(id)?.isRequired == true)
        #expect(try body(id, "/v1/a/{id}")?.isRequired == false)
        #expect(try body(id, "/v1/a/{id}")?.content == .json(.object("test.Request", without: ["id"])))
        #expect(try body("", "/v1/a", "") == nil)
    }

    @Test("Refusals say their status and meaning, once; those of an enum have them from there")
    func refusals() throws {
        func reasons(_ refusals: String) throws -> [String] {
            try ProtoCompiler(
                """
                message Nothing {}
                service Things {
                  rpc Do(Nothing) returns (Nothing) { option (driveline.refusals) = { \(refusals) }; }
                }
                enum Reason {
                  REASON_UNSPECIFIED = 0 [(driveline.http_status) = 500];
                  // There are none.
                  REASON_SOLD_OUT = 1 [(driveline.http_status) = 409];
                }
                """
            ).problems().map(\.reason)
        }
        #expect(try reasons("types: \"sold-out\"").isEmpty)
        #expect(try reasons("others: { type: \"closed\", status: 409, when: \"At night.\" }").isEmpty)
        #expect(try reasons("types: \"sold\"").first?.contains("types has \"sold\", which is no value") == true)
        #expect(
            try reasons("types: [\"sold-out\", \"sold-out\"]") == ["(driveline.refusals) \"sold-out\" stands twice"])
        let other = try reasons(
            "others: { type: \"Closed!\", status: 200 } others: { type: \"sold-out\", status: 409, when: \"x\" }")
        #expect(other.count == 4, "\(other)")
    }

    @Test("What breaks a rule in a row refuses the row, and so its schema has no rules")
    func rows() throws {
        let api = try Self.api(
            "repeated Row rows = 1 [(driveline.field) = { rows: true, maximum_items: 5 }]; message Row { int32 number = 1 "
                + "[(driveline.field) = { minimum: 1, maximum: 9 }]; }")
        let schemas = OpenAPIDocument(api).json["components"]?["schemas"]
        let row = try #require(schemas?["test.Request.RowRow"])
        #expect(row["required"] == nil)
        #expect(row["properties"]?["number"]?["maximum"] == .integer(Int128(Int32.max)))
        #expect(row["properties"]?["number"]?["description"] == "The row is refused unless: required; 1 to 9.")
        #expect(schemas?["test.Request"]?["properties"]?["rows"]?["maxItems"] == 5)
    }

    @Test("The answer is the field that is named, 201 where something was made, and says what caches may do")
    func answers() throws {
        let saved = try Self.api(
            "", binding: "verb: \"POST\", path: \"/v1/a\", response_body: \"item\", created: \"repeated_answer\"",
            options: "option (driveline.version) = \"item.version\";", answer: "Item item = 4;")
        let operation = try #require(saved.operations.first)
        #expect(operation.answer == .json(.object("test.Item", without: [])))
        #expect(operation.saysCreated && operation.hasVersionTag && operation.cache == nil)
        #expect(saved.objects["test.Item"] != nil && saved.objects["test.Answer"] == nil)
        let document = OpenAPIDocument(saved).text
        #expect(document.contains("\"201\"") && document.contains("test.Item") && !document.contains("test.Answer"))
        let page = ReferencePage(saved).text
        #expect(page.contains("201 where it was not there before"))

        let kept = try Self.api(
            "string part_number = 1;", binding: "verb: \"GET\", path: \"/v1/a\"",
            options: """
                option (driveline.cache) = {
                  maximum_age_seconds: 60, shared_age_seconds: 86400, keys: "part/{part_number}"
                };
                """)
        #expect(
            kept.operations.first?.cache
                == APIOperation.CachePolicy(clientSeconds: 60, sharedSeconds: 86_400, keys: ["part/{partNumber}"]))
        let text = OpenAPIDocument(kept).text
        for part in ["private, max-age=60", "max-age=86400", "brand-BRAND/part/{partNumber}"] {
            #expect(text.components(separatedBy: part).count == 3, "\(part): in the 200 and the 304")
        }
        #expect(ReferencePage(kept).text.contains("Caches in front may keep it for 86,400 s"))
    }
}
