import Events
import IdentityAPI
import IdentityMessages
import ProtobufC
import RPC
import RPCMessages
import RPCTestSupport
import Testing
import Wire

@Suite("Brands", .timeLimit(.minutes(5)))
struct BrandTests {
    @Test("a brand is created once; a repeat answers it, and another brand cannot have its slug")
    func create() async throws {
        try await IdentityHarness.with { identity in
            let brand = try await identity.makeBrand()
            #expect(brand.slug == "acme" && brand.status == .active && brand.createdAt != nil)
            #expect(try await identity.makeBrand() == brand)
            let error = await #expect(throws: RPCError.self) {
                try await identity.client.createBrand(CreateBrandRequest(slug: "acme", name: "Others"))
            }
            #expect(error?.code == .alreadyExists && error?.problem?.reason == .alreadyExists)
            #expect(try await identity.client.getBrand(GetBrandRequest(brand: "acme")) == brand)
            #expect(try await identity.client.getBrand(GetBrandRequest(brand: brand.id)) == brand)
            let events = try await identity.events()
            #expect(events.map(\.event.type) == ["identity.brand.created"])
            #expect(try events.map { try BrandCreated(decoding: $0.event.payload).brand } == [brand])
        }
    }

    @Test("pages hold every brand once, the newest first")
    func pages() async throws {
        try await IdentityHarness.with { identity in
            var created: [Brand] = []
            for number in 0..<7 {
                created.append(try await identity.makeBrand("brand-\(number)"))
                identity.clock.pass(seconds: 1)
            }
            var listed: [Brand] = []
            var request = ListBrandsRequest(pageSize: 3)
            repeat {
                let page = try await identity.client.listBrands(request)
                #expect(page.brands.count <= 3)
                listed += page.brands
                request.pageToken = page.nextPageToken
            } while !request.pageToken.isEmpty
            #expect(listed == created.reversed())
            let error = await #expect(throws: RPCError.self) {
                try await identity.client.listBrands(ListBrandsRequest(pageToken: "nonsense"))
            }
            #expect(error?.problem?.fields.map(\.field) == ["pageToken"])
        }
    }

    @Test("slugs that are no slugs, or look like an id, are refused with what is valid")
    func slugs() async throws {
        try await IdentityHarness.with { identity in
            for slug in ["", "Acme", "a b", "-a", "a-", "a--b", "ä", "0190f5d8-8c00-7000-8000-000000000000"] {
                let error = await #expect(throws: RPCError.self, "\(slug)") {
                    try await identity.client.createBrand(CreateBrandRequest(slug: slug, name: "x"))
                }
                #expect(error?.code == .invalidArgument)
                #expect(error?.problem?.fields.first?.field == "slug")
            }
            for brand in ["nobody", "0190f5d8-8c00-7000-8000-000000000000"] {
                let error = await #expect(throws: RPCError.self) {
                    try await identity.client.getBrand(GetBrandRequest(brand: brand))
                }
                #expect(error?.code == .notFound)
            }
        }
    }

    @Test("a suspended brand's keys are not valid until it is active again")
    func suspension() async throws {
        try await IdentityHarness.with { identity in
            let brand = try await identity.makeBrand()
            let secret = try await identity.makeKey(brand).secret
            #expect(try await identity.verify(secret).verdict == .valid)
            for (status, verdict) in [(BrandStatus.suspended, KeyVerdict.suspended), (.active, .valid)] {
                for _ in 0..<2 {
                    let changed = try await identity.client.setBrandStatus(
                        SetBrandStatusRequest(brand: "acme", status: status))
                    #expect(changed.status == status)
                }
                #expect(try await identity.verify(secret).verdict == verdict)
            }
            // Repeats changed nothing, and so tell nothing.
            let events = try await identity.events().map(\.event.type).filter { $0 == "identity.brand.status-changed" }
            #expect(events.count == 2)
            let error = await #expect(throws: RPCError.self) {
                try await identity.client.setBrandStatus(
                    SetBrandStatusRequest(brand: "acme", status: BrandStatus(rawValue: 2_000_000_000)))
            }
            #expect(error?.code == .invalidArgument)
        }
    }

    @Test("nobody but the system's own services may ask for brands or verify keys, whatever scopes they hold")
    func operators() async throws {
        try await IdentityHarness.with { identity in
            let brand = try await identity.makeBrand()
            let options = try identity.options(brand)
            let client = identity.client
            let calls: [() async throws -> Void] = [
                { _ = try await client.createBrand(CreateBrandRequest(slug: "x", name: "x"), options: options) },
                { _ = try await client.getBrand(GetBrandRequest(brand: "acme"), options: options) },
                { _ = try await client.listBrands(ListBrandsRequest(), options: options) },
                {
                    _ = try await client.setBrandStatus(
                        SetBrandStatusRequest(brand: "acme", status: .suspended), options: options)
                },
                { _ = try await client.verifyKey(VerifyKeyRequest(key: "x"), options: options) },
            ]
            for call in calls {
                let error = await #expect(throws: RPCError.self) { try await call() }
                #expect(error?.code == .permissionDenied && error?.problem?.type == "operator-only")
            }
            try await withClient(of: [identity.address], credential: "") { client in
                let error = await #expect(throws: RPCError.self) {
                    try await IdentityServiceClient(client).listBrands(ListBrandsRequest())
                }
                #expect(error?.code == .unauthenticated)
            }
        }
    }
}
