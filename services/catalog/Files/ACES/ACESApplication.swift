internal import CatalogMessages
internal import XML

/// One `App` of a file as it comes, event by event: a machine that ends in a record.
///
/// The first thing that is wrong with an application is told; it is read to its end all the same, for its part number.
struct ACESApplication {
    /// What is wrong with it.
    struct Failure: Equatable {
        /// The element, or its attribute as in "Years/@from".
        var field: String
        var message: String
    }

    /// Tells the names of what is not known.
    private let names: XMLReader
    /// The most characters of a part number.
    var partCharacters = ACESLimits.partCharacters
    var texts = RepeatedTexts()

    private var line: Int64 = 0
    private var action = FileAction.add
    private var depth = 0
    /// The child that it is within.
    private var element: ACESName?
    /// The single children so far, each a bit.
    var seen: UInt64 = 0
    var fitment = Fitment()
    var vehicle = VehicleSelector()
    var qualifier = Qualifier()
    var hasQualifierText = false
    var note = FitmentNote()
    private(set) var failure: Failure?
    /// Its own number; nil: there is none that can be read.
    private(set) var number: UInt32?

    init(names: XMLReader) {
        self.names = names
    }

    mutating func fail(_ field: @autoclosure () -> String, _ message: @autoclosure () -> String) {
        guard self.failure == nil else { return }
        self.failure = Failure(field: field(), message: message())
    }

    func has(_ name: ACESName) -> Bool { self.seen & (1 << UInt64(name.rawValue)) != 0 }

    // MARK: What comes

    /// Begins with the start tag of an App.
    mutating func begin(_ event: XMLEvent, in batch: borrowing XMLBatch) {
        self.line = Int64(event.line)
        (self.depth, self.element, self.seen) = (1, nil, 0)
        (self.fitment, self.vehicle, self.failure, self.number) = (Fitment(), VehicleSelector(), nil, nil)
        self.readOwnAttributes(of: event, in: batch)
    }

    /// A start tag within it. The name is nil where ACES has no such name.
    mutating func start(_ name: ACESName?, _ event: XMLEvent, in batch: borrowing XMLBatch) {
        self.depth += 1
        let isParameter = self.depth == 3 && self.element == .qual && name == .param
        let isQualifierText = self.depth == 3 && self.element == .qual && name == .text
        if self.depth == 2, let name, self.isChild(name) {
            self.element = name
            self.startChild(name, event, in: batch)
        } else if isParameter {
            self.startParameter(event, in: batch)
        } else if isQualifierText {
            if self.hasQualifierText { self.fail("Qual/text", "stands twice in one Qual; expected once") }
            self.hasQualifierText = true
            self.refuseAttributes(of: event, of: "Qual/text", in: batch)
        } else {
            if self.depth == 2 { self.element = nil }
            let names = self.names
            self.fail(names.name(event.name) ?? "App", "is no element that ACES has here")
        }
    }

    private mutating func isChild(_ name: ACESName) -> Bool {
        guard name.rawValue < ACESName.singleCount else { return name == .qual || name == .note }
        if self.has(name) { self.fail(name.written, "stands twice; expected once in an App") }
        self.seen |= 1 << UInt64(name.rawValue)
        return true
    }

    /// Text within it.
    mutating func text(_ name: ACESName?, _ event: XMLEvent, in batch: borrowing XMLBatch) {
        switch (self.depth, self.element) {
        case (1, _): self.fail("App", "has text between its elements; expected none")
        case (2, .some(let element)): self.childText(element, event, in: batch)
        case (3, .qual) where name == .text: self.readQualifierText(event, in: batch)
        default: break
        }
    }

    /// An end tag.
    ///
    /// - Returns: The record, where the tag is the App's own.
    mutating func end() -> CatalogRecord? {
        self.depth -= 1
        if self.depth == 1 {
            self.endChild()
            self.element = nil
        }
        return self.depth == 0 ? self.record() : nil
    }

