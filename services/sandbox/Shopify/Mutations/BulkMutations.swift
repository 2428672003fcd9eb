internal import SandboxGraphQL
internal import SandboxJSON
internal import SandboxShop

extension MutationRoot {
    /// The mutations over many things that one app may run at once in a shop.
    static let maximumBulkOperations = 5

    /// Says where files are uploaded to.
    func stageUploads(_ arguments: GraphQLArguments) -> JSONValue {
        let state = self.view.state
        let targets = (arguments["input"]?.array ?? []).prefix(Connection.maximumPage).map { input -> JSONValue in
            let name = (input["filename"]?.text ?? "file").filter {
                $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0))
            }
            let key = "tmp/\(state.settings.name)/bulk/\(state.nextID())/\(name.isEmpty ? "file" : name)"
            let url = "\(self.view.base)/staged/\(key)"
            let parameters: JSONValue = [
                ["$type": "StagedUploadParameter", "name": "key", "value": .string(key)],
                [
                    "$type": "StagedUploadParameter", "name": "Content-Type",
                    "value": input["mimeType"] ?? "text/jsonl",
                ],
            ]
            return [
                "$type": "StagedMediaUploadTarget", "url": .string(url), "resourceUrl": .string(url),
                "parameters": parameters,
            ]
        }
        return ["stagedTargets": .array(targets), "userErrors": []]
    }

    /// Begins to do a mutation for each line of a file.
    func runBulkMutation(_ arguments: GraphQLArguments) -> JSONValue {
        let state = self.view.state
        func refused(_ path: [String]?, _ message: String, _ code: String) -> JSONValue {
            UserErrors.payload([UserErrors.error(of: "bulkOperationRunMutation", path, message, code)])
        }
        func unknownFile() -> JSONValue {
            refused(
                nil, "There is no staged upload at \(arguments["stagedUploadPath"]?.text ?? ""); upload the file first",
                "NO_SUCH_FILE")
        }
        let running = self.running
        guard running.count < Self.maximumBulkOperations else {
            let ids = running.map { Gid.text("BulkOperation", $0.id) }.joined(separator: ", ")
            return refused(
                nil, "A bulk mutation operation for this app and shop is already in progress: \(ids).",
                "OPERATION_IN_PROGRESS")
        }
        let path = arguments["stagedUploadPath"]?.text ?? ""
        guard path.hasPrefix("tmp/\(state.settings.name)/bulk/"), !path.contains(".."), path.count <= 500 else {
            return unknownFile()
        }
        guard self.view.files.size(of: path) != nil else { return unknownFile() }
        let document = arguments["mutation"]?.text ?? ""
        if let fault = self.view.bulkFault(document) { return refused(["mutation"], fault, "INVALID_MUTATION") }
        let operation = Operation(
            id: state.nextID(), kind: .bulkMutation, status: "CREATED", input: document, inputFile: path, at: .now())
        state.add(operation)
        return ["bulkOperation": StoredObject.reference("BulkOperation", operation.id), "userErrors": []]
    }

    private var running: [Operation] {
        self.view.state.index.openOperations.compactMap { self.view.state.operations[$0] }.filter {
            $0.kind == .bulkMutation
        }
    }

    func cancelBulk(_ arguments: GraphQLArguments) -> JSONValue {
        let state = self.view.state
        guard let id = Gid.number(arguments["id"]?.text, "BulkOperation"), var operation = state.operations[id],
            operation.kind != .productSet
        else {
            return UserErrors.payload([
                UserErrors.error(of: "bulkOperationCancel", ["id"], "Bulk operation does not exist")
            ])
        }
        guard operation.status == "CREATED" || operation.status == "RUNNING" else {
            return [
                "bulkOperation": StoredObject.reference("BulkOperation", id),
                "userErrors": [
                    UserErrors.error(
                        of: "bulkOperationCancel", nil,
                        "A bulk operation cannot be canceled when it is \(operation.status.lowercased())")
                ],
            ]
        }
        (operation.status, operation.completedAt) = ("CANCELED", .now())
        state.put(operation)
        return ["bulkOperation": StoredObject.reference("BulkOperation", id), "userErrors": []]
    }
}

extension ShopState {
    /// The operations that are remembered.
    private static let maximumOperations = 1_000

    /// Adds an operation, in the place of the oldest that is done where there are too many.
    func add(_ operation: Operation) {
        if self.operations.count >= Self.maximumOperations {
            let oldest = self.operations.values.filter { $0.completedAt != nil }.min { $0.id < $1.id }
            if let oldest { self.remove(oldest) }
        }
        self.put(operation)
    }
}
