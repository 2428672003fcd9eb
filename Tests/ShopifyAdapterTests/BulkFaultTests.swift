import ChannelAdapter
import FileFormats
import Foundation
import Synchronization
import Testing

@testable import ShopifyAdapter

@Suite("A bulk operation that goes wrong as a whole loses no listing, and nothing is taken for done")
struct BulkFaultTests {
    private static let rows = (0..<3).map {
        ContentRow(listing: .example($0), values: [ContentRow.Value(target: "title", value: "Pads")])
    }

    /// The faults of all rows where some answers are others than those of a shop that does all.
    private static func faults(
        _ answer: @escaping @Sendable (ScriptedShop.Call) -> PlatformResponse?
    ) async -> (fault: PlatformFault?, shop: ScriptedShop) {
        let bulk = ScriptedBulk()
        let shop = ScriptedShop { (call, _) in answer(call) ?? bulk.answer(call) ?? .json("{}", status: 500) }
        let outcomes = await shop.session().pushContentInBulk(Self.rows, key: "k").outcomes
        #expect(outcomes.count == 3 && Set(outcomes.map(\.fault)).count == 1)
        return (outcomes[0].fault, shop)
    }

    private static func started(_ code: String) -> PlatformResponse {
        .data(
            #"{"bulkOperationRunMutation":{"bulkOperation":null,"userErrors":[{"code":"\#(code)","field":null,"message":"m"}]}}"#
        )
    }

    @Test("where all bulk operations of the app run, the rows wait and are not refused")
    func inProgress() async {
        for code in ["OPERATION_IN_PROGRESS", "LIMIT_REACHED"] {
            let (fault, _) = await Self.faults { $0.operation == "RunBulk" ? Self.started(code) : nil }
            #expect(fault?.kind == .retry && fault?.code == code && fault?.isOutcomeUnknown == false)
            #expect(fault?.retryAfterMilliseconds == ShopifyLimits.bulkBusyMilliseconds)
        }
    }

