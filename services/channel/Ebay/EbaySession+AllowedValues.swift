internal import ChannelAdapter
internal import FileFormats

extension EbaySession {
    private static let metadata = "/sell/metadata/v1"
    private static let taxonomy = "/commerce/taxonomy/v1"

    /// What the platform answers where a category, its tree or its marketplace takes no vehicles.
    private static let takesNoVehicles: Set<String> = ["62005", "62101", "62103"]

    /// Vehicles as the platform spells them, if its category allows them all; as they are where the connection does not have
    /// them checked, or nothing is known of the category.
    ///
    /// - Throws: A fault that names the vehicle, the property and the value that are not allowed, or what reading what is
    ///   allowed came to.
    func allowed(_ vehicles: [JSONValue], of listing: EbayListing) async throws(PlatformFault) -> [JSONValue] {
        guard try self.settings.get().checksFitment, !vehicles.isEmpty else { return vehicles }
        var known = listing.categoryID
        if known == nil { known = try await self.offer(of: listing.sku)?["categoryId"]?.digits }
        guard let category = known else { return vehicles }
        guard let policy = try await self.fitmentPolicy(of: category) else { throw .noFitment(category) }
        guard !policy.isBySpecification else { throw .fitmentBySpecification(category) }
        var (names, values) = (EbaySpellings([]), [String: EbaySpellings]())
        let given = EbayFitment.names(of: vehicles)
        if !given.isEmpty {
            let tree = try await self.categoryTree()
            guard let properties = try await self.propertyNames(of: category, tree) else { throw .noFitment(category) }
            names = properties
            for name in Set(given.compactMap { names[$0] }).sorted() {
                values[name] = try await self.propertyValues(name, of: category, tree)
            }
        }
        var fitment = EbayFitment(category: category, policy: policy, names: names, values: values)
        return try fitment.checked(vehicles)
    }

    // MARK: What is read

    private func fitmentPolicy(of category: String) async throws(PlatformFault) -> EbayFitmentPolicy? {
        let marketplace = EbayURL.encoded(try self.settings.get().marketplace)
        let query = EbayURL.query(["filter": "categoryIds:{\(category)}"])
        let path = "\(Self.metadata)/marketplace/\(marketplace)/get_automotive_parts_compatibility_policies\(query)"
        let answer = try await self.allowedValues(path) { body in
            EbayFitmentPolicy(body, category: category).map { .policy($0) } ?? .missing
        }
        guard case .policy(let policy) = answer else { return nil }
        return policy
    }

    /// The tree that the marketplace's categories are in.
    private func categoryTree() async throws(PlatformFault) -> String {
        let query = EbayURL.query(["marketplace_id": try self.settings.get().marketplace])
        let answer = try await self.allowedValues("\(Self.taxonomy)/get_default_category_tree_id\(query)") { body in
            body["categoryTreeId"]?.digits.map { .tree($0) } ?? .missing
        }
        guard case .tree(let id) = answer else { throw .unreadable("the answer has no tree of categories") }
        return id
    }

    /// The properties of a category's vehicles, found by their names in the marketplace's language, too; nil: it takes none.
    private func propertyNames(of category: String, _ tree: String) async throws(PlatformFault) -> EbaySpellings? {
        let query = EbayURL.query(["category_id": category])
        let answer = try await self.allowedValues(Self.path("get_compatibility_properties", tree, query)) { body in
            let properties = body["compatibilityProperties"]?.elements ?? []
            var names = EbaySpellings(properties.compactMap { $0["name"]?.text })
            for property in properties {
                if let name = property["name"]?.text, let local = property["localizedName"]?.text {
                    names.add(name, as: local)
                }
            }
            return names.count == 0 ? .missing : .spellings(names)
        }
        guard case .spellings(let names) = answer else { return nil }
        return names
    }

    /// What a property of a category's vehicles may be; empty: whatever it is.
    private func propertyValues(
        _ name: String, of category: String, _ tree: String
    ) async throws(PlatformFault) -> EbaySpellings {
        let query = EbayURL.query(["category_id": category, "compatibility_property": name])
        let answer = try await self.allowedValues(Self.path("get_compatibility_property_values", tree, query)) { body in
            let values = body["compatibilityPropertyValues"]?.elements ?? []
            return .spellings(EbaySpellings(values.compactMap { $0["value"]?.digits }))
        }
        guard case .spellings(let values) = answer else { return EbaySpellings([]) }
        return values
    }

    private static func path(_ operation: String, _ tree: String, _ query: String) -> String {
        "\(Self.taxonomy)/category_tree/\(EbayURL.encoded(tree))/\(operation)\(query)"
    }

    /// What is kept of a path, or what the platform answers there to the application.
    private func allowedValues(
        _ path: String, _ read: @escaping @Sendable (JSONValue) -> EbayAllowedValues.Answer
    ) async throws(PlatformFault) -> EbayAllowedValues.Answer {
        let name = EbayAllowedValues.Name(base: try self.settings.get().base, path: path)
        return try await self.allowedValues.answer(name) { () async throws(PlatformFault) in
            var call = EbayCall("GET", path)
            call.owner = .application
            do throws(PlatformFault) {
                return read(try await self.call(call).body.get())
            } catch {
                guard Self.takesNoVehicles.contains(error.code) else { throw error }
                return .missing
            }
        }
    }
}

extension PlatformFault {
    fileprivate static func noFitment(_ category: String) -> PlatformFault {
        PlatformFault(
            .refused, code: "fitment-not-supported",
            "fitment has vehicles, and the category \(category) takes none on this marketplace; valid is a categoryId of a "
                + "category that does, or no fitment")
    }

    fileprivate static func fitmentBySpecification(_ category: String) -> PlatformFault {
        PlatformFault(
            .refused, code: "fitment-not-supported",
            "fitment has vehicles, and the category \(category) finds its parts by their specifications; valid are these as "
                + "aspects.NAME, and no fitment")
    }
}
