import Synchronization

/// An object between two steps of a build, kept with what it became by them: an object that is the same in a later build
/// goes the same way there without the work.
///
/// The way begins where a file was parsed, by its content, so that another content begins another way.
final class Stage: Sendable {
    let state: ResourceState
    private let ways = Mutex<[Way]>([])

    /// What a step made of the object.
    struct Way: Sendable {
        fileprivate let step: Step
        /// nil when it left the object as it was.
        let stage: Stage?
        /// What it put in, as `Growth` counts.
        let grown: Int
    }

    /// As many steps as overlays may take from one base before the first ones are forgotten.
    private static let wayLimit = 256
    /// As many contents of one kustomization: those of two branches, or before and after a change.
    private static let contentLimit = 2

    init(_ state: ResourceState) {
        self.state = state
    }

    /// What became of the object by a step; nil when that has not been seen yet.
    func way(by step: Step) -> Way? {
        ways.withLock { ways in ways.first { $0.step === step } }
    }

    /// Remembers what a step made of the object.
    func remember(_ state: ResourceState, by step: Step, grown: Int) -> Stage {
        let stage = state.isSame(as: self.state) ? nil : Stage(state)
        ways.withLock { ways in
            let same = ways.indices.filter { ways[$0].step.key.isSameStep(as: step.key) }
            if same.count >= Self.contentLimit {
                ways.remove(at: same[0])
            } else if ways.count >= Self.wayLimit {
                ways.removeFirst()
            }
            ways.append(Way(step: step, stage: stage, grown: grown))
        }
        return stage ?? self
    }
}

/// A part of a build whose effect on an object depends on nothing but that object: some transformers of one kustomization.
final class Step: Sendable {
    /// What tells one step from another.
    struct Key: Hashable, Sendable {
        /// The kustomization's file, with its content.
        var file: ParsedFile
        /// Which of its steps.
        var number: Int
        /// A patch that stands in a file of its own.
        var patch: ParsedFile?

        /// Whether the other one is the same step of the same kustomization, be it of another content.
        func isSameStep(as other: Key) -> Bool { number == other.number && file.name == other.file.name }
    }

    let key: Key

    init(_ key: Key) {
        self.key = key
    }
}
