/// Reads paths.
struct SourcePathParser {
    private let characters: [Character]
    private var position = 0

    init(_ text: String) { self.characters = Array(text) }

    mutating func steps() throws(SourcePath.SyntaxFault) -> [SourcePath.Step] {
        var steps: [SourcePath.Step] = []
        repeat {
            steps.append(.member(try self.name()))
            while self.take("[") { steps.append(try self.selector()) }
            guard steps.count <= MappingLimits.stepsOfPath else {
                throw SourcePath.SyntaxFault(description: "has more than \(MappingLimits.stepsOfPath) steps")
            }
        } while self.take(".")
        guard self.position == self.characters.count else { throw self.fault("something that is no name") }
        return steps
    }

    private var next: Character? {
        self.position < self.characters.count ? self.characters[self.position] : nil
    }

    private mutating func take(_ character: Character) -> Bool {
        guard self.next == character else { return false }
        self.position += 1
        return true
    }

    private func fault(_ what: String) -> SourcePath.SyntaxFault {
        SourcePath.SyntaxFault(description: "has \(what) at character \(self.position + 1)")
    }

    private mutating func name() throws(SourcePath.SyntaxFault) -> String {
        if self.next == "\"" { return try self.quoted() }
        let name = self.bare { $0.isLetter || $0.isNumber || " _-/".contains($0) }
        guard !name.isEmpty else { throw self.fault("no name") }
        return name
    }

    private mutating func bare(_ isPart: (Character) -> Bool) -> String {
        let begin = self.position
        while let next, isPart(next) { self.position += 1 }
        return String(self.characters[begin..<self.position])
    }

    /// A quotation mark within is written twice.
    private mutating func quoted() throws(SourcePath.SyntaxFault) -> String {
        self.position += 1
        var text = ""
        while let next {
            self.position += 1
            guard next == "\"" else {
                text.append(next)
                continue
            }
            guard self.take("\"") else { return text }
            text.append("\"")
        }
        throw self.fault("no quotation mark")
    }

    /// What stands behind an opening bracket.
    private mutating func selector() throws(SourcePath.SyntaxFault) -> SourcePath.Step {
        let step: SourcePath.Step
        if self.take("*") {
            step = .every
        } else {
            let name = try self.name()
            if self.take("=") {
                let value = self.next == "\"" ? try self.quoted() : self.bare { $0 != "]" }
                step = .matching(member: name, value: value)
            } else {
                guard let place = Int(name), place >= 0 else { throw self.fault("no number of an element") }
                step = .element(place)
            }
        }
        guard self.take("]") else { throw self.fault("no closing bracket") }
        return step
    }
}
