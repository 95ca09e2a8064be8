import Document
import Manifest

/// Making and sizing replica sets.
extension DeploymentPlan {
    private typealias Annotation = DeploymentView.Annotation

    private var newestOldRevision: Int { old.map(\.revision).max() ?? 0 }

    /// The replica set of the present template; its name says which template it is.
    mutating func makeCurrent(replicas: Int) {
        guard current == nil else { return }
        var template = deployment.template
        template[path: "metadata", "labels", Annotation.hash] = nil
        let hash = TemplateHash.of(template, collisions: deployment.collisions)
        template[path: "metadata", "labels", Annotation.hash] = .string(hash)
        var set = Manifest(
            apiVersion: "apps/v1", kind: "ReplicaSet", name: RandomSuffix.name(deployment.name, hash),
            namespace: deployment.manifest.namespace)
        set.value[path: "metadata", "labels"] = template[path: "metadata", "labels"]
        set.value[path: "metadata", "ownerReferences"] = [OwnerReference(to: deployment.manifest).value]
        var selector = deployment.manifest.spec?["selector"] ?? .mapping(Mapping())
        selector[path: "matchLabels", Annotation.hash] = .string(hash)
        set.value["spec"] = ["replicas": .int(replicas), "selector": selector, "template": template]
        if deployment.minReadySeconds > 0 {
            set.value[path: "spec", "minReadySeconds"] = .int(deployment.minReadySeconds)
        }
        var view = ReplicaSetView(manifest: set)
        mark(&view, revision: newestOldRevision + 1)
        current = view
        actions.append(.create(view.manifest))
        if deployment.revision != view.revision { actions.append(.annotate(revision: view.revision)) }
        progress = ("NewReplicaSetCreated", "Created new replica set \"\(view.name)\"")
    }

    /// Gives the current replica set the deployment's annotations and, when it is an old one that is wanted again, the
    /// newest revision.
    mutating func annotateCurrent() {
        guard var view = current else { return }
        let before = view.manifest
        let revision = max(view.revision, newestOldRevision + 1)
        if revision != view.revision, view.revision > 0 {
            let past = view.manifest.annotations[Annotation.revisionHistory].map { $0 + "," } ?? ""
            view.annotate(Annotation.revisionHistory, past + String(view.revision))
        }
        let isSized = view.annotation(Annotation.desired) != nil
        mark(&view, revision: revision, sized: !isSized)
        if (view.manifest.spec?["minReadySeconds"]?.int ?? 0) != deployment.minReadySeconds {
            view.manifest.value[path: "spec", "minReadySeconds"] = .int(deployment.minReadySeconds)
        }
        current = view
        if view.manifest != before { record(view) }
        if deployment.revision != revision { actions.append(.annotate(revision: revision)) }
        if Conditions(deployment.manifest.status)["Progressing"] == nil {
            progress = ("FoundNewReplicaSet", "Found new replica set \"\(view.name)\"")
        }
    }

    private func mark(_ view: inout ReplicaSetView, revision: Int, sized: Bool = true) {
        for (name, text) in deployment.manifest.annotations where !Annotation.own.contains(name) {
            view.annotate(name, text)
        }
        view.annotate(Annotation.revision, String(revision))
        guard sized else { return }
        view.annotate(Annotation.desired, String(deployment.replicas))
        view.annotate(Annotation.maximum, String(deployment.replicas + deployment.maxSurge))
    }

    mutating func scaleCurrent(to size: Int) {
        guard var view = current, let event = resize(&view, to: size) else { return }
        current = view
        record(view, event: event.from == event.to ? nil : event)
    }

    mutating func scaleOld(_ index: Int, to size: Int) {
        guard let event = resize(&old[index], to: size) else { return }
        record(old[index], event: event.from == event.to ? nil : event)
    }

    /// Sets a size and notes what it was computed from; nil when all that is so already.
    private func resize(_ view: inout ReplicaSetView, to size: Int) -> ScalingEvent? {
        let before = view
        view.replicas = size
        view.annotate(Annotation.desired, String(deployment.replicas))
        view.annotate(Annotation.maximum, String(deployment.replicas + deployment.maxSurge))
        guard view.manifest != before.manifest else { return nil }
        return ScalingEvent(name: view.name, from: before.replicas, to: size)
    }

