import SwiftProtobufPluginLibrary
import Testing

@testable import DrivelineGenerator

/// A proto file that breaks one rule.
struct LintCase: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let body: String
    let element: String
    let reason: String

    init(_ description: String, _ body: String, _ element: String, _ reason: String) {
        self.testDescription = description
        self.body = body
        self.element = element
        self.reason = reason
    }

    static func method(_ description: String, _ options: String, _ reason: String) -> LintCase {
        LintCase(
            description,
            """
            message Item { string sku = 1; Item2 inner = 2; repeated string tags = 3; int64 version = 4; }
            message Item2 { string name = 1; }
            service Items { rpc Get(Item) returns (Item) { \(options) } }
            """,
            "test.v1.Items/Get", reason)
    }

    static func rule(_ description: String, _ field: String, _ reason: String) -> LintCase {
        LintCase(description, "message Other {}\nmessage Item { \(field) }", "test.v1.Item.a", reason)
    }
}

@Suite("Lint")
struct LintTests {
    @Test("a file that breaks no rule has no problems")
    func acceptsValidFile() throws {
        let compiler = ProtoCompiler(
            """
            message Item { string sku = 1 [(driveline.field) = { pattern: "[A-Z]+", example: "AB" }]; Part part = 2; }
            message Part { oneof optional_size { uint32 size = 1 [(driveline.field) = { required: true }]; } }
            enum Kind { KIND_UNSPECIFIED = 0; KIND_A = 1; }
            service Items {
              rpc Get(Item) returns (Item) {
                option (driveline.http) = { verb: "GET" path: "/v1/items/{sku}" query: "part" };
                option (driveline.version) = "part.size";
                option (driveline.deprecated_on) = "2027-01-31";
              }
              rpc Watch(stream Item) returns (stream Item) { option (driveline.offload) = true; }
            }
            """)
        #expect(try compiler.problems() == [])
    }

    @Test("each rule is enforced, by one problem that names file and element", arguments: Self.cases)
    func refuses(_ lintCase: LintCase) throws {
        let problems = try ProtoCompiler(lintCase.body).problems()
        let problem = try #require(problems.first, "nothing was refused")
        #expect(problems.count == 1, "\(problems)")
        #expect(problem.file == "test/v1/test.proto")
        #expect(problem.element == lintCase.element)
        #expect(problem.reason.contains(lintCase.reason), "\(problem.reason)")
    }

    static let cases: [LintCase] = shapes + rules + methods + bindings + names

    static let shapes: [LintCase] = [
        LintCase("recursion", "message A { A a = 1; }", "test.v1.A", "the message holds itself (a)"),
        LintCase(
            "recursion through a map", "message A { map<string, A> all = 1; }", "test.v1.A",
            "the message holds itself (all > value)"),
        LintCase(
            "optional", "message A { optional int32 size = 1; }", "test.v1.A.size",
            "use a one-member oneof: oneof size_value { … size = 1; }"),
    ]

