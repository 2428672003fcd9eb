/// A strict reader of Prometheus' text format 0.0.4, written from its description and not from our writer.
struct Exposition {
    struct Sample: Hashable {
        let name: String
        let labels: [String: String]
    }

    struct Malformed: Error {
        let line: String
    }

    private(set) var types: [String: String] = [:]
    private(set) var help: [String: String] = [:]
    private(set) var samples: [Sample: Double] = [:]

    init(_ text: String) throws {
        guard text.isEmpty || text.hasSuffix("\n") else { throw Malformed(line: "no line feed at the end") }
        for line in text.split(separator: "\n") {
            if let match = line.wholeMatch(of: /# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)/) {
                guard self.types.updateValue(String(match.2), forKey: String(match.1)) == nil else {
                    throw Malformed(line: "twice: \(line)")
                }
            } else if let match = line.wholeMatch(of: /# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)/) {
                self.help[String(match.1)] = String(match.2)
            } else {
                try self.add(sample: line)
            }
        }
    }

    private mutating func add(sample line: Substring) throws {
        guard let match = line.wholeMatch(of: /([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)/),
            let value = Double(match.3.replacing("Inf", with: "infinity"))
        else { throw Malformed(line: String(line)) }
        let sample = Sample(name: String(match.1), labels: try Self.labels(match.2 ?? ""))
        guard self.samples.updateValue(value, forKey: sample) == nil else {
            throw Malformed(line: "twice: \(line)")
        }
        let family = ["_bucket", "_sum", "_count"].first { match.1.hasSuffix($0) && self.types[String(match.1)] == nil }
        guard self.types[String(match.1.dropLast(family?.count ?? 0))] != nil else {
            throw Malformed(line: "without a type: \(line)")
        }
    }

    private static func labels(_ text: Substring) throws -> [String: String] {
        var labels: [String: String] = [:]
        var rest = text
        while !rest.isEmpty {
            guard let match = rest.prefixMatch(of: /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/) else {
                throw Malformed(line: String(text))
            }
            var value = ""
            var isEscaped = false
            for character in match.2.unicodeScalars {
                if isEscaped {
                    value.unicodeScalars.append(character == "n" ? "\n" : character)
                    isEscaped = false
                } else if character == "\\" {
                    isEscaped = true
                } else {
                    value.unicodeScalars.append(character)
                }
            }
            guard labels.updateValue(value, forKey: String(match.1)) == nil else {
                throw Malformed(line: String(text))
            }
            rest = rest[match.range.upperBound...]
        }
        return labels
    }

    func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        self.samples[Sample(name: name, labels: labels)]
    }
}
