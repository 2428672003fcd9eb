internal import Foundation
internal import OrderedCollections
public import SandboxGraphQL
public import SandboxJSON
public import SandboxShop
internal import Synchronization

/// An answer of the Admin API.
public struct AdminAnswer: Sendable {
    /// The HTTP status.
    public var status: Int
    /// The body, in JSON.
    public var body: JSONValue
    /// In how many seconds to try again; `nil` for nothing said.
    public var retryAfterSeconds: Int?

    /// An answer.
    public init(status: Int, body: JSONValue, retryAfterSeconds: Int? = nil) {
        self.status = status
        self.body = body
        self.retryAfterSeconds = retryAfterSeconds
    }
}

/// Answers GraphQL requests as Shopify's Admin API does.
public final class AdminAPI: Sendable {
    /// The version that paths name.
    public static let version = "2026-04"
    /// The documents that are kept as they were found valid.
    private static let maximumPrepared = 512

    /// The types that it offers.
    public let schema: Schema
    private let limits: GraphQLLimits
    private let files: ShopFiles
    private let prepared = Mutex<[String: PreparedOperation]>([:])
    private let buckets = Mutex<[String: CostBucket]>([:])

    /// An interface.
    ///
    /// - Parameter files: Where uploads are.
    /// - Throws: `GraphQLError` where the schema is broken.
    public init(
        files: ShopFiles = ShopFiles(folder: nil), limits: GraphQLLimits = GraphQLLimits()
    ) throws(GraphQLError) {
        self.files = files
        self.schema = try Schema(String(decoding: PackageResources.admin_graphql, as: UTF8.self))
        self.limits = limits
    }

    /// What became of reading a request.
    public enum Reading: Sendable {
        /// It can be done.
        case request(AdminRequest)
        /// It is answered already.
        case answer(AdminAnswer)
    }

    /// Reads a body `{query, variables?, operationName?}` and checks it.
    public func read(_ body: some Collection<UInt8> & Sendable) -> Reading {
        guard let json = try? JSONValue(json: body), json.object != nil else {
            return .answer(
                AdminAnswer(status: 400, body: ["errors": ["query": "Required parameter missing or invalid"]]))
        }
        guard let query = json["query"]?.text else {
            return .answer(
                AdminAnswer(status: 400, body: ["errors": ["query": "Required parameter missing or invalid"]]))
        }
        do throws(GraphQLErrors) {
            let operation = try self.operation(query, json["operationName"]?.text)
            let given = json["variables"] ?? .null
            guard given.isNull || given.object != nil else {
                throw GraphQLErrors(errors: [
                    GraphQLError("Variables are invalid JSON: an object is expected", code: "BAD_REQUEST")
                ])
            }
            let variables = try operation.variables(given.object ?? [:])
            return .request(
                AdminRequest(
                    operation: operation, variables: variables, requestedCost: operation.cost(variables: variables)))
        } catch {
            return .answer(AdminAnswer(status: 200, body: ["errors": .array(error.errors.map(\.json))]))
        }
    }

    /// A document as it was found valid, now or before.
    public func operation(_ query: String, _ name: String? = nil) throws(GraphQLErrors) -> PreparedOperation {
        let key = "\(name ?? "")\n\(query)"
        if let known = self.prepared.withLock({ $0[key] }) { return known }
        let operation = try PreparedOperation(query, operation: name, schema: self.schema, limits: self.limits)
        self.prepared.withLock { known in
            if known.count >= Self.maximumPrepared { known.removeAll(keepingCapacity: true) }
            known[key] = operation
        }
        return operation
    }

    /// Does a request.
    ///
    /// - Parameters:
    ///   - base: Where the sandbox is reached, for addresses in answers.
    public func answer(_ request: AdminRequest, of shop: Shop, base: String) -> AdminAnswer {
        let cost = request.requestedCost
        guard cost <= CostBucket.maximumQueryCost else { return Self.tooCostly(cost) }
        let faults = shop.read { $0.faults }
        let taken = self.take(Double(cost), of: shop, faults)
        if faults.throttled || taken == nil { return self.throttled(cost, shop, faults) }
        let answer: GraphQLAnswer
        do throws(ShopFault) {
            answer = try request.perform(on: shop, base: base, self.files)
        } catch {
            return Self.internalError(error.description)
        }
        let actual = request.operation.kind == .mutation ? cost : min(cost, Self.size(answer.data))
        self.giveBack(Double(cost - actual), to: shop, faults)
        var body: JSONValue.JSONObject = [:]
        if !answer.errors.isEmpty { body["errors"] = .array(answer.errors.map(\.json)) }
        body["data"] = answer.data
        body["extensions"] = self.costs(cost, actual: actual, shop, faults)
        return AdminAnswer(status: 200, body: .object(body))
    }

    /// What is said where something broke.
    public static func internalError(_ detail: String) -> AdminAnswer {
        AdminAnswer(
            status: 500,
            body: [
                "errors": [
                    [
                        "message": .string("Internal error. Looks like something went wrong on our end: \(detail)"),
                        "extensions": ["code": "INTERNAL_SERVER_ERROR"],
                    ]
                ]
            ])
    }

