/// An answer as a client reads it.
package struct Answer: Equatable, Sendable {
    package var status: Int
    /// Names in lower case.
    package var headers: [String: [String]]
    package var body: [UInt8]

    package var text: String { String(decoding: self.body, as: UTF8.self) }

    package func header(_ name: String) -> String? { self.headers[name]?.first }

    /// All whole answers at the front of some bytes.
    ///
    /// - Parameters:
    ///   - heads: The places of those whose requests were HEAD.
    package static func all(_ bytes: [UInt8], isClosed: Bool, heads: Set<Int> = []) -> [Answer] {
        var rest = bytes[...]
        var answers: [Answer] = []
        while let answer = Self.take(&rest, isClosed: isClosed, isHead: heads.contains(answers.count)) {
            answers.append(answer)
        }
        return answers
    }

    private static func take(_ bytes: inout ArraySlice<UInt8>, isClosed: Bool, isHead: Bool) -> Answer? {
        guard let headEnd = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: bytes[..<headEnd.lowerBound], as: UTF8.self).split(separator: "\r\n")
        let words = lines[0].split(separator: " ")
        guard words.count >= 2, words[0] == "HTTP/1.1", let status = Int(words[1]) else { return nil }
        var headers: [String: [String]] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased(), default: []].append(parts.count > 1 ? String(parts[1].dropFirst()) : "")
        }
        let rest = bytes[headEnd.upperBound...]
        var answer = Answer(status: status, headers: headers, body: [])
        if isHead || status < 200 || status == 204 || status == 304 {
            bytes = rest
            return answer
        }
        if let text = answer.header("content-length"), let length = Int(text) {
            guard rest.count >= length else { return nil }
            answer.body = Array(rest.prefix(length))
            bytes = rest.dropFirst(length)
        } else if answer.header("transfer-encoding") == "chunked" {
            guard let (body, after) = Self.chunks(rest) else { return nil }
            answer.body = body
            bytes = after
        } else {
            guard isClosed else { return nil }
            answer.body = Array(rest)
            bytes = []
        }
        return answer
    }

    private static func chunks(_ bytes: ArraySlice<UInt8>) -> (body: [UInt8], rest: ArraySlice<UInt8>)? {
        var rest = bytes
        var body: [UInt8] = []
        while let line = rest.firstRange(of: Array("\r\n".utf8)) {
            let text = String(decoding: rest[..<line.lowerBound], as: UTF8.self)
            guard let length = Int(text, radix: 16) else { return nil }
            let data = rest[line.upperBound...]
            guard data.count >= length + 2 else { return nil }
            body += data.prefix(length)
            rest = data.dropFirst(length + 2)
            if length == 0 { return (body, rest) }
        }
        return nil
    }
}
