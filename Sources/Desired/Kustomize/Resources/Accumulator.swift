import Document

/// The objects of a kustomization and its bases, in the order in which they came, found by who they are or were.
struct Accumulator {
    private(set) var resources: [Resource] = []
    /// What `configurations` files have added, here and in the bases.
    var configuration = TransformerConfiguration.empty
    /// `vars`, with the objects that they are taken from.
    private(set) var variables: [(variable: Variable, resource: Resource?)] = []
    /// Resources by every identity they have had; nil when it must be made anew.
    private var byIdentity: [ResourceID: Found]?
    /// Shared by all of a build.
    let growth: Growth
    /// By which the trail of a build knows it; 0 where there is none.
    let number: Int

    /// What goes by one identity: nearly always one object.
    private struct Found {
        var first: Resource
        var others: [Resource] = []

        var all: [Resource] { others.isEmpty ? [first] : [first] + others }
    }

    init(growth: Growth, number: Int = 0) {
        self.growth = growth
        self.number = number
    }

    /// Adds an object.
    ///
    /// - Throws: `Problem` when there is one already that is the same now.
    mutating func append(_ resource: Resource) throws(Problem) {
        if byIdentity == nil { indexAll() }
        let id = resource.id
        if let known = byIdentity?.updateValue(Found(first: resource), forKey: id) {
            byIdentity?[id] = Found(first: known.first, others: known.others + [resource])
            if let other = known.all.first(where: { $0.id == id }) {
                throw Problem(
                    "\(id) is there already; the other is at \(other.origin)", at: resource.origin,
                    hint: "remove one of them, or patch the first instead")
            }
        }
        resources.append(resource)
        if resource.hasHistory { indexHistory(of: resource) }
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
    mutating func withIdentity(_ id: ResourceID) -> [Resource] { found(id)?.all ?? [] }

    private mutating func found(_ id: ResourceID) -> Found? {
        if byIdentity == nil { indexAll() }
        return byIdentity?[id]
    }

    private mutating func indexAll() {
        byIdentity = Dictionary(minimumCapacity: resources.count)
        for resource in resources {
            index(resource, as: resource.id)
            if resource.hasHistory { indexHistory(of: resource) }
        }
    }

    private mutating func indexHistory(of resource: Resource) {
        for identity in Set(resource.previous) where identity != resource.id { index(resource, as: identity) }
    }

    private mutating func index(_ resource: Resource, as identity: ResourceID) {
        guard let known = byIdentity?.updateValue(Found(first: resource), forKey: identity) else { return }
        byIdentity?[identity] = Found(first: known.first, others: known.others + [resource])
    }

    /// Makes room for so many objects more.
    mutating func reserve(_ count: Int) {
        resources.reserveCapacity(resources.count + count)
        if byIdentity == nil { indexAll() }
        byIdentity?.reserveCapacity(resources.count + count)
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

    /// Does something to each of some objects, each of which keeps note of what it grows by.
    func each(of chosen: [Resource], _ work: (Resource) throws(Problem) -> Void) throws(Problem) {
        for resource in chosen {
            let before = growth.left
            try work(resource)
            resource.grown += before - growth.left
        }
    }

    /// Takes a step with some objects: the work is done on those of which no earlier build knows what becomes of them.
    mutating func take(
        _ step: Step?, among all: [Resource], _ work: (inout Accumulator, [Resource]) throws(Problem) -> Void
    ) throws(Problem) {
        defer { identitiesChanged() }
        guard let step else { return try work(&self, all) }
        var chosen: [Resource] = []
        var starts: [(resource: Resource, stage: Stage)] = []
        for resource in all {
            if let stage = resource.stage {
                if let way = stage.way(by: step), growth.count(again: way.grown) {
                    if let next = way.stage { resource.advance(to: next) }
                    continue
                }
                starts.append((resource, stage))
                resource.grown = 0
            }
            chosen.append(resource)
        }
        try work(&self, chosen)
        for (resource, stage) in starts {
            resource.advance(to: stage.remember(resource.state, by: step, grown: resource.grown))
        }
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
