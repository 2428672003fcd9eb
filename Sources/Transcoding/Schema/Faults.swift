internal import ProtobufC

/// How broken rules are said; the words are those of the generated checks.
enum Faults {
    static func count(_ count: Int, _ rules: FieldRules) -> Fault? {
        if let minimum = rules.minimumItems, count < minimum {
            return Fault(reason: "has \(count) elements", expected: "at least \(minimum)")
        }
        if let maximum = rules.maximumItems, count > maximum {
            return Fault(reason: "has \(count) elements", expected: "at most \(maximum)")
        }
        return nil
    }

    static func length(_ count: Int, _ rules: FieldRules) -> Fault? {
        if let minimum = rules.minimumBytes, count < minimum {
            return Fault(reason: "is \(count) bytes long", expected: "at least \(minimum) bytes")
        }
        if let maximum = rules.maximumBytes, count > maximum {
            return Fault(reason: "is \(count) bytes long", expected: "at most \(maximum) bytes")
        }
        return nil
    }

    static func mismatch(_ pattern: TextPattern) -> Fault {
        Fault(reason: "does not match", expected: "text that matches \(pattern.source)")
    }

    static func range(_ value: some BinaryInteger, _ rules: FieldRules) -> Fault? {
        if let minimum = rules.minimum, value < minimum {
            return Fault(reason: "is \(value)", expected: "at least \(minimum)")
        }
        if let maximum = rules.maximum, value > maximum {
            return Fault(reason: "is \(value)", expected: "at most \(maximum)")
        }
        return nil
    }

    /// NaN fails every comparison.
    static func range(_ value: Double, _ rules: FieldRules) -> Fault? {
        if let minimum = rules.minimum, !(value >= Double(minimum)) {
            return Fault(reason: "is \(value)", expected: "at least \(minimum)")
        }
        if let maximum = rules.maximum, !(value <= Double(maximum)) {
            return Fault(reason: "is \(value)", expected: "at most \(maximum)")
        }
        return nil
    }
}
