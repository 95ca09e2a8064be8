import Document
import FileTree

/// Notes which way the objects of files go through a build, until something shows that one object's way depends on others.
final class TrailRecorder {
    /// Objects of one file that came into one accumulator.
    struct Addition: Sendable {
        let path: TreePath
        let accumulator: Int
        /// How many events came before.
        let event: Int
        /// Which of all objects noted.
        var objects: Range<Int>
    }

    /// What happened to all objects of an accumulator.
    enum Event: Sendable {
        case transformed([LocalTransformer], Step?, in: Int)
        case merged(Int, into: Int)
    }

    private(set) var additions: [Addition] = []
    private(set) var events: [Event] = []
    private(set) var resources: [Resource] = []
    /// Files that were read for something else than their objects.
    private(set) var otherFiles: Set<TreePath> = []
    private(set) var hasGivenUp = false
    private var accumulators = 0

    /// The number of an accumulator that begins.
    func number() -> Int {
        accumulators += 1
        return accumulators
    }

    /// There is to be no trail.
    func giveUp() {
        hasGivenUp = true
        (additions, events, resources) = ([], [], [])
    }

    func note(_ resource: Resource, of path: TreePath, in accumulator: Int) {
        if hasGivenUp { return }
        resources.append(resource)
        if let last = additions.indices.last, additions[last].path == path, additions[last].event == events.count,
            additions[last].accumulator == accumulator, additions[last].objects.upperBound == resources.count - 1
        {
            additions[last].objects = additions[last].objects.lowerBound..<resources.count
        } else {
            let objects = resources.count - 1..<resources.count
            additions.append(Addition(path: path, accumulator: accumulator, event: events.count, objects: objects))
        }
    }

    func note(_ event: Event) {
        if !hasGivenUp { events.append(event) }
    }

    func note(otherFile path: TreePath) {
        otherFiles.insert(path)
    }
}

extension Kustomization {
    /// Whether it asks for something by which objects depend on one another, or on more than the files of objects.
    var joinsObjects: Bool {
        let lists: [any Collection] = [
            patches, patchesStrategicMerge, patchesJSON6902, replicas, replacements, variables, charts, generators,
            transformers, validators,
        ]
        return lists.contains { !$0.isEmpty } || schema != nil || metadata.hasTransformations
            || (configMaps + secrets).contains { $0.behavior != .create }
    }
}
