import ChannelMessages
import FileFormats
import TestSupport
import Testing

@testable import ChannelDomain

@Suite("Where in a product values are", .processorBound)
struct SourcePathTests {
    @Test(
        "paths find what they name",
        arguments: [
            ("name", "Brake Pad Set"), ("attributes.Material", "Ceramic"), (#"attributes."Size (mm)""#, "280"),
            ("images[0]", "https://a.example/1.jpg"), ("images[1]", "https://a.example/2.jpg"),
            ("images", #"["https://a.example/1.jpg","https://a.example/2.jpg"]"#),
            ("images[*]", #"["https://a.example/1.jpg","https://a.example/2.jpg"]"#),
            ("descriptions.short", "Pads, front"), ("descriptions.SHO", "Pads, front"),
            ("descriptions.marketing", "Stop sooner."), ("attributeValues.Weight", "1.5"),
            ("descriptions[code=MKT].text", "Stop sooner."), ("descriptions[*][language=ES].text", #"["Pastillas"]"#),
            ("assets[type=P04].url", "https://a.example/p4"),
            ("assets[*][type=P04].url", #"["https://a.example/p4","https://a.example/p5"]"#),
            ("warranty.time", "24"), ("warranty", #"{"time":24,"timeUnit":"MO"}"#),
            ("fitments[*].vehicle.make", #"["Toyota","Lexus"]"#), ("fitments[*].quantity", "[1,2]"),
            ("fitments[quantity=2].vehicle.model", "ES"),
        ])
    func found(_ path: String, _ value: String) throws {
        #expect(try MappingSample.value(path) == value)
    }

    @Test(
        "what is not there, or says nothing, has no value",
        arguments: [
            "nothing", "name.first", "attributes.Color", "images[2]", "partTypeId", "status", "certifications",
            "certifications[*]", "descriptions.LAB", "assets[type=P99].url", "name[0]", "name[*]",
            "warranty[time=24].x",
        ])
    func absent(_ path: String) throws {
        #expect(try MappingSample.value(path) == nil)
    }

    @Test(
        "what is no path is told with its place",
        arguments: [
            (".", "no name at character 1"), ("a..b", "no name at character 3"), ("a.", "no name at character 3"),
            ("a[", "no name at character 3"), ("a[0", "no closing bracket at character 4"),
            ("a[x]", "no number of an element at character 4"), ("a[*", "no closing bracket at character 4"),
            (#"a."b"#, "no quotation mark at character 5"), ("a$b", "something that is no name at character 2"),
            ("[0]", "no name at character 1"), ("a[b=c", "no closing bracket at character 6"),
        ])
    func syntax(_ path: String, _ fault: String) {
        let error = #expect(throws: SourcePath.SyntaxFault.self) { try SourcePath(path) }
        #expect(error?.description == "has \(fault)")
    }

    @Test("a path has no more steps than are taken, and no random text is read as something that crashes")
    func limits() throws {
        let long = Array(repeating: "a", count: MappingLimits.stepsOfPath + 1).joined(separator: ".")
        #expect(throws: SourcePath.SyntaxFault.self) { try SourcePath(long) }
        _ = try SourcePath(Array(repeating: "a", count: MappingLimits.stepsOfPath).joined(separator: "."))
    }

    @Test("a name in quotation marks is taken as it is, with quotation marks written twice")
    func quoted() throws {
        let product = JSONValue.object([
            .init(name: #"a".b"#, value: .string("yes")), .init(name: "[*]", value: .string("too")),
        ])
        let rules = [MappingRule(target: "x", source: #""a"".b""#), MappingRule(target: "y", source: #""[*]""#)]
        #expect(try MappingProgram(rules).run(on: product).values.map(\.value) == ["yes", "too"])
    }
}
