public import SandboxJSON

extension PreparedOperation {
    /// What a mutation costs beside what it tells.
    private static let mutationCost = 10
    /// Beyond this nothing is counted.
    private static let maximumCost = 1_000_000_000

    /// What the operation may cost in points: 10 for a mutation, 1 for an object, and for a list what its elements cost,
    /// as many as may come.
    ///
    /// The platform counts long lists more cheaply than by their length; how is not published. Here 2 points and the
    /// square root of the length count, which comes near to what was recorded.
    public func cost(variables: [String: JSONValue]) -> Int {
        guard let root = self.schema.roots[self.kind] else { return 0 }
        return self.cost(self.operation.selections, on: root, variables, isRoot: true)
    }

    private func cost(
        _ selections: [Selection], on type: String, _ variables: [String: JSONValue], isRoot: Bool = false
    ) -> Int {
        var sum = 0
        for selection in selections {
            switch selection {
            case .field(let field): sum += self.cost(field, on: type, variables, isRoot: isRoot)
            case .spread(let name, _, _):
                guard let fragment = self.document.fragments[name] else { continue }
                sum += self.cost(fragment.selections, on: fragment.condition, variables, isRoot: isRoot)
            case .inline(let condition, _, let inner, _):
                sum += self.cost(inner, on: condition ?? type, variables, isRoot: isRoot)
            }
            sum = min(sum, Self.maximumCost)
        }
        return sum
    }

    private func cost(
        _ field: FieldNode, on type: String, _ variables: [String: JSONValue], isRoot: Bool
    ) -> Int {
        guard let definition = self.schema.types[type]?.fields?[field.name], !field.selections.isEmpty else { return 0 }
        let name = definition.type.name
        if name == "PageInfo" || name.hasSuffix("UserError") { return 0 }
        let inner = self.cost(field.selections, on: name, variables)
        if isRoot, self.kind == .mutation { return Self.mutationCost + inner }
        guard name.hasSuffix("Connection") else {
            let isPlainList = definition.type.isList && field.name != "nodes"
            return isPlainList ? inner : inner + 1
        }
        let size =
            ["first", "last"].compactMap { name in
                field.arguments.first { $0.name == name }.flatMap {
                    InputCoercion.json($0.value, variables: variables)?.integer
                }
            }.first ?? 0
        let factor = Double(max(0, min(size, 1_000))).squareRoot().rounded(.up)
        return 2 + min(Self.maximumCost, Int(factor) * inner)
    }
}