    @Test(
        "the platform's own answer to one operation too many is that",
        .enabled(if: ShopifyFiles.isPresent, Comment(rawValue: ShopifyFiles.absence)))
    func recorded() async throws {
        let file = try #require(
            ShopifyFiles.recordings().first { $0.lastPathComponent.hasPrefix("bulk-operation-run-mutation") })
        let json = try JSONValue(Array(try Data(contentsOf: file))[...])
        let answer = try #require(json.at("sixthRun", "response"))
        let (fault, _) = await Self.faults { call in
            call.operation == "RunBulk" ? .json(String(decoding: answer.bytes, as: UTF8.self)) : nil
        }
        #expect(fault?.kind == .retry && fault?.code == "OPERATION_IN_PROGRESS")
    }

    @Test("what is refused as a whole is refused, so that the rows go one by one")
    func refused() async {
        for code in ["INVALID_MUTATION", "INVALID_STAGED_UPLOAD_FILE"] {
            let (fault, _) = await Self.faults { $0.operation == "RunBulk" ? Self.started(code) : nil }
            #expect(fault?.kind == .refused)
        }
        let (fault, shop) = await Self.faults { $0.request.url.hasSuffix("/upload") ? .json("", status: 403) : nil }
        #expect(fault?.kind == .refused && fault?.code == "upload-403")
        #expect(!shop.operations.contains("RunBulk"))
    }

    @Test("a file that does not come there does nothing")
    func upload() async {
        let (fault, shop) = await Self.faults { $0.request.url.hasSuffix("/upload") ? .json("", status: 503) : nil }
        #expect(fault?.kind == .retry && fault?.isOutcomeUnknown == false && !shop.operations.contains("RunBulk"))
    }

    @Test("an operation that does not end in time is cancelled, and nobody knows what became of its rows")
    func endless() async {
        let (fault, shop) = await Self.faults {
            $0.operation == "BulkOperation" ? .data(#"{"bulkOperation":{"status":"RUNNING"}}"#) : nil
        }
        #expect(fault?.kind == .retry && fault?.isOutcomeUnknown == true)
        #expect(shop.operations.count { $0 == "CancelBulk" } == 1)
        #expect(shop.operations.count { $0 == "BulkOperation" } == 25)
    }

    @Test("looking for how far it is goes on through failures, throttling and slow answers")
    func shaken() async {
        let looks = Mutex(0)
        let (fault, _) = await Self.faults { call in
            guard call.operation == "BulkOperation" else { return nil }
            switch looks.withLock({
                $0 += 1
                return $0
            }) {
            case 1: return .json("", status: 503)
            case 2: return .json(#"{"errors":[{"message":"Throttled","extensions":{"code":"THROTTLED"}}]}"#)
            case 3: return .data(#"{"bulkOperation":{"status":"CREATED"}}"#)
            case 4: return .json("no JSON")
            default: return nil
            }
        }
        #expect(fault == nil)
    }

    @Test("what an operation did before it failed counts, and nobody knows of the rest")
    func partial() async {
        let bulk = ScriptedBulk { run in ScriptedBulk.done(run)[1] }
        let shop = ScriptedShop { (call, _) in
            guard call.operation == "BulkOperation" else { return bulk.answer(call) ?? .json("{}", status: 500) }
            return .data(
                #"{"bulkOperation":{"status":"FAILED","errorCode":"TIMEOUT","url":null,"#
                    + #""partialDataUrl":"https://files.example/results/0"}}"#)
        }
        let outcomes = await shop.session().pushContentInBulk(Self.rows, key: "k").outcomes
        #expect(outcomes.map { $0.fault == nil } == [false, true, false])
        #expect(outcomes[0].fault?.isOutcomeUnknown == true && outcomes[0].fault?.kind == .retry)
    }

    @Test("results that do not come are asked for again, and then nobody knows")
    func download() async {
        let asked = Mutex(0)
        let (fault, _) = await Self.faults { call in
            guard call.request.method == "GET" else { return nil }
            return asked.withLock {
                $0 += 1
                return $0
            } < 3 ? .json("", status: 503) : nil
        }
        #expect(fault == nil)
        let (lost, shop) = await Self.faults { $0.request.method == "GET" ? .json("", status: 404) : nil }
        #expect(lost?.kind == .retry && lost?.isOutcomeUnknown == true)
        #expect(shop.calls.count { $0.request.method == "GET" } == ShopifyLimits.downloadTries)
    }

    @Test("an operation that a worker left behind ends first; those of others are let alone")
    func leftBehind() async throws {
        let text = String(decoding: JSONValue.string(ShopifyDocument.setProduct.text).bytes, as: UTF8.self)
        let looks = Mutex(0)
        let (fault, shop) = await Self.faults { call in
            switch call.operation {
            case "BulkOperations":
                return .data(
                    #"{"bulkOperations":{"nodes":[{"id":"o","status":"RUNNING","query":"mutation Other { a }"},"#
                        + #"{"id":"left","status":"RUNNING","query":\#(text)},{"id":"done","status":"COMPLETED","query":\#(text)}]}}"#
                )
            case "BulkOperation" where call.variables["id"]?.text == "left":
                let isOver =
                    looks.withLock {
                        $0 += 1
                        return $0
                    } > 3
                return .data(#"{"bulkOperation":{"status":"\#(isOver ? "COMPLETED" : "RUNNING")"}}"#)
            default: return nil
            }
        }
        #expect(fault == nil)
        let asked = shop.calls.filter { $0.operation == "BulkOperation" }.compactMap { $0.variables["id"]?.text }
        #expect(asked.prefix(5) == ["left", "left", "left", "left", "gid://shopify/BulkOperation/0"])
        #expect(!asked.contains("o") && !asked.contains("done"))
    }

    @Test("a bulk whose worker ends ends soon, and leaves its rows to the next one")
    func cancelled() async {
        let bulk = ScriptedBulk()
        let shop = ScriptedShop { (call, _) in
            call.operation == "BulkOperation"
                ? .data(#"{"bulkOperation":{"status":"RUNNING"}}"#) : bulk.answer(call) ?? .json("{}", status: 500)
        }
        let session = ShopifySession(.example(), transport: shop)
        let task = Task { await session.pushContentInBulk(Self.rows, key: "k") }
        while !shop.operations.contains("RunBulk") { await Task.yield() }
        task.cancel()
        let outcomes = await task.value.outcomes
        #expect(outcomes.allSatisfy { $0.fault?.isOutcomeUnknown == true })
        #expect(!shop.operations.contains("CancelBulk"))
    }
}
