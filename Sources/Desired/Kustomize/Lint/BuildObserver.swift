package import Document
import Synchronization

/// Watches renderings, and knows at the end which entries of kustomizations took part in none of them.
///
/// A base or a component may be used by many overlays; an entry that matters to one of them matters.
package final class BuildObserver: Sendable, Hashable {
    private let seen = Mutex<[Origin: (finding: Finding, isUsed: Bool)]>([:])

    package init() {}

    /// What nothing was found for.
    package var findings: [Finding] {
        seen.withLock { seen in seen.values.filter { !$0.isUsed }.map(\.finding) }
    }

    /// Looks at what a transformer is about to change.
    func willApply(_ transformer: Transformer, to accumulator: Accumulator, _ files: OverlayFiles) {
        let resources = accumulator.resources
        switch transformer {
        case .patch(let entry):
            guard let target = entry.target, let matches = try? target.select(from: resources) else { return }
            let finding = Finding(
                .unusedPatch, "the patch's target matches no object", at: target.origin,
                hint: "objects are matched by the kinds, names and labels that they have at this point of the build")
            note(finding, isUsed: !matches.isEmpty)
        case .local(.image(let entry, let specs)):
            guard let isUsed = Self.isUsed(entry, specs, in: resources) else { return }
            let name = entry.name.scalar?.text ?? ""
            let finding = Finding(
                .unusedImage, "no container's image is \(name)", at: entry.name.origin,
                hint: Self.nearestImage(to: name, in: resources).map { "did you mean \($0)?" } ?? "remove the entry")
            note(finding, isUsed: isUsed)
        case .replacements(let entries):
            for entry in entries {
                for replacement in (try? ReplacementReader.replacements(entry, files)) ?? [] {
                    for target in replacement.targets { look(at: target, in: resources) }
                }
            }
        default: return
        }
    }

    private func look(at target: Replacement.Target, in resources: [Resource]) {
        let isUsed = resources.contains { resource in
            let matches = try? target.choice.matches(resource)
            return target.choice.matchesMetadata(resource) && matches ?? true
        }
        let finding = Finding(
            .unusedReplacement, "the replacement's target matches no object", at: target.origin,
            hint: "correct what it selects, or remove it")
        note(finding, isUsed: isUsed)
    }

    private func note(_ finding: Finding, isUsed: Bool) {
        guard finding.problem.origin.isKnown else { return }
        seen.withLock { seen in
            let before = seen[finding.problem.origin]?.isUsed ?? false
            seen[finding.problem.origin] = (finding, before || isUsed)
        }
    }

    /// nil when the entry's name is no regular expression, which rendering says.
    private static func isUsed(_ entry: Kustomization.ImageEntry, _ specs: [FieldSpec], in resources: [Resource])
        -> Bool?
    {
        guard let pattern = try? Pattern((entry.name.string ?? "") + "(:[^@]*)?(@sha256:.*)?", at: entry.name.origin)
        else { return nil }
        let keys = Set(specs.compactMap(\.path.last)).union(["image"])
        return resources.contains { resource in
            images(in: resource.value, keys).contains { (try? pattern.matches($0)) ?? true }
        }
    }

    /// The texts of all fields with certain names.
    private static func images(in value: Value, _ keys: Set<String>) -> [String] {
        switch value.content {
        case .scalar: []
        case .sequence(let items): items.flatMap { images(in: $0, keys) }
        case .mapping(let mapping):
            mapping.entries.flatMap { entry in
                if keys.contains(entry.key.text), let text = entry.value.scalar?.text { return [text] }
                return images(in: entry.value, keys)
            }
        }
    }

    private static func nearestImage(to name: String, in resources: [Resource]) -> String? {
        let names = resources.flatMap { images(in: $0.value, ["image"]) }.map { image in
            let start = image.lastIndex(of: "/") ?? image.startIndex
            let end = image[start...].firstIndex { $0 == ":" || $0 == "@" } ?? image.endIndex
            return String(image[..<end])
        }
        return Spelling.nearest(to: name, among: Set(names)) ?? names.first { $0.hasSuffix("/\(name)") }
    }

    package static func == (left: BuildObserver, right: BuildObserver) -> Bool { left === right }

    package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