    static let rules: [LintCase] = [
        .rule("pattern on a number", "int32 a = 1 [(driveline.field) = { pattern: \"x\" }];", "pattern fits text only"),
        .rule("pattern on bytes", "bytes a = 1 [(driveline.field) = { pattern: \"x\" }];", "pattern fits text only"),
        .rule(
            "pattern on a map", "map<string, string> a = 1 [(driveline.field) = { pattern: \"x\" }];", "pattern fits"),
        .rule(
            "broken pattern", "string a = 1 [(driveline.field) = { pattern: \"a{2,1}\" }];", "the bounds go backwards"),
        .rule(
            "minimum on text", "string a = 1 [(driveline.field) = { minimum: 1 }];", "minimum and maximum fit numbers"),
        .rule("maximum on a message", "Other a = 1 [(driveline.field) = { maximum: 1 }];", "minimum and maximum fit"),
        .rule("size on a number", "int32 a = 1 [(driveline.field) = { maximum_bytes: 1 }];", "fit text and bytes only"),
        .rule("items on text", "string a = 1 [(driveline.field) = { maximum_items: 1 }];", "fit lists and maps only"),
        .rule(
            "limit outside the type", "uint32 a = 1 [(driveline.field) = { minimum: -1 }];", "-1 is outside what UInt32"
        ),
        .rule(
            "greater limit than the type has", "int32 a = 1 [(driveline.field) = { maximum: 3000000000 }];",
            "3000000000 is outside what Int32"),
        .rule("required number", "int32 a = 1 [(driveline.field) = { required: true }];", "use a one-member oneof"),
        .rule("required bool", "bool a = 1 [(driveline.field) = { required: true }];", "use a one-member oneof"),
        .rule(
            "required member of a oneof",
            "oneof c { string a = 1 [(driveline.field) = { required: true }]; int32 b = 2; }",
            "required does not fit a member of a oneof"),
        .rule(
            "minimum above maximum", "int32 a = 1 [(driveline.field) = { minimum: 2 maximum: 1 }];", "minimum is above"),
        .rule(
            "least size above greatest", "string a = 1 [(driveline.field) = { minimum_bytes: 2 maximum_bytes: 1 }];",
            "minimum_bytes is above"),
        .rule(
            "least items above most",
            "repeated int32 a = 1 [(driveline.field) = { minimum_items: 2 maximum_items: 1 }];",
            "minimum_items is above"),
        .rule(
            "example against the pattern", "string a = 1 [(driveline.field) = { pattern: \"[A-Z]+\" example: \"a\" }];",
            "example \"a\" breaks"),
        .rule(
            "example against the size", "string a = 1 [(driveline.field) = { maximum_bytes: 2 example: \"abc\" }];",
            "example \"abc\" breaks"),
        .rule(
            "example against the range", "int32 a = 1 [(driveline.field) = { maximum: 2 example: \"3\" }];", "breaks"),
        .rule("example that is no number", "int32 a = 1 [(driveline.field) = { example: \"x\" }];", "is not a number"),
    ]

    static let methods: [LintCase] = [
        .method(
            "inline and batch", "option (driveline.inline) = true; option (driveline.batch) = true;",
            "(driveline.inline) and (driveline.batch) do not go together"),
        .method(
            "inline and offload", "option (driveline.inline) = true; option (driveline.offload) = true;",
            "(driveline.inline) and (driveline.offload) do not go together"),
        .method("version of no field", "option (driveline.version) = \"etag\";", "names no field of test.v1.Item"),
        .method("version through a list", "option (driveline.version) = \"tags.x\";", "names no field of test.v1.Item"),
        .method(
            "scope for anyone", "option (driveline.anonymous) = true; option (driveline.scope) = \"a:b\";",
            "(driveline.anonymous) and (driveline.scope) do not go together"),
        .method("no date", "option (driveline.sunset_on) = \"next year\";", "(driveline.sunset_on) is \"next year\""),
        LintCase(
            "inline stream",
            "message A {}\nservice S { rpc Get(A) returns (stream A) { option (driveline.inline) = true; } }",
            "test.v1.S/Get", "(driveline.inline) fits unary methods only"),
        LintCase(
            "batch stream",
            "message A {}\nservice S { rpc Get(stream A) returns (A) { option (driveline.batch) = true; } }",
            "test.v1.S/Get", "(driveline.batch) fits unary methods only"),
        LintCase(
            // Two names whose hashes are the same, found by search.
            "method id",
            "message A {}\nservice S { rpc \(collision.0)(A) returns (A); rpc \(collision.1)(A) returns (A); }",
            "test.v1.S/\(collision.1)", "is also that of test.v1.S/\(collision.0)"),
    ]

    static let collision = ("GetVdyx", "GetKdsta")

