internal import SandboxJSON
internal import SandboxShop

/// An address that says itself what it is good for: to put or get one document, for some minutes.
struct DocumentAddress {
    static let folder = "documents"
    /// How long an address is good.
    static let milliseconds = 300_000

    let method: String
    let id: String
    /// What a document that is put must be said to be; empty for one that is got.
    let contentType: String
    let end: Int64

    private func signature(_ settings: ShopSettings) -> String {
        AccessTokens(settings: settings).signature(
            of: "\(self.method)\n\(self.id)\n\(self.contentType)\n\(self.end)")
    }

    func url(_ base: String, _ settings: ShopSettings) -> String {
        "\(base)/\(Self.folder)/\(self.id)?expires=\(self.end)&signature=\(self.signature(settings))"
    }

    /// Whether a request has this address.
    func isSame(as signature: String, _ settings: ShopSettings, now: Moment) -> Bool {
        signature == self.signature(settings) && now.milliseconds < self.end
    }
}

/// Where a shop's documents are.
enum DocumentFile {
    static func name(_ id: String, of shop: String) -> String { "amazon/\(shop)/\(id)" }

    /// Whether a text may be the id of a document.
    static func isID(_ id: String) -> Bool {
        (1...100).contains(id.utf8.count) && !id.hasPrefix(".")
            && id.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."),
                    UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}

extension AmazonAPI {
    /// Takes or gives a document at an address that a call told; it asks for no token.
    func document(_ request: AmazonRequest, of shop: Shop, now: Moment) -> AmazonAnswer {
        let denied = AmazonAnswer.refusal(
            AmazonRefusal(status: 403, code: "AccessDenied", message: "The address is not good, or no longer."))
        guard request.path.count == 2, DocumentFile.isID(request.path[1]), let query = try? AmazonQuery(request.query),
            let signature = query.text("signature"), let end = query.text("expires").flatMap({ Int64($0) })
        else { return denied }
        let id = request.path[1]
        let address = DocumentAddress(
            method: request.method, id: id, contentType: request.method == "PUT" ? request.contentType : "", end: end)
        guard address.isSame(as: signature, shop.read { $0.settings }, now: now) else { return denied }
        let name = DocumentFile.name(id, of: shop.name)
        switch request.method {
        case "PUT":
            do throws(JournalFault) {
                try self.files.write(request.body, of: name)
                return AmazonAnswer()
            } catch {
                return .refusal(AmazonRefusal(status: 503, code: "ServiceUnavailable", message: "\(error)"))
            }
        case "GET":
            guard let file = self.files.read(name) else { return .refusal(.notFound("There is no such document.")) }
            return AmazonAnswer(file: file)
        default: return denied
        }
    }
}