    private static func tooCostly(_ cost: Int) -> AdminAnswer {
        AdminAnswer(
            status: 200,
            body: [
                "errors": [
                    [
                        "message": .string(
                            "Query cost is \(cost), which exceeds the single query max cost limit "
                                + "(\(CostBucket.maximumQueryCost))."),
                        "extensions": [
                            "code": "MAX_COST_EXCEEDED", "cost": .number(cost),
                            "maxCost": .number(CostBucket.maximumQueryCost),
                        ],
                    ]
                ]
            ])
    }

    /// The objects of an answer.
    private static func size(_ value: JSONValue) -> Int {
        switch value {
        case .object(let members): 1 + members.values.reduce(0) { $0 + self.size($1) }
        case .array(let values): values.reduce(0) { $0 + self.size($1) }
        default: 0
        }
    }
}

// MARK: - Costs

extension AdminAPI {
    private func throttled(_ cost: Int, _ shop: Shop, _ faults: Faults) -> AdminAnswer {
        AdminAnswer(
            status: 200,
            body: [
                "errors": [["message": "Throttled", "extensions": ["code": "THROTTLED"]]],
                "extensions": self.costs(cost, actual: nil, shop, faults),
            ])
    }

    /// - Returns: `nil` where there is not enough.
    private func take(_ cost: Double, of shop: Shop, _ faults: Faults) -> Double? {
        guard faults.limitsEnabled else { return cost }
        return self.buckets.withLock { $0[shop.name, default: CostBucket(faults)].take(cost, faults) }
    }

    private func giveBack(_ cost: Double, to shop: Shop, _ faults: Faults) {
        guard faults.limitsEnabled, cost > 0 else { return }
        self.buckets.withLock { $0[shop.name]?.giveBack(cost, faults) }
    }

    private func costs(_ requested: Int, actual: Int?, _ shop: Shop, _ faults: Faults) -> JSONValue {
        let available =
            faults.limitsEnabled
            ? self.buckets.withLock { $0[shop.name, default: CostBucket(faults)].available(faults) }
            : Double(faults.limitPoints)
        return [
            "cost": [
                "requestedQueryCost": .number(requested), "actualQueryCost": .number(actual),
                "throttleStatus": [
                    "maximumAvailable": .number(faults.limitPoints),
                    "currentlyAvailable": .number(faults.throttled ? 0 : Int(available)),
                    "restoreRate": .number(faults.limitPointsPerSecond),
                ],
            ]
        ]
    }
}

/// A request that was read and found valid.
public struct AdminRequest: Sendable {
    /// What is to be done.
    public let operation: PreparedOperation
    /// With which values.
    public let variables: [String: JSONValue]
    /// What it may cost.
    public let requestedCost: Int

    /// The mutation at its root and its key; `nil` for queries and for mutations without a key.
    public var idempotency: (key: String, input: String)? {
        guard self.operation.kind == .mutation, let field = self.operation.rootFields.first,
            let arguments = self.operation.firstArguments(variables: self.variables),
            let key = arguments.idempotencyKey
        else { return nil }
        return (key, MutationRoot.digest(field, arguments))
    }

    /// Does it, whatever it costs.
    func perform(on shop: Shop, base: String, _ files: ShopFiles) throws(ShopFault) -> GraphQLAnswer {
        switch self.operation.kind {
        case .mutation: try shop.change { self.perform(on: $0, base: base, files) }
        default: shop.read { self.perform(on: $0, base: base, files) }
        }
    }

    /// Does it with a state that was lent already.
    func perform(on state: ShopState, base: String, _ files: ShopFiles) -> GraphQLAnswer {
        let view = ShopView(state: state, base: base, schema: self.operation.schema, files: files)
        let root: any GraphQLObject =
            self.operation.kind == .mutation ? MutationRoot(view: view) : QueryRoot(view: view)
        return self.operation.execute(root, variables: self.variables)
    }

    /// The answer to a request whose key is being used by another one at this moment.
    public func concurrent(of shop: Shop, base: String) -> AdminAnswer {
        let field = self.operation.rootFields.first ?? ""
        let members = MutationRoot.keyError(
            field, "IDEMPOTENCY_CONCURRENT_REQUEST",
            "A request with this idempotency key is being processed; repeat it later with the same key.")
        let data = shop.read { state in
            let payload = StoredObject(
                view: ShopView(state: state, base: base, schema: self.operation.schema, files: ShopFiles(folder: nil)),
                typeName: MutationRoot.payload(of: field), members: members)
            return self.operation.execute(SingleField(payload: payload), variables: self.variables).data
        }
        return AdminAnswer(status: 200, body: ["data": data])
    }

    private struct SingleField: GraphQLObject {
        let payload: StoredObject

        var typeName: String { "Mutation" }

        func value(of field: String, _ arguments: GraphQLArguments) -> GraphQLResult { .object(self.payload) }
    }
}
