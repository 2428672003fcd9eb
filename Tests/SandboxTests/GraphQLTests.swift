import OrderedCollections
import SandboxGraphQL
import SandboxJSON
import Testing

@Suite("The sandbox's GraphQL")
struct GraphQLTests {
    private static let definitions = """
        schema { query: Root mutation: Change }
        directive @idempotent(key: String!) on FIELD
        interface Named { name: String! }
        type Root { thing(id: ID!, size: Size = LARGE, filter: Filter): Thing things(first: Int): [Named!]! fails: String }
        type Change { make(name: String!): Thing }
        type Thing implements Named { name: String! size: Size inner: Thing must: String! }
        type Other implements Named { name: String! colour: String }
        union Any = Thing | Other
        enum Size { SMALL LARGE }
        input Filter { text: String! tags: [String!] depth: Int = 3 inner: Filter }
        """

    private struct Thing: GraphQLObject {
        var typeName = "Thing"

        func value(of field: String, _ arguments: GraphQLArguments) throws(GraphQLError) -> GraphQLResult {
            switch field {
            case "name": .text("thing")
            case "size": .leaf(arguments.values["size"] ?? "SMALL")
            case "inner": .object(self)
            default: .null
            }
        }
    }

    private struct Root: GraphQLObject {
        var typeName = "Root"

        func value(of field: String, _ arguments: GraphQLArguments) throws(GraphQLError) -> GraphQLResult {
            switch field {
            case "thing": return .object(Thing())
            case "things": return .objects([Thing(), Other(arguments: arguments)])
            default: throw GraphQLError("it failed", code: "FAILED")
            }
        }
    }

    private struct Other: GraphQLObject {
        var typeName = "Other"
        let arguments: GraphQLArguments

        func value(of field: String, _ arguments: GraphQLArguments) -> GraphQLResult { .text("other") }
    }

    private func codes(_ document: String, _ variables: JSONValue.JSONObject = [:]) throws -> [String] {
        let schema = try Schema(Self.definitions)
        do throws(GraphQLErrors) {
            let operation = try PreparedOperation(document, schema: schema)
            _ = try operation.variables(variables)
            return []
        } catch {
            return error.errors.map { $0.extensions["code"]?.text ?? "" }
        }
    }

    private func run(_ document: String, _ variables: JSONValue.JSONObject = [:]) throws -> GraphQLAnswer {
        let operation = try PreparedOperation(document, schema: try Schema(Self.definitions))
        return operation.execute(Root(), variables: try operation.variables(variables))
    }

    @Test(
        "what is wrong with a document is told by its code",
        arguments: [
            ("{ nothing }", "undefinedField"), ("{ thing(id: 1) }", "selectionMismatch"),
            ("{ fails { x } }", "selectionMismatch"), ("{ thing { name } }", "missingRequiredArguments"),
            ("{ thing(id: 1, no: 2) { name } }", "argumentNotAccepted"),
            ("{ thing(id: 1, size: HUGE) { name } }", "argumentLiteralsIncompatible"),
            ("{ thing(id: 1, filter: {text: null}) { name } }", "argumentLiteralsIncompatible"),
            ("{ thing(id: 1, filter: {word: 1, text: \"\"}) { name } }", "argumentNotAccepted"),
            ("{ thing(id: $id) { name } }", "variableNotDefined"),
            ("query ($a: ID) { fails }", "variableNotUsed"),
            ("query ($a: Nothing) { thing(id: $a) { name } }", "variableRequiresValidType"),
            ("query ($a: String!) { thing(id: $a) { name } }", "variableMismatch"),
            ("query ($a: ID) { thing(id: $a) { name } }", "variableMismatch"),
            ("{ ...Gone }", "useAndDefineFragment"), ("{ fails } fragment F on Thing { name }", "useAndDefineFragment"),
            ("{ ...F } fragment F on Root { ...F }", "infiniteLoop"),
            ("{ ... on Thing { name } }", "cannotSpreadFragment"), ("{ ... on Gone { name } }", "undefinedType"),
            ("{ fails @no }", "undefinedDirective"), ("{ fails @include }", "missingRequiredArguments"),
            ("{ x: fails x: __typename }", ""), ("{ thing(id: 1) { a: name a: size } }", "fieldConflict"),
            ("subscription { fails }", "missingRoot"), ("{ fails } query B { fails }", "BAD_REQUEST"),
            ("", "PARSE_ERROR"), ("{", "PARSE_ERROR"), ("{ fails(", "PARSE_ERROR"), ("{ a..b }", "PARSE_ERROR"),
            ("{ fails } }", "PARSE_ERROR"), ("{ thing(id: \"a) { name } }", "PARSE_ERROR"),
            ("{ thing(id: 01) { name } }", "PARSE_ERROR"), ("{ thing(id: \"\\ud800\") { name } }", "PARSE_ERROR"),
        ])
    func faults(document: String, code: String) throws {
        let codes = try self.codes(document)
        #expect(code.isEmpty ? true : codes.first == code, "\(codes)")
    }

