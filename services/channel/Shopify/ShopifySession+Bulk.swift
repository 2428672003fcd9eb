internal import ChannelAdapter
internal import FileFormats

/// Bulk operations: a mutation, and a file with the variables of each of its calls.
extension ShopifySession {
    /// Where a bulk operation stands.
    private enum Stage {
        case open
        /// Whatever there is of results is at its address.
        case ended(address: String?)

        init(_ operation: JSONValue) {
            switch operation["status"]?.text {
            case "COMPLETED": self = .ended(address: operation["url"]?.text)
            case "FAILED", "CANCELED", "EXPIRED":
                self = .ended(address: operation["partialDataUrl"]?.text ?? operation["url"]?.text)
            default: self = .open
            }
        }
    }

    /// Carries out a mutation with each of some variables.
    ///
    /// - Returns: What is said of each; nil: nothing, so that it may have been carried out or not.
    /// - Throws: What is wrong with the whole.
    func runBulk(
        _ document: ShopifyDocument, _ variables: [JSONValue], _ quotas: inout [QuotaObservation]
    ) async throws(PlatformFault) -> [ShopifyAnswer?] {
        guard !variables.isEmpty else { return [] }
        let file = ShopifyBulkFile(variables)
        let path = try await self.upload(file, &quotas)
        let started = await self.change(
            .runBulk, "bulkOperationRunMutation",
            .members(["mutation": .string(document.text), "path": .string(path)]))
        quotas += started.quotas
        let payload = try started.payload.get()
        if let error = started.errors.first {
            var fault = error.fault
            if fault.kind == .retry { fault.retryAfterMilliseconds = ShopifyLimits.bulkBusyMilliseconds }
            throw fault
        }
        guard let id = payload.at("bulkOperation", "id")?.text else { throw .unreadable("bulk operation") }
        guard let address = try await self.end(of: id, &quotas) else { return variables.map { _ in nil } }
        let results = ShopifyBulkFile.results(in: try await self.download(address), count: file.count)
        // What did not fit into the file was not sent.
        let unsent = ShopifyAnswer(
            PlatformFault(.retry, code: "bulk-full", "the file of the bulk operation has no room for the listing"))
        return results + variables.dropFirst(file.count).map { _ in unsent }
    }

    /// Waits for bulk operations of ours that somebody left behind: what they still do must not come behind what is sent
    /// now. Operations of others, which other scripts with the same token may have begun, are no concern.
    func awaitEarlierBulks(_ quotas: inout [QuotaObservation]) async throws(PlatformFault) {
        let answer = await self.call(
            .bulkOperations, .members(["first": .integer(Int64(ShopifyLimits.bulkOperations))]))
        quotas += answer.quotas
        let ours: Set<String> = [
            ShopifyDocument.setProduct.text, ShopifyDocument.updateVariants.text, ShopifyDocument.setMetafields.text,
        ]
        for operation in try answer.data.get().at("bulkOperations", "nodes")?.elements ?? [] {
            guard let query = operation["query"]?.text, ours.contains(query), let id = operation["id"]?.text,
                case .open = Stage(operation)
            else { continue }
            do throws(PlatformFault) {
                _ = try await self.end(of: id, &quotas)
            } catch {
                var fault = error
                // Nothing of what is to be sent now was.
                fault.isOutcomeUnknown = false
                throw fault
            }
        }
    }

    // MARK: The file

