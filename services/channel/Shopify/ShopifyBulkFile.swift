internal import ChannelAdapter
internal import Crypto
internal import FileFormats

/// The file of a bulk operation: a line for each call of its mutation, with the call's variables.
struct ShopifyBulkFile {
    let bytes: [UInt8]
    /// How many lines it has: those behind did not fit.
    let count: Int

    /// - Parameters:
    ///   - lines: The variables of each call.
    ///   - limit: The most bytes; at least one line is taken.
    init(_ lines: [JSONValue], limit: Int = ShopifyLimits.bulkBytes) {
        var (bytes, count) = ([UInt8](), 0)
        for line in lines {
            let line = line.bytes
            guard count == 0 || bytes.count + line.count < limit else { break }
            bytes += line
            bytes.append(UInt8(ascii: "\n"))
            count += 1
        }
        (self.bytes, self.count) = (bytes, count)
    }

    /// A form by which the file is put where the platform wants it: the platform's own fields go before the file.
    func form(_ fields: [(name: String, value: String)]) -> (body: [UInt8], contentType: String) {
        // By chance alone would the file hold its own digest.
        let boundary =
            "driveline-"
            + SHA256.hash(data: self.bytes).prefix(16).map { byte in
                (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }.joined()
        var body: [UInt8] = []
        for (name, value) in fields {
            body += "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n".utf8
        }
        body += "--\(boundary)\r\nContent-Disposition: form-data; name=\"file\"; filename=\"rows.jsonl\"\r\n".utf8
        body += "Content-Type: text/jsonl\r\n\r\n".utf8
        body += self.bytes
        body += "\r\n--\(boundary)--\r\n".utf8
        return (body, "multipart/form-data; boundary=\(boundary)")
    }

    /// What the platform says of each line, by the numbers that its results have, whatever their order.
    ///
    /// A result that cannot be read, has no number or one that no line has says nothing; nor do two of the same number.
    ///
    /// - Returns: As many as there are lines; nil: nothing is said of that line, so that nobody knows what became of it.
    static func results(in bytes: [UInt8], count: Int) -> [ShopifyAnswer?] {
        var results = [ShopifyAnswer?](repeating: nil, count: count)
        var seen: Set<Int> = []
        for line in bytes.split(whereSeparator: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }) {
            guard let json = try? JSONValue(line), let number = json["__lineNumber"]?.integer,
                let index = Int(exactly: number), results.indices.contains(index)
            else { continue }
            results[index] = seen.insert(index).inserted ? ShopifyAnswer(json, isMutation: true) : nil
        }
        return results
    }
}

/// How often it is looked how far a bulk operation is.
struct ShopifyBulkPace: Sendable {
    /// The first wait, in milliseconds; half as long again each further time.
    var firstMilliseconds: Int64 = 500
    /// The longest wait, in milliseconds.
    var longestMilliseconds: Int64 = 10_000
    /// How long is waited in all for one operation, in milliseconds; then it is cancelled.
    var limitMilliseconds: Int64 = 900_000
    /// How long is waited for one that was cancelled, in milliseconds.
    var cancelMilliseconds: Int64 = 30_000

    /// The wait behind another one; nil: the first.
    func wait(after milliseconds: Int64?) -> Int64 {
        guard let milliseconds else { return self.firstMilliseconds }
        return min(max(milliseconds + milliseconds / 2, 1), self.longestMilliseconds)
    }
}
