import ChannelAdapter
import FileFormats
import Synchronization

@testable import ShopifyAdapter

/// A scripted shop's part that bulk operations need: places for files, operations that end at once, and their results.
final class ScriptedBulk: Sendable {
    /// One operation as it was begun.
    struct Run: Sendable {
        let document: String
        let lines: [JSONValue]
    }

    private struct State {
        var files: [String: [JSONValue]] = [:]
        var runs: [Run] = []
    }

    private let state = Mutex(State())
    private let results: @Sendable (Run) -> [UInt8]

    /// - Parameter results: The file of an operation's results.
    init(_ results: @escaping @Sendable (Run) -> [UInt8] = { ScriptedBulk.done($0).flatMap { $0 } }) {
        self.results = results
    }

    var runs: [Run] { self.state.withLock { $0.runs } }

    /// nil: the call is none of a bulk operation.
    func answer(_ call: ScriptedShop.Call) -> PlatformResponse? {
        if call.request.url.hasPrefix("https://files.example/upload") { return self.upload(call.request) }
        if call.request.url.hasPrefix("https://files.example/results/") { return self.download(call.request.url) }
        switch call.operation {
        case "BulkOperations": return .data(#"{"bulkOperations":{"nodes":[]}}"#)
        case "StageUpload":
            return .data(
                #"{"stagedUploadsCreate":{"stagedTargets":[{"url":"https://files.example/upload","parameters":"#
                    + #"[{"name":"key","value":"tmp/1/bulk/\#(self.runs.count)"},{"name":"policy","value":"p"}]}],"userErrors":[]}}"#
            )
        case "RunBulk":
            let number = self.state.withLock { state in
                state.runs.append(
                    Run(
                        document: call.variables["mutation"]?.text ?? "",
                        lines: state.files[call.variables["path"]?.text ?? ""] ?? []))
                return state.runs.count - 1
            }
            return .data(
                #"{"bulkOperationRunMutation":{"bulkOperation":{"id":"gid://shopify/BulkOperation/\#(number)"},"userErrors":[]}}"#
            )
        case "BulkOperation":
            let number = call.variables["id"]?.text?.split(separator: "/").last ?? ""
            return .data(
                #"{"bulkOperation":{"status":"COMPLETED","url":"https://files.example/results/\#(number)"}}"#)
        case "CancelBulk": return .data(#"{"bulkOperationCancel":{"bulkOperation":null,"userErrors":[]}}"#)
        default: return nil
        }
    }

    private func upload(_ request: PlatformRequest) -> PlatformResponse {
        let parts = String(decoding: request.body, as: UTF8.self).split(separator: "\r\n\r\n", maxSplits: 3)
        let path = parts.count > 3 ? String(parts[1].prefix { $0 != "\r\n" }) : ""
        let file = parts.last?.split(separator: "\r\n").first ?? ""
        let lines = file.split(separator: "\n").compactMap { try? JSONValue(Array($0.utf8)[...]) }
        self.state.withLock { $0.files[path] = lines }
        return PlatformResponse(status: 201)
    }

    private func download(_ url: String) -> PlatformResponse {
        guard let number = url.split(separator: "/").last.flatMap({ Int($0) }), self.runs.indices.contains(number)
        else {
            return PlatformResponse(status: 404)
        }
        return PlatformResponse(status: 200, body: self.results(self.runs[number]))
    }

    /// The results of an operation all of which was done, a line each; ids are made of the SKU or the handle's digits.
    static func done(_ run: Run) -> [[UInt8]] {
        run.lines.enumerated().map { number, line in Self.line(number, Self.data(run.document, line)) }
    }

    /// A line of results.
    static func line(_ number: Int, _ data: String) -> [UInt8] {
        Array(#"{"data":\#(data),"__lineNumber":\#(number)}"#.utf8) + [UInt8(ascii: "\n")]
    }

    static func data(_ document: String, _ line: JSONValue) -> String {
        if document == ShopifyDocument.updateVariants.text {
            let id = line["variants"]?.elements.first?["id"]?.text ?? ""
            return #"{"productVariantsBulkUpdate":{"productVariants":[{"id":"\#(id)"}],"userErrors":[]}}"#
        }
        if document == ShopifyDocument.setMetafields.text {
            return #"{"metafieldsSet":{"metafields":[{"id":"m"}],"userErrors":[]}}"#
        }
        let known = line.at("identifier", "id")?.text
        let digits = line.at("identifier", "handle")?.text?.filter(\.isNumber) ?? ""
        return
            #"{"productSet":{"product":{"id":"\#(known ?? "gid://shopify/Product/\(digits)")","variants":{"nodes":[{"id":"#
            + #""gid://shopify/ProductVariant/9\#(digits)","inventoryItem":{"id":"gid://shopify/InventoryItem/8\#(digits)"}}]}},"#
            + #""userErrors":[]}}"#
    }

    /// What a mutation answers of data that it does not take.
    static func refusal(_ document: String, code: String = "INVALID_INPUT") -> String {
        let payload =
            document == ShopifyDocument.setProduct.text
            ? "productSet"
            : document == ShopifyDocument.setMetafields.text ? "metafieldsSet" : "productVariantsBulkUpdate"
        return
            #"{"\#(payload)":{"product":null,"userErrors":[{"code":"\#(code)","field":["input","title"],"message":"m"}]}}"#
    }
}

extension ShopifyBulkPace {
    /// Without waiting.
    static let atOnce = Self(
        firstMilliseconds: 1, longestMilliseconds: 1, limitMilliseconds: 20, cancelMilliseconds: 5)
}
