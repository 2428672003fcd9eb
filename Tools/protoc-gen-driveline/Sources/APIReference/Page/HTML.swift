/// Text of HTML that is safe to be put into a page.
struct HTML: Sendable, Hashable, ExpressibleByStringInterpolation {
    /// The text itself.
    private(set) var text: String

    /// Markup as it is written in this program.
    init(stringLiteral value: String) { self.text = value }

    init(stringInterpolation: Interpolation) { self.text = stringInterpolation.text }

    /// Pieces one behind the other.
    init(_ pieces: [HTML]) { self.text = pieces.map(\.text).joined() }

    static func + (left: HTML, right: HTML) -> HTML { HTML([left, right]) }

    var isEmpty: Bool { self.text.isEmpty }

    /// Puts markup in as it is, and escapes all other text.
    struct Interpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        init(literalCapacity: Int, interpolationCount: Int) {}

        mutating func appendLiteral(_ literal: String) { self.text += literal }

        mutating func appendInterpolation(_ html: HTML) { self.text += html.text }

        mutating func appendInterpolation(_ pieces: [HTML]) { for piece in pieces { self.text += piece.text } }

        mutating func appendInterpolation(_ text: some StringProtocol) { self.text += HTML.escaped(text) }

        mutating func appendInterpolation(_ number: some BinaryInteger) { self.text += String(number) }
    }

    private static func escaped(_ text: some StringProtocol) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}

extension HTML {
    /// Text with code between grave accents, without a paragraph around it.
    static func inline(_ text: String) -> HTML {
        let parts = text.split(separator: "`", omittingEmptySubsequences: false)
        return HTML(parts.enumerated().map { $0.isMultiple(of: 2) ? "\($1)" : "<code>\($1)</code>" })
    }

    /// Text in paragraphs, which empty lines part.
    static func paragraphs(_ text: String) -> HTML {
        HTML(text.split(separator: "\n\n").map { "<p>\(Self.inline(String($0)))</p>" })
    }
}
