internal import Events
internal import IdentityDomain
public import IdentityMessages
internal import Logging
internal import Postgres
public import RPC

extension Identity {
    /// Creates a brand, or answers the one that has this slug and name already.
    public func createBrand(_ request: CreateBrandRequest, context: ServerContext) async throws -> Brand {
        try self.requireOperator(context)
        guard KeyRules.isUnambiguous(slug: request.slug) else {
            throw RPCError(field: "slug", "looks like an id", expected: "a short name such as acme-brakes")
        }
        return try await self.answering(context) {
            let now = self.now()
            var generator = SystemRandomNumberGenerator()
            let id = PostgresUUID(milliseconds: now.microseconds / 1_000, using: &generator)
            let brand = Brand(
                id: id.description, slug: request.slug, name: request.name, status: .active, createdAt: now.protobuf)
            let event = try IdentityEvents(now: now, trace: context.trace).brandCreated(brand, id: id)
            if try await self.brands.insert(brand, id: id, at: now, events: [event]) { return brand }
            guard let existing = try await self.brands.brand(.slug(request.slug)), existing.name == request.name else {
                throw RPCError.slugTaken
            }
            return existing
        }
    }

    /// Answers one brand.
    public func getBrand(_ request: GetBrandRequest, context: ServerContext) async throws -> Brand {
        try self.requireOperator(context)
        return try await self.answering(context) {
            guard let brand = try await self.brands.brand(BrandReference(request.brand)) else {
                throw RPCError.brandNotFound
            }
            return brand
        }
    }

    /// Lists brands, the newest first.
    public func listBrands(_ request: ListBrandsRequest, context: ServerContext) async throws -> ListBrandsResponse {
        try self.requireOperator(context)
        let last = PostgresUUID(request.pageToken)
        guard request.pageToken.isEmpty || last != nil else { throw Self.invalidPageToken }
        let size = Self.pageSize(request.pageSize)
        return try await self.answering(context) {
            // One more tells whether there is a further page.
            let found = try await self.brands.brands(before: last, limit: size + 1)
            let page = Array(found.prefix(size))
            return ListBrandsResponse(brands: page, nextPageToken: found.count > size ? page.last?.id ?? "" : "")
        }
    }

    /// Suspends a brand or makes it active.
    public func setBrandStatus(_ request: SetBrandStatusRequest, context: ServerContext) async throws -> Brand {
        try self.requireOperator(context)
        guard request.status == .active || request.status == .suspended else {
            throw RPCError(field: "status", "is not known", expected: "active or suspended")
        }
        return try await self.answering(context) {
            guard let brand = try await self.brands.brand(BrandReference(request.brand)),
                let id = PostgresUUID(brand.id)
            else { throw RPCError.brandNotFound }
            let events = IdentityEvents(now: self.now(), trace: context.trace)
            let changed = try await self.brands.setStatus(request.status, of: id) { brand in
                [try events.brandStatusChanged(brand, id: id)]
            }
            if let changed {
                self.logger.notice(
                    "brand status changed", metadata: ["brand": "\(brand.id)", "status": "\(changed.status)"])
            }
            return changed ?? brand
        }
    }
}
