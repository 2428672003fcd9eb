import AsyncHTTPClient
import Foundation
import NIOCore

/// Reads events one by one.
struct EventStreamReader {
    var parts: AsyncThrowingStream<ByteBuffer, any Error>.AsyncIterator
    var text = ""

    init(_ response: HTTPClientResponse) {
        let (stream, continuation) = AsyncThrowingStream<ByteBuffer, any Error>.makeStream()
        let reading = Task {
            do {
                for try await part in response.body { continuation.yield(part) }
                continuation.finish()
            } catch {
                continuation.finish(throwing: error)
            }
        }
        // Whoever lets go of the reader lets go of the connection.
        continuation.onTermination = { _ in reading.cancel() }
        self.parts = stream.makeAsyncIterator()
    }

    /// The next event's lines, comments left out; `nil` at the end.
    mutating func next() async throws -> [String]? {
        while true {
            if let end = self.text.range(of: "\n\n") {
                let lines = self.text[..<end.lowerBound].split(separator: "\n").map(String.init)
                self.text.removeSubrange(..<end.upperBound)
                if lines.contains(where: { $0.hasPrefix("data:") }) { return lines }
                continue
            }
            guard let part = try await self.parts.next(isolation: #isolation) else { return nil }
            self.text += String(buffer: part)
        }
    }

    /// The id of the first event that holds a text.
    mutating func id(ofEventWith text: String) async throws -> String? {
        while let lines = try await self.next() {
            guard lines.contains(where: { $0.contains(text) }) else { continue }
            return lines.first { $0.hasPrefix("id: ") }.map { String($0.dropFirst(4)) }
        }
        return nil
    }
}
