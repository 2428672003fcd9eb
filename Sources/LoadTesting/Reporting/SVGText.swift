/// Writes an SVG document, in pixels.
struct SVGText: Sendable {
    private var lines: [String]

    init(width: Double, height: Double, style: String) {
        self.lines = [
            #"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \#(Int(width)) \#(Int(height))" "#
                + #"width="\#(Int(width))" height="\#(Int(height))">"#,
            "<style>\(style)</style>",
        ]
    }

    /// The whole document.
    var closed: String { self.lines.joined(separator: "\n") + "\n</svg>\n" }

    mutating func rectangle(_ classes: String, x: Double, y: Double, width: Double, height: Double) {
        self.lines.append(
            #"<rect class="\#(classes)" x="\#(Self.text(x))" y="\#(Self.text(y))" "#
                + #"width="\#(Self.text(width))" height="\#(Self.text(height))"/>"#)
    }

    mutating func line(_ classes: String, x1: Double, y1: Double, x2: Double, y2: Double) {
        self.lines.append(
            #"<line class="\#(classes)" x1="\#(Self.text(x1))" y1="\#(Self.text(y1))" "#
                + #"x2="\#(Self.text(x2))" y2="\#(Self.text(y2))"/>"#)
    }

    mutating func polyline(_ classes: String, _ points: [(x: Double, y: Double)]) {
        let places = points.map { "\(Self.text($0.x)),\(Self.text($0.y))" }.joined(separator: " ")
        self.lines.append(#"<polyline class="\#(classes)" points="\#(places)"/>"#)
    }

    mutating func text(_ classes: String, _ content: String, x: Double, y: Double) {
        self.lines.append(
            #"<text class="\#(classes)" x="\#(Self.text(x))" y="\#(Self.text(y))">\#(Self.escaped(content))</text>"#)
    }

    private static func text(_ number: Double) -> String { NumberText.fixed(number, decimals: 1) }

    private static func escaped(_ text: String) -> String {
        text.map { character in
            switch character {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            case "\"": "&quot;"
            default: String(character)
            }
        }.joined()
    }
}
