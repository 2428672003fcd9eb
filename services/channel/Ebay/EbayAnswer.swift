internal import ChannelAdapter
internal import FileFormats

/// What a call came to: its body or a fault.
struct EbayAnswer: Sendable {
    /// An empty object where the answer has no body.
    let body: Result<JSONValue, PlatformFault>
    /// Where what was made is found; empty: not said.
    let location: String
    /// Whether it says for how long to wait, where it asks to.
    let saysHowLong: Bool

    /// Reads an answer and classifies what is wrong.
    ///
    /// - Parameter isChange: Whether it may have been carried out where the platform failed.
    init(_ response: PlatformResponse, isChange: Bool) {
        self.location = response.header("Location") ?? ""
        self.saysHowLong = Self.retryAfter(response) != nil
        let json = response.body.isEmpty ? JSONValue.object([]) : try? JSONValue(response.body[...])
        guard (200..<300).contains(response.status) else {
            self.body = .failure(Self.fault(of: response, json, isChange: isChange))
            return
        }
        guard let json, case .object = json else {
            self.body = .failure(
                PlatformFault(
                    .retry, code: "answer-unreadable", "the answer is no JSON object", isOutcomeUnknown: isChange))
            return
        }
        self.body = .success(json)
    }

    /// A call that did not come to an answer.
    init(_ fault: PlatformFault) {
        self.location = ""
        self.saysHowLong = true
        self.body = .failure(fault)
    }

    /// In milliseconds; nil: the answer does not say, or nothing that is believed.
    private static func retryAfter(_ response: PlatformResponse) -> Int64? {
        response.header("Retry-After").flatMap { Int64($0) }.flatMap { (0...86_400).contains($0) ? $0 * 1_000 : nil }
    }

    private static func fault(of response: PlatformResponse, _ json: JSONValue?, isChange: Bool) -> PlatformFault {
        var fault =
            EbayError.all(in: json ?? .null).map { $0.fault(status: response.status) }.mostTelling
            ?? PlatformFault(
                EbayFaults.kind(ofStatus: response.status), code: "http-\(response.status)",
                "the platform answered with status \(response.status)")
        // A gateway that gives up says nothing of what stands behind it.
        let isOpen = fault.kind == .retry || fault.kind == .unknown
        fault.isOutcomeUnknown = isChange && isOpen && (response.status >= 500 || response.status == 408)
        if fault.kind == .throttled || fault.kind == .retry {
            fault.retryAfterMilliseconds =
                Self.retryAfter(response) ?? (fault.kind == .throttled ? EbayLimits.throttleMilliseconds : nil)
        }
        return fault
    }
}

extension [PlatformFault] {
    /// The one that says most about what is to be done; nil: there is none.
    var mostTelling: PlatformFault? {
        let order: [PlatformFault.Kind] = [
            .stop, .reauthenticate, .throttled, .refused, .retry, .stale, .unknown, .doneAlready,
        ]
        return order.lazy.compactMap { kind in self.first { $0.kind == kind } }.first
    }
}

/// An error as one of the platform's interfaces writes it.
struct EbayError: Hashable, Sendable {
    /// What is read of it: a number, or a word of the token's address.
    enum Code: Hashable, Sendable {
        case number(Int)
        case word(String)
    }

    let code: Code
    let message: String
    /// What the platform asks to do; empty: not said.
    let action: String

    /// One of the newer interfaces' lists.
    init?(_ json: JSONValue) {
        guard let code = (json["errorId"] ?? json["ErrorCode"])?.integer else { return nil }
        self.code = .number(Int(code))
        let said = [json["longMessage"], json["message"], json["LongMessage"], json["ShortMessage"]]
        self.message = EbayText.shortened(said.lazy.compactMap { $0?.text }.first { !$0.isEmpty } ?? "")
        self.action = json["actionToTake"]?.text ?? ""
    }

    private init?(word json: JSONValue) {
        guard let word = json["error"]?.text else { return nil }
        self.code = .word(word)
        self.message = EbayText.shortened(json["error_description"]?.text ?? "")
        self.action = ""
    }

    /// The errors of an answer, in each of the shapes that the platform's interfaces have.
    static func all(in json: JSONValue) -> [EbayError] {
        if let word = EbayError(word: json) { return [word] }
        let lists = [json["errors"], json["error"], json.at("errorMessage", "error"), json["Errors"]].compactMap { $0 }
        return lists.flatMap { list in
            if case .object = list { return [list] }
            return list.elements
        }.compactMap { EbayError($0) }
    }

    /// What is to be done about it, in an answer with a status.
    func fault(status: Int) -> PlatformFault {
        switch self.code {
        case .number(let number):
            var kind = EbayFaults.kind(ofCode: number, status: status)
            if kind == .unknown, let asked = EbayFaults.actions[self.action] { kind = asked }
            return PlatformFault(kind, code: "\(number)", self.message)
        case .word(let word):
            return PlatformFault(
                EbayFaults.tokenErrors[word] ?? .unknown, code: EbayText.shortened(word, toBytes: 64), self.message)
        }
    }
}

/// Texts of the platform, to be kept.
enum EbayText {
    /// Its beginning, of at most so many bytes, without half a character.
    static func shortened(_ text: String, toBytes maximum: Int = EbayLimits.messageBytes) -> String {
        guard text.utf8.count > maximum else { return text }
        var shortened = ""
        var count = 0
        for character in text {
            count += character.utf8.count
            guard count <= maximum else { break }
            shortened.append(character)
        }
        return shortened
    }
}