    static let bindings: [LintCase] = [
        .method(
            "verb", "option (driveline.http) = { verb: \"HEAD\" path: \"/v1/items\" };", "verb \"HEAD\" is none of"),
        .method("lower-case verb", "option (driveline.http) = { verb: \"get\" path: \"/v1/items\" };", "verb \"get\""),
        .method(
            "no version", "option (driveline.http) = { verb: \"GET\" path: \"/items\" };",
            "does not start with a version"),
        .method("no number", "option (driveline.http) = { verb: \"GET\" path: \"/vx/items\" };", "does not start with"),
        .method("no slash", "option (driveline.http) = { verb: \"GET\" path: \"v1/items\" };", "does not start with"),
        .method(
            "path parameter", "option (driveline.http) = { verb: \"GET\" path: \"/v1/items/{id}\" };",
            "path parameter {id} names no field"),
        .method(
            "path parameter of a list", "option (driveline.http) = { verb: \"GET\" path: \"/v1/items/{tags}\" };",
            "path parameter {tags} is a list"),
        .method(
            "half a parameter", "option (driveline.http) = { verb: \"GET\" path: \"/v1/items/{sku\" };", "has a segment"
        ),
        .method(
            "body", "option (driveline.http) = { verb: \"POST\" path: \"/v1/items\" body: \"item\" };",
            "body \"item\" names no field"),
        .method(
            "query", "option (driveline.http) = { verb: \"GET\" path: \"/v1/items\" query: \"page\" };",
            "query \"page\" names no field"),
        LintCase(
            "two methods of one route",
            """
            message A { string x = 1; }
            service S {
              rpc Get(A) returns (A) { option (driveline.http) = { verb: "GET" path: "/v1/a/{x}" }; }
              rpc Find(A) returns (A) { option (driveline.http) = { verb: "GET" path: "/v1/a/{x}" }; }
            }
            """,
            "test.v1.S/Find", "GET /v1/a/{} is also a route of test.v1.S/Get"),
    ]

    static let names: [LintCase] = [
        LintCase(
            "field and oneof of one Swift name", "message A { int32 aB = 1; oneof a_b { int32 x = 2; int32 y = 3; } }",
            "test.v1.A.aB", "the Swift name aB is also that of test.v1.A.a_b"),
        LintCase(
            "field and view of a map", "message A { map<int32, int32> m = 1; int32 m_count = 2; }", "test.v1.A.m_count",
            "mCount is also"),
        LintCase("taken property", "message A { int32 storage = 1; }", "test.v1.A.storage", "storage is taken"),
        LintCase(
            "taken member in C", "message A { int32 base = 1; }", "test.v1.A.base", "base is also that of protobuf-c's"),
        LintCase(
            "member in C of a list", "message A { repeated int32 x = 1; int32 n_x = 2; }", "test.v1.A.n_x",
            "the C name n_x is"),
        LintCase(
            "member in C of a oneof", "message A { int32 c_case = 1; oneof c { int32 x = 2; int32 y = 3; } }",
            "test.v1.A.c",
            "the C name c_case is"),
        LintCase(
            "member in C of a real number", "message A { float x = 1; int32 x_presence_case = 2; }", "test.v1.A.x",
            "the C name x_presence_case is"),
        LintCase("taken type", "message String {}", "test.v1.String", "the name is taken"),
        LintCase("taken enum", "enum View { VIEW_NONE = 0; }", "test.v1.View", "the name is taken"),
        LintCase(
            "oneof and nested type", "message A { message C {} oneof c { C x = 1; C y = 2; } }", "test.v1.A.c",
            "the Swift type C is also"),
        LintCase(
            "taken case", "enum Kind { KIND_NONE = 0; KIND_UNRECOGNIZED = 1; }", "test.v1.Kind.KIND_UNRECOGNIZED",
            "unrecognized is taken"),
        LintCase(
            "cases of one name", "enum Kind { KIND_NONE = 0; KIND_2_A = 1; KIND_KIND_2_A = 2; }",
            "test.v1.Kind.KIND_KIND_2_A", "kind2A is also that of"),
        LintCase(
            "methods of one name", "message A {}\nservice S { rpc GetIt(A) returns (A); rpc Get_it(A) returns (A); }",
            "test.v1.S/Get_it", "getIt is also that of"),
        LintCase(
            "taken method", "message A {}\nservice S { rpc Register(A) returns (A); }", "test.v1.S/Register",
            "register is taken"),
    ]
}

