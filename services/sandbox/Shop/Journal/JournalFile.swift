internal import Foundation

/// A journal that cannot be read or written.
public struct JournalFault: Error, Sendable, CustomStringConvertible {
    /// Which file, why, and what to do.
    public let description: String

    /// A fault.
    public init(description: String) { self.description = description }
}

/// The journal of a shop: lines of JSON that are only ever added, and rewritten when most of them are of no use.
///
/// A line is handed to the kernel before what it tells is answered, so that the end of this process loses nothing;
/// the end of the machine may.
final class JournalFile {
    /// A journal with fewer bytes is never rewritten.
    static let minimumRewriteBytes = 16_777_216

    let path: String
    private var descriptor: Int32 = -1
    private(set) var bytes = 0
    /// The bytes beyond which it is rewritten.
    private(set) var rewriteBytes = JournalFile.minimumRewriteBytes
    private let encoder = JSONEncoder()

    init(path: String) { self.path = path }

    deinit { if self.descriptor >= 0 { close(self.descriptor) } }

    private func fault(_ what: String) -> JournalFault {
        JournalFault(description: "\(self.path): \(what): \(String(cString: strerror(errno)))")
    }

    /// Gives each line to a closure and opens the file for more.
    ///
    /// A last line without its end was never answered, and is cut off.
    ///
    /// - Throws: ``JournalFault`` where the file cannot be read or a line in it is none of a journal.
    func replay(_ apply: (JournalEntry) -> Void) throws(JournalFault) {
        self.descriptor = open(self.path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard self.descriptor >= 0 else { throw self.fault("cannot be opened") }
        let content: Data
        do {
            content = try Data(contentsOf: URL(filePath: self.path))
        } catch {
            throw JournalFault(description: "\(self.path): cannot be read: \(error.localizedDescription)")
        }
        let end = content.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        if end < content.count, ftruncate(self.descriptor, off_t(end)) != 0 { throw self.fault("cannot be cut") }
        let decoder = JSONDecoder()
        for (index, line) in content[..<end].split(separator: UInt8(ascii: "\n")).enumerated() {
            do {
                apply(try decoder.decode(JournalEntry.self, from: line))
            } catch {
                throw JournalFault(
                    description:
                        "\(self.path): line \(index + 1) is none of a journal (\(error)); move the file away to "
                        + "begin without what it holds")
            }
        }
        self.bytes = end
        self.rewriteBytes = max(Self.minimumRewriteBytes, 2 * end)
    }

    /// Adds a line.
    func append(_ entry: JournalEntry) throws(JournalFault) {
        try self.write(self.line(entry), to: self.descriptor)
    }

    /// Writes a new file with the given lines, in the place of the old one.
    func rewrite(_ entries: [JournalEntry]) throws(JournalFault) {
        let temporary = self.path + ".part"
        let fresh = open(temporary, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0o600)
        guard fresh >= 0 else { throw self.fault("cannot be rewritten") }
        let before = self.bytes
        self.bytes = 0
        do throws(JournalFault) {
            for entry in entries { try self.write(self.line(entry), to: fresh) }
            guard rename(temporary, self.path) == 0 else { throw self.fault("cannot be replaced") }
        } catch {
            close(fresh)
            self.bytes = before
            throw error
        }
        close(self.descriptor)
        self.descriptor = fresh
        self.rewriteBytes = max(Self.minimumRewriteBytes, 2 * self.bytes)
    }

    private func line(_ entry: JournalEntry) throws(JournalFault) -> Data {
        do {
            var line = try self.encoder.encode(entry)
            line.append(UInt8(ascii: "\n"))
            return line
        } catch {
            throw JournalFault(description: "\(self.path): a change cannot be written as JSON: \(error)")
        }
    }

    private func write(_ line: Data, to descriptor: Int32) throws(JournalFault) {
        var rest = line[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw self.fault("cannot be written") }
            rest = rest.dropFirst(count)
        }
        self.bytes += line.count
    }
}
