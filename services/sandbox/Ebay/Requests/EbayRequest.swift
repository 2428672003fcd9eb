internal import OrderedCollections
public import SandboxJSON

/// A request to one of eBay's interfaces.
public struct EbayRequest: Sendable {
    /// The method, such as `GET`.
    public var method: String
    /// The parts of the path behind the shop's own, decoded.
    public var path: [String]
    /// The query's fields, decoded, in their order.
    public var query: [(name: String, value: String)]
    /// Headers by their names in small letters.
    public var headers: [String: String]
    /// The bytes of the body.
    public var body: [UInt8]
    /// Where the shop is reached, without a slash at the end.
    public var base: String

    /// A request.
    public init(
        method: String, path: [String], query: String, headers: [String: String], body: [UInt8], base: String
    ) {
        self.method = method
        self.path = path
        self.query = FormFields.read(query)
        self.headers = headers
        self.body = body
        self.base = base
    }

    func field(_ name: String) -> String? { self.query.first { $0.name == name }?.value }

    /// The body as an object.
    func object() throws(EbayRefusal) -> JSONValue {
        guard let json = try? JSONValue(json: self.body), json.object != nil else { throw EbayRefusal(2004) }
        return json
    }

    /// Where a page begins and how long it is.
    ///
    /// - Parameters:
    ///   - usual: How long a page is where the request does not say.
    ///   - wrong: What is answered where it asks for something else.
    func page(
        usual: Int, maximum: Int, wrong: (String) -> EbayRefusal
    ) throws(EbayRefusal) -> (offset: Int, limit: Int) {
        func number(_ name: String, _ usual: Int, _ range: ClosedRange<Int>) throws(EbayRefusal) -> Int {
            guard let text = self.field(name) else { return usual }
            guard let number = Int(text), range.contains(number) else { throw wrong("\(name)=\(text)") }
            return number
        }
        return (try number("offset", 0, 0...10_000_000), try number("limit", usual, 1...maximum))
    }

    /// The address of a page of what is asked for, in place of the page that is.
    func address(offset: Int, limit: Int) -> String {
        let others = self.query.filter { $0.name != "offset" && $0.name != "limit" }
        let fields = others.map { "\($0.name)=\(FormFields.encoded($0.value))" }
        let query = (fields + ["limit=\(limit)", "offset=\(offset)"]).joined(separator: "&")
        let path = self.path.map { FormFields.encoded($0) }.joined(separator: "/")
        return "\(self.base)/\(path)?\(query)"
    }
}

/// An answer of one of eBay's interfaces.
public struct EbayAnswer: Sendable {
    /// The HTTP status.
    public var status: Int
    /// The body; `nil` for none.
    public var body: JSONValue?
    /// Where what was made is found; `nil` where nothing was.
    public var location: String?

    /// An answer.
    public init(_ status: Int, _ body: JSONValue? = nil, location: String? = nil) {
        self.status = status
        self.body = body
        self.location = location
    }
}

/// What becomes of a request.
public enum EbayOutcome: Sendable {
    /// It is answered.
    case answer(EbayAnswer)
    /// It is answered when an address has shown that it is the seller's.
    case challenge(EbayChallenge)
}

/// Fields as forms and queries have them.
enum FormFields {
    static func read(_ text: String) -> [(name: String, value: String)] {
        text.split(separator: "&").compactMap { pair in
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decoded(sides[0]), let value = Self.decoded(sides.count == 2 ? sides[1] : "") else {
                return nil
            }
            return (name, value)
        }
    }

    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else { return nil }
                bytes.append(value)
                rest = rest.dropFirst(2)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    static func encoded(_ text: String) -> String {
        text.utf8.map { byte -> String in
            let character = Character(Unicode.Scalar(byte))
            if byte < 0x80, character.isLetter || character.isNumber || "-._~".contains(character) {
                return String(character)
            }
            let digits = String(byte, radix: 16, uppercase: true)
            return digits.count == 1 ? "%0\(digits)" : "%\(digits)"
        }.joined()
    }
}

extension JSONValue {
    /// An object without the members that there are none of.
    static func members(_ members: KeyValuePairs<String, JSONValue?>) -> JSONValue {
        var object: JSONObject = [:]
        for (name, value) in members { object[name] = value }
        return .object(object)
    }

    /// The object with a member replaced, or taken away where the value is `nil`.
    func setting(_ name: String, to value: JSONValue?) -> JSONValue {
        var members = self.object ?? [:]
        members[name] = value
        return .object(members)
    }

    /// A member of a member.
    func at(_ first: String, _ second: String) -> JSONValue? { self[first]?[second] }

    /// The whole number that fits this machine's.
    var count: Int? { self.integer.flatMap { Int(exactly: $0) } }
}