@Suite("Lint of files and packages")
struct FileLintTests {
    @Test("only proto3 is accepted")
    func refusesProto2() throws {
        let text = ProtoCompiler.header.replacing("proto3", with: "proto2")
        let problems = try ProtoCompiler(files: ["test/v1/test.proto": text]).problems()
        #expect(problems.map(\.element) == ["syntax"])
    }

    @Test("the module must be named")
    func refusesMissingModule() throws {
        let problems = try ProtoCompiler(files: ["a.proto": "syntax = \"proto3\"; package a.v1;"]).problems()
        #expect(problems.count == 1)
        #expect(problems.first?.reason.contains("(driveline.module) is missing") == true)
    }

    @Test("the module must be the stem of a Swift module", arguments: ["echo", "Echo-Two", ""])
    func refusesModule(_ stem: String) throws {
        let text = ProtoCompiler.header.replacing("\"Test\"", with: "\"\(stem)\"")
        let problems = try ProtoCompiler(files: ["test/v1/test.proto": text]).problems()
        #expect(problems.count == 1)
        #expect(problems.first?.reason.contains("letters and digits beginning with a capital fit") == true)
    }

    @Test("all files of a package name the same module")
    func refusesTwoModules() throws {
        let other = ProtoCompiler.header.replacing("\"Test\"", with: "\"Other\"")
        let compiler = ProtoCompiler(files: ["test/v1/a.proto": ProtoCompiler.header, "test/v1/b.proto": other])
        #expect(try compiler.problems().map(\.file) == ["test/v1/b.proto"])
    }

    @Test("two packages do not share a module")
    func refusesSharedModule() throws {
        let other = ProtoCompiler.header.replacing("test.v1", with: "other.v1")
        let compiler = ProtoCompiler(files: ["a.proto": ProtoCompiler.header, "b.proto": other])
        #expect(
            try compiler.problems().map(\.reason) == [
                "(driveline.module) \"Test\" is the module of package test.v1 already"
            ])
    }

    @Test("two files of a module do not share a name")
    func refusesSharedFileName() throws {
        let compiler = ProtoCompiler(files: ["a/x.proto": ProtoCompiler.header, "b/x.proto": ProtoCompiler.header])
        #expect(try compiler.problems().map(\.reason) == ["a/x.proto has the same file name and the same module"])
    }

    @Test("method ids are compared with those of imported files")
    func refusesCollisionAcrossFiles() throws {
        let first = "message A {}\nservice S { rpc GetRbqu(A) returns (A); }"
        let second = "import \"test/v1/a.proto\"; service S2 { rpc GetPgda(A) returns (A); }"
        let compiler = ProtoCompiler(files: [
            "test/v1/a.proto": ProtoCompiler.header + first, "test/v1/b.proto": ProtoCompiler.header + second,
        ])
        let problems = try compiler.problems(in: ["test/v1/b.proto"])
        #expect(problems.map(\.element) == ["test.v1.S2/GetPgda"])
    }

    @Test("the generator reports every problem to protoc, and writes nothing")
    func reportsAll() throws {
        let response = try ProtoCompiler("message A { int32 base = 1; int32 storage = 2; }").generate()
        #expect(response.error.split(separator: "\n").count == 2)
        #expect(response.error.hasPrefix("test/v1/test.proto: test.v1.A.storage: "))
        #expect(response.file.isEmpty)
    }

    @Test("an unknown parameter is refused")
    func refusesParameter() throws {
        let response = try ProtoCompiler("message A {}").generate(parameter: "mesages=x")
        #expect(
            response.error == "there is no parameter mesages; the parameters are messages, api, scopes and documents")
    }
}
