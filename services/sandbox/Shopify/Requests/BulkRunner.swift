internal import Foundation
public import Logging
internal import OrderedCollections
internal import SandboxGraphQL
internal import SandboxJSON
public import SandboxShop

/// Does the work that goes on behind answers: mutations line by line, and products that are set later.
///
/// What is done of a file is written down with what it changed, so that each line is done once, whenever the process
/// ends.
public struct BulkRunner: Sendable {
    /// The lines that are done in one change.
    static let linesAtOnce = 50
    /// The bytes of a line.
    static let maximumLineBytes = 262_144

    private let api: AdminAPI
    private let shops: Shops
    private let files: ShopFiles
    private let base: String
    private let logger: Logger

    /// - Parameters:
    ///   - files: Where inputs are and results go.
    ///   - base: Where the sandbox is reached.
    public init(api: AdminAPI, shops: Shops, files: ShopFiles, base: String, logger: Logger) {
        self.api = api
        self.shops = shops
        self.files = files
        self.base = base
        self.logger = logger
    }

    /// Works until the task is cancelled.
    public func run() async {
        let (wakes, wake) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        self.shops.onChange { wake.yield() }
        wake.yield()
        for await _ in wakes {
            for shop in self.shops.all where shop.platform == .shopify { await self.work(on: shop) }
        }
    }

    /// Does all that is open in a shop.
    public func work(on shop: Shop) async {
        var contents: [Int64: [ArraySlice<UInt8>]] = [:]
        while let operation = shop.read({ state in
            state.index.openOperations.first.flatMap { state.operations[$0] }
        }) {
            do throws(ShopFault) {
                switch operation.kind {
                case .productSet: try self.setProduct(operation, of: shop)
                case .bulkMutation:
                    let lines = contents[operation.id] ?? self.lines(of: operation)
                    contents = [operation.id: lines]
                    try self.doLines(lines, operation, of: shop)
                // No shop of this platform has any.
                case .submission, .feed: return
                }
            } catch {
                return self.logger.error("operations of \(shop.name) stop: \(error)")
            }
            await Task.yield()
        }
    }

    private func lines(of operation: SandboxShop.Operation) -> [ArraySlice<UInt8>] {
        let content = operation.inputFile.flatMap { self.files.read($0) } ?? []
        return content.split(separator: UInt8(ascii: "\n"))
    }

    private func setProduct(_ operation: SandboxShop.Operation, of shop: Shop) throws(ShopFault) {
        let input = (try? JSONValue(json: operation.input)) ?? .null
        try shop.change { state in
            guard var operation = state.operations[operation.id], operation.completedAt == nil else { return }
            let view = ShopView(state: state, base: self.base, schema: self.api.schema, files: self.files)
            switch ProductSetter(view: view).set(input["input"] ?? .null, input["identifier"]) {
            case .success(let id): operation.productID = id
            case .failure(let errors): operation.errors = JSONValue.array(errors.errors).jsonText
            }
            (operation.status, operation.completedAt) = ("COMPLETE", .now())
            state.put(operation)
        }
    }

    private func doLines(
        _ lines: [ArraySlice<UInt8>], _ operation: SandboxShop.Operation, of shop: Shop
    ) throws(ShopFault) {
        let prepared = try? self.api.operation(operation.input)
        let fault: JournalFault? = try shop.change { state in
            guard var operation = state.operations[operation.id], operation.completedAt == nil else { return nil }
            let first = operation.objectCount
            let last = min(lines.count, first + Self.linesAtOnce)
            var results: [UInt8] = []
            for index in first..<max(first, last) {
                let result = self.result(of: lines[index], index, prepared, state)
                results += result.jsonBytes + [UInt8(ascii: "\n")]
            }
            let name = "results/\(state.settings.name)/\(operation.id).jsonl"
            do throws(JournalFault) {
                try self.files.write(results, at: operation.fileSize ?? 0, of: name)
            } catch {
                (operation.status, operation.completedAt) = ("FAILED", .now())
                state.put(operation)
                return error
            }
            operation.objectCount = max(first, last)
            operation.fileSize = (operation.fileSize ?? 0) + results.count
            operation.resultFile = "\(operation.id).jsonl"
            operation.status = "RUNNING"
            if last >= lines.count { (operation.status, operation.completedAt) = ("COMPLETED", .now()) }
            state.put(operation)
            return nil
        }
        if let fault { self.logger.error("\(fault)") }
    }

    private func result(
        of line: ArraySlice<UInt8>, _ index: Int, _ prepared: PreparedOperation?, _ state: ShopState
    ) -> JSONValue {
        func refused(_ message: String, _ code: String) -> JSONValue {
            [
                "errors": [["message": .string(message), "extensions": ["code": .string(code)]]],
                "__lineNumber": .number(index),
            ]
        }
        let interval = state.faults.refusedRowInterval
        if interval > 0, (index + 1).isMultiple(of: interval) {
            return refused("Internal error. Looks like something went wrong on our end.", "INTERNAL_SERVER_ERROR")
        }
        guard line.count <= Self.maximumLineBytes, let json = try? JSONValue(json: line), let given = json.object else {
            return refused("The line is no JSON object of at most \(Self.maximumLineBytes) bytes.", "BAD_REQUEST")
        }
        guard let prepared else { return refused("The mutation is invalid.", "BAD_REQUEST") }
        do throws(GraphQLErrors) {
            let request = AdminRequest(
                operation: prepared, variables: try prepared.variables(given), requestedCost: 0)
            let answer = request.perform(on: state, base: self.base, self.files)
            var members: JSONValue.JSONObject = ["data": answer.data]
            if !answer.errors.isEmpty { members["errors"] = .array(answer.errors.map(\.json)) }
            members["__lineNumber"] = .number(index)
            return .object(members)
        } catch {
            return ["errors": .array(error.errors.map(\.json)), "__lineNumber": .number(index)]
        }
    }
}
