import APIReference
import SwiftProtobuf
import SwiftProtobufPluginLibrary

/// What a method itself refuses: its `(driveline.refusals)`, with what the enums of its package say of the types.
struct Refusals {
    private let options: Driveline_Refusals
    /// The values with a status by their names as types.
    private let known: [String: APIProblem]

    init(_ method: MethodDescriptor) {
        self.options = method.options.Driveline_refusals
        let enums = method.file.closure.filter { $0.package == method.file.package }.flatMap(\.enums)
        var known: [String: APIProblem] = [:]
        for enumeration in enums {
            for value in enumeration.values where value.options.hasDriveline_httpStatus {
                let type = APINaming.value(value.name, of: enumeration.name).replacing("_", with: "-")
                let status = Int(value.options.Driveline_httpStatus)
                known[type] = APIProblem(status, type, APINaming.text(value.comment))
            }
        }
        self.known = known
    }

    /// The types in the order of the proto file.
    var problems: [APIProblem] {
        self.options.types.compactMap { self.known[$0] }
            + self.options.others.map { APIProblem(Int($0.status), $0.type, APINaming.text($0.when)) }
    }

    /// What is wrong with the option.
    func faults() -> [String] {
        var reasons = self.options.types.filter { self.known[$0] == nil }.map { type in
            "types has \"\(type)\", which is no value with an http_status of an enum of the package; others takes it"
        }
        for other in self.options.others {
            if !Self.isType(other.type) {
                reasons.append("\"\(other.type)\" is no type: small letters, digits, hyphens")
            }
            if !(400...599).contains(other.status) {
                reasons.append("\"\(other.type)\" has the status \(other.status); 400 to 599 fits")
            }
            if other.when.isEmpty { reasons.append("\"\(other.type)\" does not say when") }
            if self.known[other.type] != nil {
                reasons.append("\"\(other.type)\" is a value of an enum of the package; types takes it")
            }
        }
        let types = self.options.types + self.options.others.map(\.type)
        reasons += Set(types.filter { type in types.count { $0 == type } > 1 }).sorted().map {
            "\"\($0)\" stands twice"
        }
        return reasons
    }

    private static func isType(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
    }
}
