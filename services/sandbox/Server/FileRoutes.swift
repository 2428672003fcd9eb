internal import Foundation
internal import HTTPServer
internal import NIOCore
internal import NIOHTTP1
internal import SandboxShop

/// Files that are uploaded for mutations over many things, and their results.
struct FileRoutes {
    let sandbox: SandboxParts

    /// Takes a file at the path that `stagedUploadsCreate` told: as the whole body, or as the part `file` of a form.
    func upload(_ request: HTTPRequest, _ parts: [String], _ exchange: HTTPExchange) {
        guard parts.count == 5, parts[0] == "tmp", self.sandbox.shops.shop(named: parts[1]) != nil,
            request.method == .PUT || request.method == .POST
        else {
            return Response.refusal(.notFound, "NOT_FOUND", "nothing is to be uploaded here").send(to: exchange)
        }
        let type = request.headers.first(name: "Content-Type") ?? ""
        exchange.collectBody(limit: SandboxHandler.maximumBodyBytes) { body in
            self.store(Array(body.readableBytesView), type, as: parts.joined(separator: "/")).send(to: exchange)
        }
    }

    private func store(_ body: [UInt8], _ type: String, as name: String) -> Response {
        var content = body[...]
        if type.hasPrefix("multipart/form-data") {
            guard let boundary = type.range(of: "boundary=").map({ String(type[$0.upperBound...]) }),
                let file = FormFile.content(of: body, boundary: boundary.filter { $0 != "\"" })
            else {
                return .refusal(.badRequest, "BAD_FORM", "the form has no part named file, or no boundary")
            }
            content = file
        }
        do throws(JournalFault) {
            try self.sandbox.files.write(Array(content), of: name)
        } catch {
            return .refusal(.insufficientStorage, "NO_ROOM", "\(error)")
        }
        return Response(status: .created)
    }

    /// Gives a file of results.
    func download(_ parts: [String]) -> Response {
        guard parts.count == 2, let content = self.sandbox.files.read("results/\(parts[0])/\(parts[1])") else {
            return .refusal(.notFound, "NOT_FOUND", "there is no such file")
        }
        return Response(
            status: .ok, headers: ["Content-Type": "application/jsonl"], body: ByteBuffer(bytes: content))
    }
}

/// The file of a form (RFC 7578).
enum FormFile {
    private static let headEnd = Array("\r\n\r\n".utf8)

    /// The content of the part `file`; `nil` where there is none.
    static func content(of body: [UInt8], boundary: String) -> ArraySlice<UInt8>? {
        let mark = Array("--\(boundary)".utf8)
        var rest = body[...]
        while let start = rest.firstRange(of: mark) {
            let part = rest[start.upperBound...]
            guard let head = part.firstRange(of: self.headEnd),
                let end = part[head.upperBound...].firstRange(of: Array("\r\n".utf8) + mark)
            else { return nil }
            let text = String(decoding: part[..<head.lowerBound], as: UTF8.self)
            if text.contains("name=\"file\"") { return part[head.upperBound..<end.lowerBound] }
            rest = body[(end.lowerBound + 2)...]
        }
        return nil
    }
}
