import Crypto
import Foundation
import ProtobufC
import RPC
import RPCMessages
import RawMessages
import SampleAPI
import SampleMessages
import Synchronization
import Wire

/// A service of files and pushes, as those behind a gateway are, which notes what became of each stream.
final class SampleFiles: Sendable {
    /// The secret of a marketplace's place.
    static func secret(of place: String) -> SymmetricKey { SymmetricKey(data: Data("the secret of \(place)".utf8)) }

    static func signature(of body: String, for place: String) -> String {
        HMAC<SHA256>.authenticationCode(for: Data(body.utf8), using: Self.secret(of: place))
            .map { String(format: "%02x", $0) }.joined()
    }

    /// What leads the ids of its things.
    let name: String
    private let things: [String]
    private let noted = Mutex<[String]>([])
    private let gate = Mutex<(isOpen: Bool, waiters: [CheckedContinuation<Void, Never>])>((false, []))

    /// - Parameter things: The positions of what it owns.
    init(_ name: String = "one", things: [String] = []) {
        self.name = name
        self.things = things.sorted(by: >)
    }

    /// What became of uploads and downloads, in order.
    var notes: [String] { self.noted.withLock { $0 } }

    private func note(_ text: String) { self.noted.withLock { $0.append(text) } }

    /// Lets uploads of the mode "gated" go on.
    func open() {
        let waiters = self.gate.withLock { gate in
            gate.isOpen = true
            defer { gate.waiters = [] }
            return gate.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    private func passGate() async {
        await withCheckedContinuation { waiter in
            let isOpen = self.gate.withLock { gate in
                if !gate.isOpen { gate.waiters.append(waiter) }
                return gate.isOpen
            }
            if isOpen { waiter.resume() }
        }
    }
}

extension SampleFiles: FileService {
    func upload(_ requests: RequestStream<UploadRequest>, context: ServerContext) async throws -> UploadResponse {
        var hash = SHA256()
        var response = UploadResponse()
        var first: UploadRequest?
        do {
            for try await request in requests {
                guard let begun = first else {
                    first = request
                    self.note("begun \(request.name)")
                    if request.mode == "absent" {
                        throw RPCError(.notFound, "there is no such file", type: "no-file", reason: .notFound)
                    }
                    if request.mode == "gated" { await self.passGate() }
                    continue
                }
                if begun.mode == "refused" {
                    throw RPCError(.failedPrecondition, "the file is closed", type: "file-closed", reason: .conflict)
                }
                hash.update(data: request.data)
                response.bytes += UInt64(request.data.count)
                response.pieces += 1
                if response.pieces == 1 { self.note("received \(begun.name)") }
            }
        } catch let error as RPCError where error.code == .cancelled {
            self.note("broken off \(first?.name ?? "")")
            throw error
        }
        response.name = first?.name ?? ""
        response.sha256 = hash.finalize().map { String(format: "%02x", $0) }.joined()
        response.contentType = first?.head?.contentType ?? ""
        response.checksum = first?.head?.headers.map { "\($0.name)=\($0.value)" }.joined(separator: ",") ?? ""
        self.note("whole \(response.name)")
        return response
    }

    func download(
        _ request: DownloadRequest, responses: ResponseWriter<DownloadResponse>, context: ServerContext
    ) async throws {
        guard request.name != "absent" else {
            throw RPCError(.notFound, "there is no such file", type: "no-file", reason: .notFound)
        }
        var head = AnswerHead(fileName: request.name)
        if request.name.hasSuffix(".csv") { head.contentType = "text/csv" }
        if request.name == "reserved" { head.headers = [Header(name: "set-cookie", value: "a=b")] }
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: Int(request.pieceBytes))
        do throws(RPCError) {
            try await responses.write(DownloadResponse(head: head))
            for number in 0..<request.pieces {
                if number == request.failsAfter { throw RPCError(.internal, "the disk is gone") }
                try await responses.write(DownloadResponse(data: piece))
                self.note("piece \(number)")
            }
            self.note("sent \(request.name)")
        } catch {
            self.note("ended \(request.name) \(error.code)")
            throw error
        }
    }

    func exchange(_ request: ExchangeRequest, context: ServerContext) async throws -> ExchangeResponse {
        var head = AnswerHead(
            status: UInt32(request.mode) ?? 0, headers: [Header(name: "x-place", value: request.place)])
        if request.mode == "json" { head.contentType = "application/json" }
        return ExchangeResponse(head: head, body: Self.description(of: request, context) + request.body)
    }

    func pushSigned(_ request: ExchangeRequest, context: ServerContext) async throws -> ExchangeResponse {
        let given = request.head?.headers.first { $0.name == "x-signature" }?.value ?? ""
        // In constant time: how much of a forged signature is right must not show.
        guard let code = Self.bytes(hexadecimal: given),
            HMAC<SHA256>.isValidAuthenticationCode(
                code, authenticating: Data(request.body), using: Self.secret(of: request.place))
        else { return ExchangeResponse(head: AnswerHead(status: 401), body: Array("the signature is wrong\n".utf8)) }
        return ExchangeResponse(head: AnswerHead(status: 202), body: Self.description(of: request, context))
    }

    func pushOpen(_ request: ExchangeRequest, context: ServerContext) async throws -> ExchangeResponse {
        if request.body == Array("fail".utf8) {
            throw RPCError(.unavailable, "nobody is at home", type: "place-shut", reason: .unavailable)
        }
        return ExchangeResponse(head: AnswerHead(status: 204), body: [])
    }

    func getThing(_ request: GetThingRequest, context: ServerContext) async throws -> Thing {
        let position = String(request.thingID.dropFirst(self.name.count + 1))
        guard request.thingID.hasPrefix(self.name + "-"), self.things.contains(position) else {
            throw RPCError(.notFound, "there is no such thing", type: "no-thing", reason: .notFound)
        }
        return Thing(thingID: request.thingID, position: position)
    }

    func listThings(_ request: ListThingsRequest, context: ServerContext) async throws -> ListThingsResponse {
        if request.pageToken == "fail" {
            throw RPCError(.unavailable, "nobody is at home", type: "place-shut", reason: .unavailable)
        }
        let size = request.pageSize == 0 ? 3 : Int(request.pageSize)
        let rest = self.things.filter { request.pageToken.isEmpty || $0 < request.pageToken }
        let page = rest.prefix(size)
        return ListThingsResponse(
            things: page.map { Thing(thingID: "\(self.name)-\($0)", position: $0) },
            nextPageToken: rest.count > size ? page.last ?? "" : "")
    }

    private static func description(of request: ExchangeRequest, _ context: ServerContext) -> [UInt8] {
        let head = request.head ?? RawMessages.RequestHead()
        let headers = head.headers.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
        let caller = context.caller.isAuthenticated ? context.caller.brand : "nobody"
        return Array("\(caller) \(head.target) [\(head.contentType)] \(headers)\n".utf8)
    }

    private static func bytes(hexadecimal text: String) -> [UInt8]? {
        guard text.utf8.count == 64 else { return nil }
        return stride(from: 0, to: 64, by: 2).reduce(into: [UInt8]?.some([])) { bytes, index in
            let start = text.index(text.startIndex, offsetBy: index)
            guard let byte = UInt8(text[start..<text.index(start, offsetBy: 2)], radix: 16) else { return bytes = nil }
            bytes?.append(byte)
        }
    }
}