    private mutating func endChild() {
        switch self.element {
        case .qual:
            self.append(self.qualifier)
        case .note: self.append(self.note)
        default: break
        }
    }

    private mutating func record() -> CatalogRecord {
        self.checkWhole()
        if let failure = self.failure {
            let refused = FailedRecord(
                line: self.line, sku: self.fitment.sku, reason: .invalidFitment, field: failure.field,
                message: failure.message)
            return CatalogRecord(line: self.line, content: .refused(refused))
        }
        self.fitment.vehicle = self.vehicle
        return CatalogRecord(line: self.line, content: .fitment(self.fitment, self.action))
    }

    // MARK: Its own attributes

    private mutating func readOwnAttributes(of event: XMLEvent, in batch: borrowing XMLBatch) {
        var hasAction = false
        var hasNumber = false
        for attribute in batch.attributes(of: event) where attribute.namespace == XMLEvent.noNamespace {
            switch ACESName(rawValue: attribute.name) {
            case .action:
                hasAction = true
                self.readAction(ACESValues.token(batch.string(attribute)))
            case .id:
                hasNumber = true
                self.number = self.positive(attribute, of: "App", "id", in: batch)
            case .ref:
                self.fitment.reference = self.limited(
                    batch.string(attribute), "App/@ref", bytes: ACESLimits.referenceBytes)
            case .validate: self.readValidate(ACESValues.token(batch.string(attribute)))
            default: self.refuse(attribute, of: "App")
            }
        }
        if !hasAction { self.fail("App/@action", "is missing; expected A or D") }
        if !hasNumber { self.fail("App/@id", "is missing; expected a number of its own in the file") }
    }

    private mutating func readAction(_ text: String) {
        switch text {
        case "A": self.action = .add
        case "D": self.action = .delete
        default: self.fail("App/@action", "is \(ACESValues.shown(text)); expected A or D")
        }
    }

    private mutating func readValidate(_ text: String) {
        switch text.lowercased() {
        case "yes": self.fitment.unvalidated = false
        case "no": self.fitment.unvalidated = true
        default: self.fail("App/@validate", "is \(ACESValues.shown(text)); expected yes or no")
        }
    }

    /// Notes that another App of the file has its number.
    mutating func refuseNumber(_ number: UInt32) {
        self.fail("App/@id", "is \(number), which an earlier App of the file has; expected another one")
    }

    // MARK: Attributes of elements

    /// A positive number of an attribute; 0, and a failure, where it is none.
    mutating func positive(
        _ attribute: XMLAttribute, of element: @autoclosure () -> String, _ name: String,
        upTo maximum: UInt32 = ACESLimits.id, in batch: borrowing XMLBatch
    ) -> UInt32? {
        if let number = ACESValues.positive(batch.text(attribute), upTo: maximum) { return number }
        let text = batch.string(attribute)
        self.fail(
            "\(element())/@\(name)", "is \(ACESValues.shown(text)); expected a whole number from 1 to \(maximum)")
        return nil
    }

    /// Refuses attributes that ACES does not have there, as what they say would be lost.
    mutating func refuse(_ attribute: XMLAttribute, of element: @autoclosure () -> String) {
        let names = self.names
        self.fail(
            "\(element())/@\(names.name(attribute.name) ?? "")", "is no attribute that ACES has here; expected none")
    }

    mutating func refuseAttributes(
        of event: XMLEvent, of element: @autoclosure () -> String, in batch: borrowing XMLBatch
    ) {
        for attribute in batch.attributes(of: event) where attribute.namespace == XMLEvent.noNamespace {
            self.refuse(attribute, of: element())
        }
    }

    /// A text of no more than some bytes; empty, and a failure, where it has more.
    mutating func limited(_ text: String, _ field: @autoclosure () -> String, bytes maximum: Int) -> String {
        let count = text.utf8.count
        guard count > maximum else { return text }
        self.fail(field(), "has \(count) bytes; expected at most \(maximum)")
        return ""
    }
}