    @Test("no document is too much for the reader: what is too deep or too long is refused")
    func bombs() throws {
        let deep = String(repeating: "{ thing(id: 1) ", count: 5_000)
        #expect(try self.codes(deep) == ["PARSE_ERROR"])
        let lists = "{ thing(id: " + String(repeating: "[", count: 100_000) + ") { name } }"
        #expect(try self.codes(lists) == ["PARSE_ERROR"])
        let nested = (0..<30).reduce("name") { inner, _ in "inner { \(inner) }" }
        #expect(try self.codes("{ thing(id: 1) { \(nested) } }") == ["maxDepthExceeded"])
        // Each fragment spreads the next one twice.
        let fragments = (0..<30).map { "fragment F\($0) on Thing { a: inner { ...F\($0 + 1) } ...F\($0 + 1) }" }
        let bomb = "{ thing(id: 1) { ...F0 } } \(fragments.joined()) fragment F30 on Thing { name }"
        #expect(try ["maxComplexityExceeded", "maxDepthExceeded"].contains(self.codes(bomb).first))
    }

    @Test("documents are answered in the order in which they ask, aliases, fragments and directives obeyed")
    func answers() throws {
        let answer = try self.run(
            """
            query Q($on: Boolean!, $id: ID!) {
              b: thing(id: $id) { __typename ...F size @skip(if: $on) }
              a: thing(id: "2") { name @include(if: $on) inner { ... on Thing { n: name } } }
              things { name ... on Other { colour } }
            }
            fragment F on Thing { name }
            """, ["on": true, "id": 7])
        #expect(answer.errors.isEmpty)
        #expect(
            answer.data.jsonText
                == #"{"b":{"__typename":"Thing","name":"thing"},"a":{"name":"thing","inner":{"n":"thing"}},"#
                + #""things":[{"name":"thing"},{"name":"other","colour":"other"}]}"#)
    }

    @Test("a field that fails is null, and one that must not be null takes its object with it")
    func failures() throws {
        let answer = try self.run("{ fails thing(id: 1) { name must } }")
        #expect(answer.data == ["fails": .null, "thing": .null])
        #expect(answer.errors.map { $0.extensions["code"] } == ["FAILED", "INTERNAL_SERVER_ERROR"])
        #expect(answer.errors.first?.path == ["fails"])
    }

    @Test("variables are taken as their types have them, with defaults, and refused with their problems")
    func variables() throws {
        let document = "query ($f: Filter) { thing(id: 1, filter: $f) { name } }"
        let operation = try PreparedOperation(document, schema: try Schema(Self.definitions))
        #expect(
            try operation.variables(["f": ["text": "a", "tags": "one"]])["f"]
                == ["text": "a", "tags": ["one"], "depth": 3])
        for (value, problem) in [
            (["text": .null], "Expected value to not be null"),
            (["text": "a", "x": 1], "Field is not defined on Filter"),
            (["text": "a", "depth": 4_000_000_000], "Could not coerce value 4000000000 to Int"),
            (["text": "a", "tags": [1]], "Could not coerce value 1 to valid String"), ("a", "key-value"),
        ] as [(JSONValue, String)] {
            let error = #expect(throws: GraphQLErrors.self) { try operation.variables(["f": value]) }
            let first = error?.errors.first
            #expect(first?.extensions["code"] == "INVALID_VARIABLE")
            #expect(first?.extensions["problems"]?.jsonText.contains(problem) == true, "\(first?.message ?? "")")
        }
    }

    @Test("JSON is kept exactly, and what is none is refused")
    func json() throws {
        let text = #"{"id":9007199254740993,"price":12.50,"list":[true,null,"a\"\\\n\u00e9"],"e":1e3}"#
        let value = try JSONValue(json: text)
        #expect(value["id"]?.integer == 9_007_199_254_740_993)
        #expect(value["price"] == .decimal("12.50"))
        #expect(try JSONValue(json: value.jsonText) == value)
        for bad in [
            "", "{", "[1,]", "01", "1.", "\"\u{1}\"", "tru", "{\"a\":1,}", "\"\\x\"", "\"\\ud800\"", "1 2",
            String(repeating: "[", count: 100_000),
        ] {
            #expect(throws: JSONFault.self, "\(bad.prefix(20))") { try JSONValue(json: bad) }
        }
    }
}
