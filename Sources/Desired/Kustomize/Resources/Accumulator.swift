import Document

/// The objects of a kustomization and its bases, in the order in which they came, found by who they are or were.
struct Accumulator {
    private(set) var resources: [Resource] = []
    /// What `configurations` files have added, here and in the bases.
    var configuration = TransformerConfiguration.empty
    /// `vars`, with the objects that they are taken from.
    private(set) var variables: [(variable: Variable, resource: Resource?)] = []
    /// Resources by every identity they have had; nil when it must be made anew.
    private var byIdentity: [ResourceID: [Resource]]?
    /// Shared by all of a build.
    let growth: Growth

    init(growth: Growth) {
        self.growth = growth
    }

    /// Adds an object.
    ///
    /// - Throws: `Problem` when there is one already that is the same now.
    mutating func append(_ resource: Resource) throws(Problem) {
        if let other = withIdentity(resource.id).first(where: { $0.id == resource.id }) {
            throw Problem(
                "\(resource.id) is there already; the other is at \(other.origin)", at: resource.origin,
                hint: "remove one of them, or patch the first instead")
        }
        resources.append(resource)
        byIdentity?[resource.id, default: []].append(resource)
        if !resource.hasHistory { return }
        for identity in Set(resource.previous) where identity != resource.id {
            byIdentity?[identity, default: []].append(resource)
        }
    }

    mutating func append(_ others: [Resource]) throws(Problem) {
        for resource in others { try append(resource) }
    }

    /// Puts another object in the place of one.
    mutating func replace(_ old: Resource, by new: Resource) {
        for index in resources.indices where resources[index] === old { resources[index] = new }
        for index in variables.indices where variables[index].resource === old { variables[index].resource = new }
        byIdentity = nil
    }

    /// Adds a variable, which is taken from an object that is there already.
    ///
    /// - Throws: `Problem` when the name is taken, or several objects could be meant.
    mutating func define(_ variable: Variable) throws(Problem) {
        let matches = resources.filter { variable.isTaken(from: $0) }
        if matches.count > 1 {
            throw Problem(
                "the variable \(variable.name) could be taken from several objects: "
                    + matches.map { "\($0.id) at \($0.origin)" }.joined(separator: ", "), at: variable.origin,
                hint: "add a namespace to its objref, or another name")
        }
        try merge(variables: [(variable, matches.first)])
    }

    /// Takes over the variables of a base.
    mutating func merge(variables others: [(variable: Variable, resource: Resource?)]) throws(Problem) {
        for other in others {
            if let known = variables.first(where: { $0.variable.name == other.variable.name }) {
                throw Problem(
                    "the variable \(other.variable.name) is there already, at \(known.variable.origin)",
                    at: other.variable.origin, hint: "give it another name, or name its base once only")
            }
            variables.append(other)
        }
    }

    /// The objects that are or were this, in order.
    mutating func withIdentity(_ id: ResourceID) -> [Resource] {
        if let byIdentity { return byIdentity[id] ?? [] }
        var index: [ResourceID: [Resource]] = [:]
        index.reserveCapacity(resources.count)
        for resource in resources {
            index[resource.id, default: []].append(resource)
            if !resource.hasHistory { continue }
            for identity in Set(resource.previous) where identity != resource.id {
                index[identity, default: []].append(resource)
            }
        }
        byIdentity = index
        return index[id] ?? []
    }

    /// To be called after identities of objects have changed.
    mutating func identitiesChanged() {
        byIdentity = nil
    }

    /// Removes objects.
    mutating func remove(_ isGone: (Resource) -> Bool) {
        resources.removeAll(where: isGone)
        byIdentity = nil
    }

    /// Keeps note of what went over all objects.
    func note(_ note: BuildNote, if isAsked: Bool) {
        if !isAsked { return }
        for resource in resources { resource.transformations.append(note) }
    }

    /// Puts hashes of their content behind the names of the objects that are to have one.
    mutating func addHashes() {
        for resource in resources where resource.needsHash {
            resource.storeIdentity()
            resource.addHash()
        }
        identitiesChanged()
    }

    /// Refuses two objects that have become the same.
    func checkUnique(after what: String, at origin: Origin) throws(Problem) {
        var seen: [ResourceID: Resource] = [:]
        seen.reserveCapacity(resources.count)
        for resource in resources {
            if let other = seen.updateValue(resource, forKey: resource.id) {
                throw Problem(
                    "\(what) makes two objects \(resource.id): those at \(other.origin) and \(resource.origin)",
                    at: origin, hint: "give one of them another name")
            }
        }
    }
}
