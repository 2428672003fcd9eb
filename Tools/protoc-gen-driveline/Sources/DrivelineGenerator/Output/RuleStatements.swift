import SwiftProtobuf
import SwiftProtobufPluginLibrary

/// The statements that check a field's `(driveline.field)` rules, and those of the messages in it.
struct RuleStatements {
    private let field: FieldModel
    private let rules: Driveline_FieldRules

    init(_ field: FieldModel) {
        self.field = field
        self.rules = field.rules ?? Driveline_FieldRules()
    }

    /// Whether the field itself has a rule that is checked.
    var hasRules: Bool { self.rules.required || self.limitsItems || self.limitsValues }

    /// The name of the static property that holds the compiled pattern, where the field has one.
    var patternName: String? { self.rules.pattern.isEmpty ? nil : self.field.property + "Pattern" }

    private var limitsItems: Bool { self.rules.hasMinimumItems || self.rules.hasMaximumItems }

    private var limitsValues: Bool {
        self.rules.hasMinimum || self.rules.hasMaximum || self.rules.hasMinimumBytes || self.rules.hasMaximumBytes
            || !self.rules.pattern.isEmpty
    }

    private var path: String { Literal.string(self.field.jsonName) }

    /// Prints the statements of `checkRules`.
    func print(into printer: inout SourcePrinter, _ scope: TypeScope) {
        switch self.field.shape {
        case .single(let type):
            self.printOne(type, absent: self.absence(type, nil), present: nil, into: &printer, scope)
        case .member(let type, let oneof):
            let isSet = self.field.isSet(oneof)
            self.printOne(type, absent: self.absence(type, isSet), present: isSet, into: &printer, scope)
        case .list(let type):
            self.printItems(into: &printer)
            self.printElements(type, into: &printer, scope)
        case .map(let key, let value, _):
            self.printItems(into: &printer)
            self.printEntries(key, value, into: &printer, scope)
        }
    }

    /// The condition under which a required field is missing.
    private func absence(_ type: ValueType, _ isSet: String?) -> String {
        let isEmpty: String? =
            switch type {
            case .text, .bytes: "\(self.field.member).len == 0"
            case .enumeration: "\(self.field.member).rawValue == 0"
            case .message: "\(self.field.member) == nil"
            case .number, .boolean: nil
            }
        return [isSet.map { "!(\($0))" }, isEmpty].compactMap { $0 }.joined(separator: " || ")
    }

    private func printOne(
        _ type: ValueType,
        absent: String,
        present: String?,
        into printer: inout SourcePrinter,
        _ scope: TypeScope
    ) {
        let checks = self.checks(self.field.member, type, self.path) + self.descent(type, scope)
        if self.rules.required {
            printer.print("if \(absent) {\n    violations.appendMissing(\(self.path))")
            if !checks.isEmpty { printer.print("} else {\n\(indented(checks))") }
            printer.print("}")
        } else if !checks.isEmpty, let present {
            printer.print("if \(present) {\n\(indented(checks))\n}")
        } else {
            for check in checks { printer.print(check) }
        }
    }

    private func printItems(into printer: inout SourcePrinter) {
        let count = self.field.countMember
        var checks: [String] = []
        if self.rules.hasMinimumItems {
            checks += check(
                "\(count) < \(self.rules.minimumItems)", "appendTooFew", self.path,
                "count: \(count)", "minimum: \(self.rules.minimumItems)")
        }
        if self.rules.hasMaximumItems {
            checks += check(
                "\(count) > \(self.rules.maximumItems)", "appendTooMany", self.path,
                "count: \(count)", "maximum: \(self.rules.maximumItems)")
        }
        if self.rules.required {
            printer.print("if \(count) == 0 {\n    violations.appendMissing(\(self.path))")
            if !checks.isEmpty { printer.print("} else {\n\(indented(checks))") }
            printer.print("}")
        } else {
            for check in checks { printer.print(check) }
        }
    }

