internal import ChannelAdapter
internal import FileFormats

/// What the platform's codes mean for what is to be done. Tables only: a code that none of them has is
/// ``PlatformFault/Kind/unknown``, tried again a bounded number of times and reported.
enum ShopifyFaults {
    /// HTTP statuses but 200.
    static let statuses: [Int: PlatformFault.Kind] = [
        400: .refused, 401: .reauthenticate, 402: .stop, 403: .reauthenticate, 406: .refused, 408: .retry,
        413: .refused, 414: .refused, 415: .refused, 422: .refused, 423: .retry, 429: .throttled, 430: .throttled,
        500: .retry, 501: .refused, 502: .retry, 503: .retry, 504: .retry, 520: .retry, 522: .retry, 524: .retry,
        530: .retry, 540: .retry,
    ]

    /// Codes of errors at the top of an answer, which are about the call as a whole.
    static let errors: [String: PlatformFault.Kind] = [
        "THROTTLED": .throttled,
        "INTERNAL_SERVER_ERROR": .retry, "TIMEOUT": .retry,
        "ACCESS_DENIED": .refused, "SHOP_INACTIVE": .stop, "MAX_COST_EXCEEDED": .refused,
        "BAD_REQUEST": .refused, "INVALID_VARIABLE": .refused, "INVALID_FIELD_ARGUMENTS": .refused,
        "PARSE_ERROR": .refused, "undefinedField": .refused, "undefinedDirective": .refused,
        "undefinedType": .refused, "selectionMismatch": .refused, "argumentNotAccepted": .refused,
        "argumentLiteralsIncompatible": .refused, "missingRequiredArguments": .refused,
        "missingRequiredInputObjectAttribute": .refused, "variableNotUsed": .refused,
        "variableNotDefined": .refused, "variableMismatch": .refused, "variableRequiresValidType": .refused,
    ]

    /// Codes within the data, of one entry or of the call. Those that only say that data is refused stand in
    /// ``refusals``.
    static let userErrors: [String: PlatformFault.Kind] = [
        "CHANGE_FROM_QUANTITY_STALE": .stale, "COMPARE_QUANTITY_STALE": .stale, "STALE_OBJECT": .stale,
        "IDEMPOTENCY_CONCURRENT_REQUEST": .retry, "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED": .retry,
        "IDEMPOTENCY_KEY_PARAMETER_MISMATCH": .unknown,
        "INTERNAL_ERROR": .retry, "JOB_ERROR": .retry, "OPERATION_IN_PROGRESS": .retry, "LIMIT_REACHED": .retry,
        "NO_SUCH_FILE": .retry, "INTERNAL_FILE_SERVER_ERROR": .retry,
        "GENERIC_ERROR": .unknown, "TAKEN": .refused,
    ]

