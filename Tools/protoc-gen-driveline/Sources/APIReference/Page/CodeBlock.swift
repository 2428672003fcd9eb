/// Code with its parts told apart by colour.
enum CodeBlock {
    /// The columns that there is room for.
    static let columns = 52

    /// A block of code.
    ///
    /// - Parameters:
    ///   - title: What it is.
    ///   - kind: `json`, or anything else, which has no colours.
    static func html(_ title: String, kind: String, _ code: String) -> HTML {
        let body = kind == "json" ? self.json(code) : "\(code)"
        return """
            <figure class="code"><figcaption>\(title)</figcaption><pre><code>\(body)</code></pre></figure>
            """
    }

    /// JSON, token by token.
    private static func json(_ code: String) -> HTML {
        var pieces: [HTML] = []
        var rest = code[...]
        while let first = rest.first {
            let token: Substring
            switch first {
            case "\"":
                token = self.string(rest)
                let isName = rest[token.endIndex...].first == ":"
                pieces.append("<span class=\"\(isName ? "n" : "s")\">\(token)</span>")
            case _ where first == "-" || first.isNumber || first.isLetter:
                token = rest.prefix { $0.isNumber || $0.isLetter || ".+-".contains($0) }
                pieces.append("<span class=\"v\">\(token)</span>")
            default:
                token = rest.prefix { $0 != "\"" && $0 != "-" && !$0.isNumber && !$0.isLetter }
                pieces.append("\(token)")
            }
            rest = rest[token.endIndex...]
        }
        return HTML(pieces)
    }

    private static func string(_ rest: Substring) -> Substring {
        var isEscaped = false
        var index = rest.index(after: rest.startIndex)
        while index < rest.endIndex {
            let character = rest[index]
            index = rest.index(after: index)
            if character == "\"", !isEscaped { break }
            isEscaped = character == "\\" && !isEscaped
        }
        return rest[..<index]
    }
}
