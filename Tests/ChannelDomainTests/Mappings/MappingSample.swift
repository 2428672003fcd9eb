import ChannelMessages
import FileFormats
import Refusals

@testable import ChannelDomain

/// A product as the catalog tells of it, and rules on it.
enum MappingSample {
    static let text = """
        {"sku":"ABC1234","name":"Brake Pad Set","description":"<p>Quiet &amp; strong.</p><b>Cera</b>mic.","partTypeId":0,
        "status":"unspecified","brandLabel":"Bremstar","gtin":"012345678905","attributes":{"Material":"Ceramic",
        "Size (mm)":"280","Thickness":"17.456"},"images":["https://a.example/1.jpg","https://a.example/2.jpg"],
        "certifications":[],"descriptions":[{"code":"SHO","language":"EN","text":"Pads, front"},
        {"code":"SHO","language":"ES","text":"Pastillas"},{"code":"MKT","language":"EN","text":"Stop sooner."}],
        "attributeValues":[{"name":"Weight","value":"1.5","unit":"KG"}],
        "assets":[{"type":"P01","url":"https://a.example/p1"},{"type":"P04","url":"https://a.example/p4"},
        {"type":"P04","url":"https://a.example/p5"}],"warranty":{"time":24,"timeUnit":"MO"},
        "fitments":[{"vehicle":{"make":"Toyota","model":"Camry","yearFrom":2018,"yearTo":2022},"quantity":1},
        {"vehicle":{"make":"Lexus","model":"ES","yearFrom":2019,"yearTo":2022},"quantity":2}]}
        """

    static func product(_ text: String = Self.text) throws -> JSONValue {
        try JSONValue(Array(text.utf8)[...]).withoutSilence
    }

    /// The value that one rule gives; nil: none.
    static func value(
        _ source: String, _ transforms: [Transform] = [], constant: String = "", conditions: [MappingCondition] = []
    ) throws -> String? {
        let rule = MappingRule(
            target: "t", source: source, constant: constant, transforms: transforms, conditions: conditions)
        return try MappingProgram([rule]).run(on: try Self.product()).values.first?.value
    }

    /// What is wrong with one rule, by its fields.
    static func faults(_ rule: MappingRule) -> [String: String] {
        do {
            _ = try MappingProgram([rule])
            return [:]
        } catch {
            return Dictionary(error.faults.map { ($0.field, $0.reason) }, uniquingKeysWith: { first, _ in first })
        }
    }
}

extension Transform {
    init(_ function: String, _ arguments: String...) { self.init(function: function, arguments: arguments) }
}
