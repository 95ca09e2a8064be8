package import Document
package import FileTree

extension Kustomize {
    /// The way that the objects of each file went through a build, so that when only such files have changed the next
    /// build is made of this one: what becomes of their objects is done again, and all else stays as it was.
    ///
    /// There is a trail only for builds in which the way of an object depends on nothing that other objects say: without
    /// patches, replacements, variables, charts and plugins. Names do cross: of an object that others may refer to, the
    /// name must have stayed what and where it was.
    package struct Trail: Sendable {
        private let folder: TreePath
        private let metadata: BuildMetadata
        private let names: NameReferenceFix.Index
        private let additions: [TrailRecorder.Addition]
        private let events: [TrailRecorder.Event]
        private let otherFiles: Set<TreePath>
        /// The objects as they came to be, in the order in which they were added.
        private var added: [Stage]
        /// Likewise, in the order of the output.
        private var ordered: [Stage]
        /// What the build and those that followed it have spent of its limits.
        private var growth: ValueBudget
        private var bytes: Int

        /// - Parameter ordered: the build's objects, none of which changes any more.
        init?(
            _ recorder: TrailRecorder, _ ordered: [Resource], _ names: NameReferenceFix.Index,
            _ metadata: BuildMetadata, in folder: TreePath, _ files: BuildFiles
        ) {
            if recorder.hasGivenUp { return nil }
            self.folder = folder
            self.metadata = metadata
            self.names = names
            additions = recorder.additions
            events = recorder.events
            otherFiles = recorder.otherFiles
            self.ordered = ordered.map { $0.settled() }
            added = recorder.resources.map { $0.settled() }
            growth = files.growth.budget
            bytes = files.bytes
        }

        /// What becomes of the objects of files that have changed, by their positions in the output.
        ///
        /// - Parameters:
        ///   - changed: all files of the build that now hold something else.
        ///   - tree: shows the same as it did for the build but for these files.
        /// - Returns: nil where the whole must be built again, be it to say what is wrong; the trail is then of no use.
        package mutating func follow(
            _ changed: [TreePath], in tree: any FileTree, memory: ParsedFiles
        ) -> [Int: Value]? {
            let files = BuildFiles(tree, memory: memory, growth: Growth(growth), bytes: bytes)
            var made: [Int: Value] = [:]
            for path in changed {
                let uses = additions.filter { $0.path == path }
                if uses.isEmpty || otherFiles.contains(path) { return nil }
                for use in uses {
                    guard let resources = try? objects(of: use, in: files), resources.count == use.objects.count,
                        zip(use.objects, resources).allSatisfy({ take($1, inPlaceOf: $0, in: &made) })
                    else { return nil }
                }
            }
            growth = files.growth.budget
            bytes = files.bytes
            return made
        }

        /// The objects of one file at the end of their way.
        private func objects(of use: TrailRecorder.Addition, in files: BuildFiles) throws(Problem) -> [Resource] {
            var part = Accumulator(growth: files.growth)
            let note = BuildNote(use.path)
            try files.eachResource(of: use.path, nil, nil, for: .none) { (object) throws(Problem) in
                object.source = note
                try part.append(object)
            }
            var accumulator = use.accumulator
            for event in events[use.event...] {
                switch event {
                case .merged(accumulator, let next): accumulator = next
                case .transformed(let run, let step, accumulator):
                    try part.take(step, among: part.resources) { (part, chosen) throws(Problem) in
                        for transformer in run { try part.apply(transformer, among: chosen) }
                    }
                case .merged, .transformed: continue
                }
            }
            let fix = NameReferenceFix(names)
            for resource in part.resources { try fix.apply(to: resource) }
            return part.resources
        }

        /// Puts an object where another was; not where that could matter to more than itself.
        private mutating func take(_ resource: Resource, inPlaceOf number: Int, in made: inout [Int: Value]) -> Bool {
            let old = added[number]
            guard let position = ordered.firstIndex(where: { $0 === old }), resource.hasPlace(of: old.state),
                !resource.isLocal
            else { return false }
            made[position] = metadata.finish(resource, from: folder)
            added[number] = resource.settled()
            ordered[position] = added[number]
            return true
        }
    }
}

extension Resource {
    /// Whether nothing that others could go by is different from what another object was.
    fileprivate func hasPlace(of other: ResourceState) -> Bool {
        let state = state
        func areSame(_ left: ResourceID, _ right: ResourceID) -> Bool { left == right && left.kind == right.kind }
        guard areSame(state.id, other.id), state.writtenNamespace == other.writtenNamespace,
            state.history.count == other.history.count, zip(state.history, other.history).allSatisfy(areSame),
            state.prefixes == other.prefixes, state.suffixes == other.suffixes
        else { return false }
        // What refers to it took over its name and namespace, with their places.
        return !hasHistory
            || [["metadata", "name"], ["metadata", "namespace"]].allSatisfy { path in
                switch (state.value[path: path], other.value[path: path]) {
                case (nil, nil): true
                case (let new?, let old?): new.isIdentical(to: old)
                default: false
                }
            }
    }
}
