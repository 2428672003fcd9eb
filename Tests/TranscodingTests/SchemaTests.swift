import IdentityMessages
import InventoryMessages
import RPC
import SampleAPI
import SampleMessages
import Testing

@testable import Transcoding

@Suite("Descriptors become tables, or an error that names what is wrong with them")
struct SchemaTests {
    @Test("files that several sets hold count once, and all services are there")
    func sets() throws {
        let schema = try Schema([
            InventoryDescriptors.fileDescriptorSet, IdentityDescriptors.fileDescriptorSet,
            InventoryDescriptors.fileDescriptorSet,
        ])
        #expect(
            schema.services.map(\.name).sorted() == [
                "driveline.identity.v1.IdentityService", "driveline.inventory.v1.InventoryService",
            ])
        let watch = try #require(schema.method("driveline.inventory.v1.InventoryService/WatchStock"))
        #expect(watch.isServerStreaming && !watch.isClientStreaming)
        #expect(watch.response.fullName == "driveline.inventory.v1.WatchStockResponse")
        #expect(schema.method("driveline.inventory.v1.InventoryService/Nothing") == nil)
        #expect(try !RouteTable(schema).routes.isEmpty)
    }

    @Test("the routes are the bindings that the generated method table has")
    func bindings() throws {
        let routes = try RouteTable(Sample.schema).routes
        let methods = FileServiceMethods.all + PartServiceMethods.all + RecordServiceMethods.all
        let expected = methods.flatMap { method in
            method.bindings.map { "\(method.name) \($0.verb) \($0.path)" }
        }
        #expect(routes.map { "\($0.method.name) \($0.verb.lowercased()) \($0.template)" } == expected)
    }

    @Test("every beginning of a set, and every set with a changed byte, is a schema or an error")
    func hostileDescriptors() throws {
        let set = SampleDescriptors.fileDescriptorSet
        for count in stride(from: 0, to: set.count, by: 97) { _ = try? Schema([Array(set[..<count])]) }
        for place in stride(from: 0, to: set.count, by: 31) {
            var changed = set
            changed[place] ^= 0x55
            guard let schema = try? Schema([changed]) else { continue }
            _ = try? RouteTable(schema)
        }
        let error = #expect(throws: SchemaError.self) { try Schema([[0xFF]]) }
        #expect(error?.description == "descriptors: the bytes end in a number, at byte 0")
    }

    private static func message(_ name: String, _ fields: [UInt8]...) -> [UInt8] {
        RandomWire.delimited(
            4, RandomWire.delimited(1, Array(name.utf8)) + fields.flatMap { RandomWire.delimited(2, $0) })
    }

    private static func field(_ name: String, _ number: UInt8, _ type: UInt8, typeName: String = "") -> [UInt8] {
        RandomWire.delimited(1, Array(name.utf8)) + [0x18, number, 0x28, type]
            + (typeName.isEmpty ? [] : RandomWire.delimited(6, Array(typeName.utf8)))
    }

    private static func problem(_ messages: [UInt8]...) -> String? {
        do {
            _ = try Schema([RandomWire.delimited(1, messages.flatMap { $0 })])
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test("what no table can be made of is named")
    func faults() {
        let text = Self.field("text", 1, 9)
        #expect(Self.problem(Self.message("A", text)) == nil)
        #expect(Self.problem(Self.message("A"), Self.message("A")) == "A: the message is declared twice")
        #expect(
            Self.problem(Self.message("A", Self.field("a_b", 1, 9), Self.field("aB", 2, 9)))
                == "A: two fields are named aB in JSON")
        #expect(Self.problem(Self.message("A", Self.field("a", 1, 10))) == "A.a: fields of type 10 are not supported")
        #expect(Self.problem(Self.message("A", Self.field("a", 0, 9))) == "A.a: fields of type 9 are not supported")
        #expect(
            Self.problem(Self.message("A", Self.field("a", 1, 11, typeName: ".B")))
                == "A.a: its type B is not among the descriptors")
        #expect(
            Self.problem(Self.message("A", Self.field("a\"", 1, 9)))
                == "A.a\": its name in JSON is not made of plain characters")
    }

    @Test("names of enums lose the type's, words by words")
    func enumNames() {
        #expect(Naming.enumPrefix("LocationKind") == "LOCATION_KIND_")
        #expect(Naming.enumPrefix("HTTPStatus") == "HTTP_STATUS_")
        #expect(Naming.enumPrefix("Mode2D") == "MODE2_D_")
        #expect(Naming.enumValue("LOCATION_KIND_THIRD_PARTY", prefix: "LOCATION_KIND_") == "third_party")
        #expect(Naming.enumValue("OTHER", prefix: "LOCATION_KIND_") == "other")
        #expect(Naming.enumValue("LOCATION_KIND_", prefix: "LOCATION_KIND_") == "location_kind_")
    }
}