    /// Adds an update, or folds it into the one (or the creation) that this pass already has for the same set.
    private mutating func record(_ view: ReplicaSetView, event: ScalingEvent? = nil) {
        for (index, action) in actions.enumerated() {
            switch action {
            case .create(let known) where known.name == view.name:
                actions[index] = .create(view.manifest)
                return
            case .update(let known, let earlier) where known.name == view.name:
                let from = earlier?.from ?? event?.from
                let merged = from.map { ScalingEvent(name: view.name, from: $0, to: view.replicas) }
                actions[index] = .update(view.manifest, event: merged)
                return
            default: continue
            }
        }
        actions.append(.update(view.manifest, event: event))
    }

    /// Follows a change of `replicas` in the middle of a rollout (or while paused): every replica set grows or shrinks
    /// by its share, so that the rollout's state stays what it is.
    mutating func scaleProportionally() {
        let active = all.filter { $0.replicas > 0 }
        if active.count <= 1 {
            scaleOnly(active.first)
        } else if let current, isSaturated(current) {
            for index in old.indices where old[index].replicas > 0 { scaleOld(index, to: 0) }
        } else if !deployment.isRecreate {
            shareOut()
        }
    }

    private mutating func scaleOnly(_ active: ReplicaSetView?) {
        guard let only = active ?? current ?? old.max(by: { Manifest.isOlder($0.manifest, $1.manifest) }) else {
            return
        }
        if only.name == current?.name {
            scaleCurrent(to: deployment.replicas)
        } else if let index = old.firstIndex(where: { $0.name == only.name }) {
            scaleOld(index, to: deployment.replicas)
        }
    }

    private func isSaturated(_ set: ReplicaSetView) -> Bool {
        set.replicas == deployment.replicas && set.annotation(Annotation.desired) == deployment.replicas
            && set.available == deployment.replicas
    }

    private mutating func shareOut() {
        let allowed = deployment.replicas > 0 ? deployment.replicas + deployment.maxSurge : 0
        let change = allowed - all.reduce(0) { $0 + $1.replicas }
        let bySize = all.filter { $0.replicas > 0 }.sorted { left, right in
            if left.replicas != right.replicas { return left.replicas > right.replicas }
            return change > 0
                ? Manifest.isOlder(right.manifest, left.manifest) : Manifest.isOlder(left.manifest, right.manifest)
        }
        var given = 0
        var sizes: [String: Int] = [:]
        for set in bySize {
            let share = share(of: set, change: change, given: given)
            sizes[set.name] = set.replicas + share
            given += share
        }
        if let largest = bySize.first { sizes[largest.name, default: 0] += change - given }
        for index in old.indices {
            if let size = sizes[old[index].name] { scaleOld(index, to: max(0, size)) }
        }
        if let name = current?.name, let size = sizes[name] { scaleCurrent(to: max(0, size)) }
    }

    private func share(of set: ReplicaSetView, change: Int, given: Int) -> Int {
        guard change != 0, change != given else { return 0 }
        let rest = change - given
        let fraction = fraction(of: set)
        return change > 0 ? min(fraction, rest) : max(fraction, rest)
    }

    private func fraction(of set: ReplicaSetView) -> Int {
        if deployment.replicas == 0 { return -set.replicas }
        let before = set.annotation(Annotation.maximum) ?? deployment.manifest.status?["replicas"]?.int ?? 0
        guard before > 0 else { return 0 }
        let size = Double(set.replicas * (deployment.replicas + deployment.maxSurge)) / Double(before)
        return Int(size.rounded()) - set.replicas
    }

    /// Removes the oldest replica sets without pods beyond `revisionHistoryLimit`.
    mutating func removeHistory() {
        let idle = old.filter { $0.replicas == 0 && $0.actual == 0 && $0.isObserved }
        let surplus = idle.sorted { $0.revision < $1.revision }.dropLast(deployment.revisionHistoryLimit)
        actions += surplus.map { .remove($0.manifest) }
    }
}
