/// Plain text and text with HTML in it.
enum MarkupText {
    /// Elements that stand within a line: taking them away leaves words as they are.
    private static let inline: Set<String> = [
        "a", "abbr", "b", "big", "code", "em", "font", "i", "mark", "s", "small", "span", "strong", "sub", "sup", "u",
    ]
    /// Elements whose content is no text.
    private static let hidden: Set<String> = ["script", "style"]
    private static let entities = [
        "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "#39": "'", "nbsp": " ",
    ]
    private static let maximumEntityBytes = 8

    /// The text without white space around it.
    static func trimmed(_ text: String) -> String {
        guard let first = text.firstIndex(where: { !$0.isWhitespace }),
            let last = text.lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(text[first...last])
    }

    /// The text as HTML that shows it.
    static func escaped(_ text: String) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): bytes += "&amp;".utf8
            case UInt8(ascii: "<"): bytes += "&lt;".utf8
            case UInt8(ascii: ">"): bytes += "&gt;".utf8
            case UInt8(ascii: "\""): bytes += "&quot;".utf8
            case UInt8(ascii: "'"): bytes += "&#39;".utf8
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The text of HTML: without its tags, its entities as what they stand for, each run of white space as one blank.
    static func stripped(_ html: String) -> String {
        let bytes = Array(html.utf8)
        var text: [UInt8] = []
        var place = 0
        var hiddenName: String?
        while place < bytes.count {
            let byte = bytes[place]
            if byte == UInt8(ascii: "<"), let tag = Self.tag(bytes, place) {
                if let name = hiddenName {
                    if tag.isEnd, tag.name == name { hiddenName = nil }
                } else if Self.hidden.contains(tag.name), !tag.isEnd {
                    hiddenName = tag.name
                }
                if !Self.inline.contains(tag.name) { text.append(UInt8(ascii: " ")) }
                place = tag.end
            } else if hiddenName != nil {
                place += 1
            } else if byte == UInt8(ascii: "&"), let entity = Self.entity(bytes, place) {
                text += entity.text.utf8
                place = entity.end
            } else {
                text.append(byte)
                place += 1
            }
        }
        let words = String(decoding: text, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        return words.joined(separator: " ")
    }

    /// The tag or comment that begins at a place; nil: none does.
    private static func tag(_ bytes: [UInt8], _ begin: Int) -> (name: String, isEnd: Bool, end: Int)? {
        var place = begin + 1
        guard place < bytes.count else { return nil }
        let isEnd = bytes[place] == UInt8(ascii: "/")
        if isEnd { place += 1 }
        let nameBegin = place
        while place < bytes.count, Self.isNamePart(bytes[place]) { place += 1 }
        let name = String(decoding: bytes[nameBegin..<place], as: UTF8.self).lowercased()
        let isMarkup = nameBegin < bytes.count && bytes[nameBegin] == UInt8(ascii: "!")
        guard !name.isEmpty || isMarkup else { return nil }
        guard let end = bytes[place...].firstIndex(of: UInt8(ascii: ">")) else { return nil }
        return (name, isEnd, end + 1)
    }

    private static func isNamePart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    private static func entity(_ bytes: [UInt8], _ begin: Int) -> (text: String, end: Int)? {
        let window = bytes[(begin + 1)...].prefix(Self.maximumEntityBytes)
        guard let end = window.firstIndex(of: UInt8(ascii: ";")) else { return nil }
        let name = String(decoding: bytes[(begin + 1)..<end], as: UTF8.self)
        return Self.entities[name].map { ($0, end + 1) }
    }
}
