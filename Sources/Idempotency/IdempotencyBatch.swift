/// Which requests of a batch lock a row, in which order, and what follows for each from what the rows hold. Pure.
struct IdempotencyBatch {
    /// One request for each key, in the order of locks.
    let distinct: [IdempotencyRequest]
    private let requests: [IdempotencyRequest]
    private var answers: [IdempotencyKey: (fingerprint: [UInt8], answer: IdempotencyAnswer)] = [:]

    init(_ requests: [IdempotencyRequest]) {
        self.requests = requests
        var seen: Set<IdempotencyKey> = []
        self.distinct = requests.filter { seen.insert($0.key).inserted }.sorted { $0.key < $1.key }
    }

    /// The request at a position of ``distinct`` was answered before, whatever it asked for.
    mutating func found(at position: Int, fingerprint: [UInt8], answer: IdempotencyAnswer) {
        self.answers[self.distinct[position].key] = (fingerprint, answer)
    }

    /// For each request in the order given.
    var claims: [IdempotencyClaim] {
        var first: [IdempotencyKey: Int] = [:]
        return self.requests.enumerated().map { position, request in
            if let found = self.answers[request.key] {
                return found.fingerprint == request.fingerprint ? .answered(found.answer) : .otherRequest
            }
            guard let earlier = first[request.key] else {
                first[request.key] = position
                return .new
            }
            let isSame = self.requests[earlier].fingerprint == request.fingerprint
            return isSame ? .repeated(position: earlier) : .otherRequest
        }
    }
}
