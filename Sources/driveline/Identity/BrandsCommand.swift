internal import ArgumentParser
internal import IdentityAPI
internal import IdentityMessages

/// `driveline brands`: the brands of the system.
struct BrandsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "brands",
        abstract: "Creates, lists, suspends and activates brands.",
        subcommands: [Create.self, List.self, Suspend.self, Activate.self]
    )

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Creates a brand; one that is there already with the same name is shown.")

        @Argument(help: "The short name: lower-case letters, digits, and hyphens between them.")
        var slug: String

        @Option(help: "The brand's name; without one, the short name.")
        var name: String?

        @OptionGroup var options: IdentityOptions

        func run() async throws {
            try await self.options.withClient { client in
                let request = CreateBrandRequest(slug: self.slug, name: self.name ?? self.slug)
                let brand = try await client.createBrand(request, options: self.options.callOptions())
                try self.options.show([brand])
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists all brands, the newest first.")

        @OptionGroup var options: IdentityOptions

        func run() async throws {
            try await self.options.withClient { client in
                var brands: [Brand] = []
                var request = ListBrandsRequest(pageSize: IdentityOptions.pageSize)
                repeat {
                    let page = try await client.listBrands(request, options: self.options.callOptions())
                    brands += page.brands
                    request.pageToken = page.nextPageToken
                } while !request.pageToken.isEmpty
                try self.options.show(brands)
            }
        }
    }

    struct Suspend: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Suspends a brand: none of its keys is valid from then on.")

        @Argument(help: "The brand, by its short name or id.")
        var brand: String

        @OptionGroup var options: IdentityOptions

        func run() async throws { try await self.options.setStatus(.suspended, of: self.brand) }
    }

    struct Activate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Makes a suspended brand active again.")

        @Argument(help: "The brand, by its short name or id.")
        var brand: String

        @OptionGroup var options: IdentityOptions

        func run() async throws { try await self.options.setStatus(.active, of: self.brand) }
    }
}

extension IdentityOptions {
    fileprivate func show(_ brands: [Brand]) throws {
        try Listing(columns: BrandEntry.columns, entries: brands.map(BrandEntry.init)).print(asJSON: self.json)
    }

    fileprivate func setStatus(_ status: BrandStatus, of brand: String) async throws {
        try await self.withClient { client in
            let request = SetBrandStatusRequest(brand: brand, status: status)
            try self.show([try await client.setBrandStatus(request, options: self.callOptions())])
        }
    }
}