    private func printElements(_ type: ValueType, into printer: inout SourcePrinter, _ scope: TypeScope) {
        let (list, count) = (self.field.member, self.field.countMember)
        if case .message(let message) = type, message.holdsRules {
            if self.rules.rows { return }
            let element = scope.reference(message)
            let arguments = [list, count, "\(element).self", self.path, "\(element).checkRules"]
            printer.list("violations.checkEach(", arguments, ")")
        } else if self.limitsValues {
            printer.print("violations.checkElements(\(count), \(self.path)) { index, violations in")
            printer.print(indented(["let value = \(list)[index]"] + self.checks("value", type, "\"\"")))
            printer.print("}")
        }
    }

    private func printEntries(
        _ key: ValueType,
        _ value: ValueType,
        into printer: inout SourcePrinter,
        _ scope: TypeScope
    ) {
        guard case .message(let message) = value, message.holdsRules else { return }
        let entries = EntryStatements(self.field, key: key, value: value)
        entries.print(check: "checkRules", of: message, into: &printer, scope)
    }

    /// The call that checks the rules of a message in the field.
    private func descent(_ type: ValueType, _ scope: TypeScope) -> [String] {
        guard case .message(let message) = type, message.holdsRules else { return [] }
        let name = scope.reference(message)
        return ["violations.checkOne(\(self.field.member), \(name).self, \(self.path), \(name).checkRules)"]
    }

    /// The statements that check one value.
    private func checks(_ value: String, _ type: ValueType, _ path: String) -> [String] {
        switch type {
        case .number(let name): self.numberChecks(value, name, path)
        case .text, .bytes: self.lengthChecks(value, path)
        case .boolean, .enumeration, .message: []
        }
    }

    private func numberChecks(_ value: String, _ typeName: String, _ path: String) -> [String] {
        // A comparison that NaN fails as well.
        let isFloating = typeName == "Double" || typeName == "Float"
        var checks: [String] = []
        if self.rules.hasMinimum, isFloating || !NumberRange(typeName).isLowerBound(self.rules.minimum) {
            let limit = Literal.integer(self.rules.minimum)
            checks += check(
                isFloating ? "!(\(value) >= \(limit))" : "\(value) < \(limit)",
                "appendBelowMinimum", path, "value: \(value)", "minimum: \(limit)")
        }
        if self.rules.hasMaximum, isFloating || !NumberRange(typeName).isUpperBound(self.rules.maximum) {
            let limit = Literal.integer(self.rules.maximum)
            checks += check(
                isFloating ? "!(\(value) <= \(limit))" : "\(value) > \(limit)",
                "appendAboveMaximum", path, "value: \(value)", "maximum: \(limit)")
        }
        return checks
    }

    private func lengthChecks(_ value: String, _ path: String) -> [String] {
        var checks: [String] = []
        if self.rules.hasMinimumBytes, self.rules.minimumBytes > 0 {
            let limit = Literal.integer(self.rules.minimumBytes)
            checks += check(
                "\(value).len < \(limit)", "appendTooShort", path,
                "byteCount: \(value).len", "minimum: \(limit)")
        }
        if self.rules.hasMaximumBytes {
            let limit = Literal.integer(self.rules.maximumBytes)
            checks += check(
                "\(value).len > \(limit)", "appendTooLong", path,
                "byteCount: \(value).len", "maximum: \(limit)")
        }
        if let pattern = self.patternName {
            checks += check("!Self.\(pattern).matches(\(value))", "appendMismatch", path, "Self.\(pattern)")
        }
        return checks
    }
}

/// A statement that reports a violation under a condition.
private func check(_ condition: String, _ method: String, _ arguments: String...) -> [String] {
    var call = "violations.\(method)(\(arguments.joined(separator: ", ")))"
    // The most that such a statement is indented by: in a function of a nested struct, in two conditions.
    if call.count + 20 > SourcePrinter.maximumColumns {
        call = "violations.\(method)(\n        \(arguments.joined(separator: ",\n        "))\n    )"
    }
    return ["if \(condition) {\n    \(call)\n}"]
}

/// Statements a level deeper.
private func indented(_ statements: [String]) -> String {
    statements.flatMap { $0.split(separator: "\n") }.map { "    " + $0 }.joined(separator: "\n")
}
