internal import ChannelAdapter
internal import FileFormats

extension AmazonSession {
    private static let restrictedTokenPath = "/tokens/2021-03-01/restrictedDataToken"

    /// What a restricted token is asked for: all that is read of orders by v0, so that no order needs a token of its own. A
    /// part of a path in braces stands for any order.
    private static let restrictedResources = JSONValue.members([
        "restrictedResources": .array([
            Self.resource("", ["buyerInfo", "shippingAddress"]),
            Self.resource("/{orderId}", ["buyerInfo", "shippingAddress"]),
            Self.resource("/{orderId}/orderItems", ["buyerInfo"]),
        ])
    ])

    private static func resource(_ path: String, _ elements: [String]) -> JSONValue {
        .members([
            "method": .string("GET"), "path": .string(Self.ordersV0Path + path),
            "dataElements": .array(elements.map { .string($0) }),
        ])
    }

    /// The token that goes in the place of the access token where answers hold data of buyers.
    func restrictedToken(_ key: AccessTokens.Key) async throws(PlatformFault) -> String {
        try await self.tokens.token(key) { () async throws(PlatformFault) in
            let answer = await self.call(
                .createRestrictedDataToken, Self.restrictedTokenPath, Self.restrictedResources)
            return try AmazonToken.restrictedGrant(from: try answer.data.get())
        }
    }
}

extension AmazonToken {
    /// The restricted token that an answer gives.
    static func restrictedGrant(from json: JSONValue) throws(PlatformFault) -> AccessTokens.Grant {
        guard let token = json["restrictedDataToken"]?.text, Self.isHeader(token),
            let seconds = json["expiresIn"]?.integer
        else { throw .unreadable("the answer has no restricted token, or does not say how long it is good") }
        return AccessTokens.Grant(token: token, seconds: seconds)
    }
}
