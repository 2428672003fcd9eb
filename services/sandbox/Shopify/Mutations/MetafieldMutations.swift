internal import FoundationEssentials
internal import OrderedCollections
internal import SandboxGraphQL
internal import SandboxJSON
internal import SandboxShop

extension MutationRoot {
    /// The metafields of one call.
    private static let maximumMetafields = 25
    /// The bytes of a value.
    private static let maximumValueBytes = 131_072

    /// Sets metafields: all, or none.
    func setMetafields(_ arguments: GraphQLArguments) -> JSONValue {
        let inputs = arguments["metafields"]?.array ?? []
        guard inputs.count <= Self.maximumMetafields else {
            return UserErrors.payload([
                Self.metafieldError(
                    ["metafields"], "Exceeded the maximum metafields input limit of \(Self.maximumMetafields).",
                    "LESS_THAN_OR_EQUAL_TO")
            ])
        }
        let errors = inputs.enumerated().compactMap { index, input in self.fault(of: input, index) }
        guard errors.isEmpty else { return Self.refused(errors) }
        let set = inputs.map { input in
            self.view.state.setMetafield(
                owner: input["ownerId"]?.text ?? "", namespace: input["namespace"]?.text ?? "app",
                key: input["key"]?.text ?? "", type: input["type"]?.text, value: input["value"]?.text ?? "")
        }
        return [
            "metafields": .array(set.map { StoredObject.reference("Metafield", $0.id) }), "userErrors": [],
        ]
    }

    private static func refused(_ errors: [JSONValue]) -> JSONValue {
        ["metafields": [], "userErrors": .array(errors)]
    }

    private static func metafieldError(_ path: [String], _ message: String, _ code: String) -> JSONValue {
        [
            "$type": "MetafieldsSetUserError", "field": .texts(path), "message": .string(message),
            "code": .string(code), "elementIndex": .null,
        ]
    }

    private func fault(of input: JSONValue, _ index: Int) -> JSONValue? {
        let path = ["metafields", String(index)]
        let owner = input["ownerId"]?.text ?? ""
        guard self.view.node(owner) != nil else {
            return Self.metafieldError(path + ["ownerId"], "Owner does not exist.", "INVALID")
        }
        let (namespace, key) = (input["namespace"]?.text ?? "app", input["key"]?.text ?? "")
        if let error = Self.nameFault(namespace, key, path) { return error }
        let known = self.view.state.index.metafield(of: owner, "\(namespace).\(key)").flatMap {
            self.view.state.metafields[$0]
        }
        guard let type = input["type"]?.text ?? known?.type else {
            return Self.metafieldError(path + ["type"], "Type can't be blank", "BLANK")
        }
        if let digest = input.object?["compareDigest"], digest.text != known?.digest {
            return Self.metafieldError(
                path,
                "The resource has been updated since it was loaded. Try again with an updated `compareDigest` value.",
                "STALE_OBJECT")
        }
        return Self.valueFault(input["value"]?.text ?? "", type, path)
    }

    private static func nameFault(_ namespace: String, _ key: String, _ path: [String]) -> JSONValue? {
        for (name, text, range) in [("namespace", namespace, 3...255), ("key", key, 2...64)] {
            if text.count < range.lowerBound {
                return self.metafieldError(
                    path + [name], "\(name.capitalized) is too short (minimum is \(range.lowerBound) characters)",
                    "TOO_SHORT")
            }
            if text.count > range.upperBound {
                return self.metafieldError(
                    path + [name], "\(name.capitalized) is too long (maximum is \(range.upperBound) characters)",
                    "TOO_LONG")
            }
        }
        return nil
    }

    private static func valueFault(_ value: String, _ type: String, _ path: [String]) -> JSONValue? {
        guard !value.isEmpty else { return self.metafieldError(path + ["value"], "Value can't be blank", "BLANK") }
        guard value.utf8.count <= self.maximumValueBytes else {
            return self.metafieldError(path + ["value"], "Value is too long", "TOO_LONG")
        }
        let isValid =
            switch type {
            case "json", "rich_text_field": (try? JSONValue(json: value)) != nil
            case "number_integer": Int64(value) != nil
            case "number_decimal": Double(value) != nil
            case "boolean": value == "true" || value == "false"
            case _ where type.hasPrefix("list."): (try? JSONValue(json: value))?.array != nil
            case "single_line_text_field": !value.contains("\n")
            default: true
            }
        return isValid
            ? nil : self.metafieldError(path + ["value"], "Value is invalid for the type \(type).", "INVALID_VALUE")
    }
}

extension ShopState {
    /// Sets a value of the seller's.
    func setMetafield(owner: String, namespace: String, key: String, type: String?, value: String) -> Metafield {
        let known = self.index.metafield(of: owner, "\(namespace).\(key)").flatMap { self.metafields[$0] }
        let moment = Moment.now()
        var metafield =
            known
            ?? Metafield(
                id: self.nextID(), ownerID: owner, namespace: namespace, key: key,
                type: type ?? "single_line_text_field", value: value, at: moment)
        metafield.value = value
        metafield.type = type ?? metafield.type
        metafield.updatedAt = moment
        self.put(metafield)
        if let product = Gid.number(owner, "Product") { self.touch(product, at: moment) }
        if let variant = Gid.number(owner, "ProductVariant").flatMap({ self.variants[$0] }) {
            self.touch(variant.productID, at: moment)
        }
        return metafield
    }
}