    /// - Returns: The path by which the platform knows the file.
    private func upload(
        _ file: ShopifyBulkFile, _ quotas: inout [QuotaObservation]
    ) async throws(PlatformFault) -> String {
        do throws(PlatformFault) {
            let staged = await self.change(
                .stageUpload, "stagedUploadsCreate",
                .members([
                    "input": .array([
                        .members([
                            "resource": .string("BULK_MUTATION_VARIABLES"), "filename": .string("rows.jsonl"),
                            "mimeType": .string("text/jsonl"), "httpMethod": .string("POST"),
                        ])
                    ])
                ]))
            quotas += staged.quotas
            let payload = try staged.payload.get()
            if let error = staged.errors.first { throw error.fault }
            let target = payload["stagedTargets"]?.elements.first
            let fields = (target?["parameters"]?.elements ?? []).compactMap { field in
                field["name"]?.text.flatMap { name in field["value"]?.text.map { (name: name, value: $0) } }
            }
            guard let address = target?["url"]?.text, let path = fields.last(where: { $0.name == "key" })?.value else {
                throw .unreadable("place for a file")
            }
            let (body, type) = file.form(fields)
            // Files are kept elsewhere: the token is not for that place.
            let response = try await self.transport.send(
                PlatformRequest(
                    method: "POST", url: address, headers: [PlatformHeader("Content-Type", type)], body: body,
                    timeoutMilliseconds: ShopifyLimits.uploadMilliseconds))
            guard (200..<300).contains(response.status) else {
                let kind: PlatformFault.Kind = (400..<500).contains(response.status) ? .refused : .retry
                throw PlatformFault(
                    kind, code: "upload-\(response.status)", "the file was answered with status \(response.status)")
            }
            return path
        } catch {
            var fault = error
            // A file alone does nothing.
            fault.isOutcomeUnknown = false
            throw fault
        }
    }

    private func download(_ address: String) async throws(PlatformFault) -> [UInt8] {
        var fault = PlatformFault.lostTrack("its results were not given")
        for _ in 0..<ShopifyLimits.downloadTries {
            do throws(PlatformFault) {
                let response = try await self.transport.send(
                    PlatformRequest(
                        method: "GET", url: address, timeoutMilliseconds: ShopifyLimits.uploadMilliseconds))
                if response.status == 200 { return response.body }
                fault = .lostTrack("its results were answered with status \(response.status)")
            } catch {
                fault = .lostTrack("its results were not given: \(error.code)")
            }
            guard (try? await Task.sleep(for: .milliseconds(self.pace.firstMilliseconds))) != nil else { break }
        }
        throw fault
    }

    // MARK: Its end

    /// Waits until an operation has ended. One that does not is cancelled, as what it still does would come behind what is
    /// sent next.
    ///
    /// - Returns: Where its results are; nil: it has none.
    private func end(of id: String, _ quotas: inout [QuotaObservation]) async throws(PlatformFault) -> String? {
        var limit = self.pace.limitMilliseconds
        for isCancelled in [false, true] {
            if isCancelled {
                quotas += await self.call(.cancelBulk, .members(["id": .string(id)])).quotas
                limit = self.pace.cancelMilliseconds
            }
            var (wait, waited) = (self.pace.wait(after: nil), Int64(0))
            while waited < limit {
                guard (try? await Task.sleep(for: .milliseconds(wait))) != nil else {
                    throw .lostTrack("nobody waits for it any more")
                }
                waited += wait
                wait = self.pace.wait(after: wait)
                let answer = await self.call(.bulkOperation, .members(["id": .string(id)]))
                quotas += answer.quotas
                switch answer.data {
                case .success(let data):
                    guard let operation = data["bulkOperation"] else { throw .lostTrack("the shop has it no more") }
                    if case .ended(let address) = Stage(operation) { return address }
                case .failure(let fault):
                    // Whatever is wrong for a moment, the operation goes on.
                    guard [.retry, .throttled, .unknown].contains(fault.kind) else {
                        var fault = fault
                        fault.isOutcomeUnknown = true
                        throw fault
                    }
                }
            }
        }
        throw .lostTrack("it did not end in time")
    }
}

extension PlatformFault {
    /// An answer lacks something.
    fileprivate static func unreadable(_ what: String) -> Self {
        PlatformFault(.retry, code: "answer-unreadable", "the answer has no \(what)", isOutcomeUnknown: true)
    }

    /// A bulk operation has begun, and nobody knows what became of it.
    fileprivate static func lostTrack(_ reason: String) -> Self {
        PlatformFault(
            .retry, code: "bulk-unfinished", "a bulk operation has begun, and \(reason)", isOutcomeUnknown: true)
    }
}
