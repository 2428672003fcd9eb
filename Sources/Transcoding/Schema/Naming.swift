/// How proto names become JSON names.
enum Naming {
    /// `location_id` gives `locationId`, as protoc names fields in JSON.
    static func lowerCamel(_ name: String) -> String {
        var result = ""
        var capitalise = false
        for character in name {
            if character == "_" {
                capitalise = true
            } else {
                result += capitalise ? character.uppercased() : String(character)
                capitalise = false
            }
        }
        return result
    }

    /// What the values of an enum begin with: `LocationKind` gives `LOCATION_KIND_`.
    static func enumPrefix(_ name: String) -> String {
        var result = ""
        let characters = Array(name)
        for (index, character) in characters.enumerated() {
            let previousIsLower = index > 0 && !characters[index - 1].isUppercase && characters[index - 1] != "_"
            let nextIsLower = index + 1 < characters.count && characters[index + 1].isLowercase
            let followsWord = index > 0 && characters[index - 1] != "_"
            if character.isUppercase, followsWord, previousIsLower || nextIsLower { result += "_" }
            result += character.uppercased()
        }
        return result + "_"
    }

    /// The name of a value in JSON: lower case, without the type's prefix.
    static func enumValue(_ name: String, prefix: String) -> String {
        let stem = name.hasPrefix(prefix) && name.count > prefix.count ? name.dropFirst(prefix.count) : name[...]
        return stem.lowercased()
    }

    /// The known name that is most like another one; `nil` where none is much like it.
    ///
    /// Names of more than 64 characters are like nothing, which bounds the time.
    static func nearest(to name: String, among known: [String]) -> String? {
        guard name.utf8.count <= 64 else { return nil }
        let wanted = Array(name.lowercased().utf8)
        var best: (name: String, distance: Int)?
        for candidate in known where candidate.utf8.count <= 64 {
            let distance = self.distance(wanted, Array(candidate.lowercased().utf8))
            if distance < best?.distance ?? Int.max { best = (candidate, distance) }
        }
        guard let best, best.distance <= max(1, min(wanted.count, best.name.utf8.count) / 3) else { return nil }
        return best.name
    }

    /// How many bytes must be replaced, inserted or removed (Levenshtein's distance).
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (index, byte) in left.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in 0..<right.count {
                let replaced = diagonal + (byte == right[column] ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, row[column] + 1, row[column + 1] + 1)
            }
        }
        return row[right.count]
    }
}