    /// Codes that say that something has to be changed first.
    static let refusals: Set<String> = [
        // Quantities.
        "INVALID_INVENTORY_ITEM", "INVALID_LOCATION", "INVALID_QUANTITY_NEGATIVE", "INVALID_QUANTITY_TOO_HIGH",
        "INVALID_QUANTITY_TOO_LOW", "INVALID_REASON", "INVALID_NAME", "INVALID_REFERENCE_DOCUMENT",
        "ITEM_NOT_STOCKED_AT_LOCATION", "COMPARE_QUANTITY_REQUIRED", "NON_MUTABLE_INVENTORY_ITEM",
        "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR",
        // Variants and products.
        "INVALID_INPUT", "CANNOT_SPECIFY_BOTH", "MUST_SPECIFY_ONE_OF_PAIR", "OPTION_VALUE_NAME_TOO_LONG",
        "PRODUCT_DOES_NOT_EXIST", "PRODUCT_VARIANT_ID_MISSING", "PRODUCT_VARIANT_DOES_NOT_EXIST",
        "OPTION_DOES_NOT_EXIST", "OPTION_VALUE_DOES_NOT_EXIST", "MUST_BE_FOR_THIS_PRODUCT", "NOT_DEFINED_FOR_SHOP",
        "PRODUCT_SUSPENDED", "NO_INVENTORY_QUANTITIES_ON_VARIANTS_UPDATE", "VARIANT_ALREADY_EXISTS",
        "GREATER_THAN_OR_EQUAL_TO", "NEED_TO_ADD_OPTION_VALUES", "OPTION_VALUES_FOR_NUMBER_OF_UNKNOWN_OPTIONS",
        "SUBSCRIPTION_VIOLATION", "NO_INVENTORY_QUANTITES_DURING_UPDATE", "NEGATIVE_PRICE_VALUE", "BLANK",
        "TOO_SHORT", "TOO_LONG", "INVALID_VALUE", "CANNOT_SET_NAME_FOR_LINKED_OPTION_VALUE",
        "UNSUPPORTED_COMBINED_LISTING_PARENT_OPERATION", "INVENTORY_QUANTITIES_LIMIT_EXCEEDED", "ID_NOT_ALLOWED",
        "MISSING_FIELD_REQUIRED", "INPUT_MISMATCH", "NOT_FOUND", "METAFIELD_MISMATCH", "INVALID_METAFIELD",
        "INVALID_VARIANT", "OPTIONS_OVER_LIMIT", "OPTION_VALUES_OVER_LIMIT", "OPTION_VALUES_MISSING",
        "DUPLICATED_OPTION_NAME", "DUPLICATED_OPTION_VALUE", "VARIANTS_OVER_LIMIT", "PRODUCT_OPTIONS_INPUT_MISSING",
        "VARIANTS_INPUT_MISSING", "GIFT_CARDS_NOT_ACTIVATED", "GIFT_CARD_ATTRIBUTE_CANNOT_BE_CHANGED",
        "INVALID_PRODUCT", "CAPABILITY_VIOLATION", "CANNOT_COMBINE_LINKED_AND_NONLINKED_OPTION_VALUES",
        "INVALID_METAFIELD_VALUE_FOR_LINKED_OPTION", "DUPLICATE_LINKED_OPTION", "DUPLICATED_METAFIELD_VALUE",
        "LINKED_OPTIONS_NOT_SUPPORTED_FOR_SHOP", "LINKED_METAFIELD_DEFINITION_NOT_FOUND", "DUPLICATED_VALUE",
        "HANDLE_NOT_UNIQUE",
        // Metafields.
        "INVALID_COMPARE_DIGEST", "INVALID_TYPE", "APP_NOT_AUTHORIZED", "INCLUSION", "PRESENT",
        "LESS_THAN_OR_EQUAL_TO", "INVALID",
        // Bulk operations.
        "INVALID_MUTATION", "INVALID_STAGED_UPLOAD_FILE",
        // Orders.
        "NO_REFUND_PERMISSION", "NO_REFUND_TO_STORE_CREDIT_PERMISSION", "STORE_CREDIT_REFUND_EXPIRATION_IN_PAST",
        "STORE_CREDIT_REFUND_MISSING_CUSTOMER", "STORE_CREDIT_REFUND_B2B_NOT_SUPPORTED",
    ]

    /// Codes about a call that sets quantities as a whole: no part of it would be taken either.
    static let wholeCall: Set<String> = [
        "INVALID_REASON", "INVALID_NAME", "INVALID_REFERENCE_DOCUMENT", "IDEMPOTENCY_CONCURRENT_REQUEST",
        "IDEMPOTENCY_KEY_PARAMETER_MISMATCH", "INTERNAL_ERROR",
    ]

    /// What the platform gives where it says what is wrong and no code.
    static let codeless = "user-error"

    static func kind(ofStatus status: Int) -> PlatformFault.Kind { Self.statuses[status] ?? .unknown }

    static func kind(ofError code: String) -> PlatformFault.Kind { Self.errors[code] ?? .unknown }

    static func kind(ofUserError code: String) -> PlatformFault.Kind {
        if let kind = Self.userErrors[code] { return kind }
        return Self.refusals.contains(code) || code == Self.codeless ? .refused : .unknown
    }
}

/// What the platform says of data that it does not take.
struct ShopifyUserError: Hashable, Sendable {
    /// The platform's, or ``ShopifyFaults/codeless``.
    let code: String
    /// Where in the variables: "input", "quantities", "3", "quantity".
    let field: [String]
    let message: String

    init(_ json: JSONValue) {
        self.code = json["code"]?.text ?? ShopifyFaults.codeless
        self.field = json["field"]?.elements.compactMap(\.digits) ?? []
        self.message = json["message"]?.text ?? ""
    }

    /// The place in a list of the variables that it is about; nil: it is about the whole.
    func place(in list: String) -> Int? {
        guard let index = self.field.firstIndex(of: list), index + 1 < self.field.count else { return nil }
        return Int(self.field[index + 1])
    }

    var fault: PlatformFault {
        PlatformFault(
            ShopifyFaults.kind(ofUserError: self.code), code: self.code, ShopifyText.shortened(self.message))
    }
}

/// Texts of the platform, to be kept.
enum ShopifyText {
    /// Its beginning, of at most so many bytes, without half a character.
    static func shortened(_ text: String, toBytes maximum: Int = ShopifyLimits.messageBytes) -> String {
        guard text.utf8.count > maximum else { return text }
        var shortened = ""
        var count = 0
        for character in text {
            count += character.utf8.count
            guard count <= maximum else { break }
            shortened.append(character)
        }
        return shortened
    }
}
