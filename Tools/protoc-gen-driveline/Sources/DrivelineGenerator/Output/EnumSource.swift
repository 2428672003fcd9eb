import SwiftProtobufPluginLibrary

/// Writes the Swift enum of a proto enum.
struct EnumSource {
    private let enumeration: EnumDescriptor

    init(_ enumeration: EnumDescriptor) {
        self.enumeration = enumeration
    }

    /// The values that have a case; aliases are constants.
    private var cases: [EnumValueDescriptor] {
        self.enumeration.values.filter { self.original(of: $0) == nil }
    }

    /// The value that came first with the same number; `nil` where this one did.
    private func original(of value: EnumValueDescriptor) -> EnumValueDescriptor? {
        let first = self.enumeration.values.first { $0.number == value.number }
        return first === value ? nil : first
    }

    private func name(_ value: EnumValueDescriptor) -> String {
        SwiftNaming.escaped(self.enumeration.caseName(value))
    }

    /// Prints the enum.
    func print(into printer: inout SourcePrinter) {
        printer.document(self.enumeration.documentation(orName: self.enumeration.fullName))
        printer.block("public enum \(self.enumeration.name): MessageEnum") { printer in
            for value in self.cases {
                printer.document(value.documentation(orName: value.name))
                printer.print("case \(self.name(value))")
            }
            printer.print("/// A number that this version of the schema has no case for.\ncase unrecognized(Int32)")
            self.printRawValue(into: &printer)
            for alias in self.enumeration.values {
                guard let original = self.original(of: alias) else { continue }
                printer.separate()
                printer.document(alias.documentation(orName: alias.name))
                let name = self.name(alias)
                printer.print("public static var \(name): \(self.enumeration.name) { .\(self.name(original)) }")
            }
        }
    }

    private func printRawValue(into printer: inout SourcePrinter) {
        printer.separate()
        printer.block("public init(rawValue: Int32)") { printer in
            printer.print("switch rawValue {")
            for value in self.cases { printer.print("case \(value.number): self = .\(self.name(value))") }
            printer.print("default: self = .unrecognized(rawValue)\n}")
        }
        printer.separate()
        printer.block("public var rawValue: Int32") { printer in
            printer.print("switch self {")
            for value in self.cases { printer.print("case .\(self.name(value)): \(value.number)") }
            printer.print("case .unrecognized(let number): number\n}")
        }
    }

    /// Prints the HTTP statuses of the values, where one has the option.
    func printStatuses(into printer: inout SourcePrinter) {
        let withStatus = self.cases.filter { $0.options.hasDriveline_httpStatus }
        guard !withStatus.isEmpty else { return }
        printer.separate()
        printer.block("extension \(self.enumeration.swiftPath.joined(separator: "."))") { printer in
            printer.print("/// The HTTP status that stands for the value; `nil` where the schema gives none.")
            printer.block("public var httpStatus: Int?") { printer in
                printer.print("switch self {")
                for value in withStatus {
                    printer.print("case .\(self.name(value)): \(value.options.Driveline_httpStatus)")
                }
                printer.print("default: nil\n}")
            }
        }
    }
}
