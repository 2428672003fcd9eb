/// The names that protobuf-c 1.4.1 gives to what it generates; tests compare them with compiled headers.
enum CNaming {
    /// The words that protobuf-c puts an underscore behind, because they are keywords of C or C++.
    private static let keywords: Set<String> = [
        "and", "and_eq", "asm", "auto", "bitand", "bitor", "bool", "break", "case", "catch", "char", "class", "compl",
        "const", "const_cast", "continue", "default", "delete", "do", "double", "dynamic_cast", "else", "enum",
        "explicit", "extern", "false", "float", "for", "friend", "goto", "if", "inline", "int", "long", "mutable",
        "namespace", "new", "not", "not_eq", "operator", "or", "or_eq", "private", "protected", "public", "register",
        "reinterpret_cast", "return", "short", "signed", "sizeof", "static", "static_cast", "struct", "switch",
        "template", "this", "throw", "true", "try", "typedef", "typeid", "typename", "union", "unsigned", "using",
        "virtual", "void", "volatile", "wchar_t", "while", "xor", "xor_eq",
    ]

    /// The structure or enum of a full proto name: `driveline.echo.v1.Level` gives `Driveline__Echo__V1__Level`.
    static func type(_ fullName: String) -> String {
        fullName.split(separator: ".").map { self.camel(String($0)) }.joined(separator: "__")
    }

    /// The functions' prefix for a full proto name: `driveline.echo.v1.Level` gives `driveline__echo__v1__level`.
    static func functionPrefix(_ fullName: String) -> String {
        fullName.split(separator: ".").map { self.lower(String($0)) }.joined(separator: "__")
    }

    /// The member of a structure that holds a field.
    static func member(_ field: String) -> String {
        let lower = field.lowercased()
        return self.keywords.contains(lower) ? lower + "_" : lower
    }

    /// The member of a structure that says which member of a oneof is set.
    static func caseMember(_ oneof: String) -> String {
        self.lower(oneof) + "_case"
    }

    /// `inventory_item` gives `InventoryItem`; capitals stay.
    private static func camel(_ name: String) -> String {
        var result = ""
        var startsWord = true
        for character in name {
            if character == "_" {
                startsWord = true
            } else {
                result += startsWord ? character.uppercased() : String(character)
                startsWord = false
            }
        }
        return result
    }

    /// `InventoryItem` gives `inventory_item`; a run of capitals gets no underscore, so `SKUList` gives `skulist`.
    private static func lower(_ name: String) -> String {
        var result = ""
        var previousWasUpper = true
        for character in name {
            if character.isUppercase, !previousWasUpper { result += "_" }
            result += character.lowercased()
            previousWasUpper = character.isUppercase
        }
        return result
    }
}
