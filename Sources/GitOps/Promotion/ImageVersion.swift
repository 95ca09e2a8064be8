internal import Document

/// The version of one image as a kustomization's `images` entry gives it.
package struct ImageVersion: Sendable, Hashable {
    /// The image's name in the manifests.
    package var name: String
    package var newName: String?
    package var newTag: String?
    package var digest: String?

    package init(name: String, newName: String? = nil, newTag: String? = nil, digest: String? = nil) {
        self.name = name
        self.newName = newName
        self.newTag = newTag
        self.digest = digest
    }

    /// What a person calls it: the digest's start where there is one, otherwise the tag.
    package var version: String {
        if let digest { return String(digest.prefix(19)) }
        return newTag ?? newName ?? "no version"
    }

    /// The `images` of a kustomization, in order; of several entries of one name the first counts.
    ///
    /// - Throws: `Problem` at an entry that is none.
    static func all(in kustomization: Value) throws(Problem) -> [ImageVersion] {
        guard let list = kustomization["images"], !list.isNull else { return [] }
        guard let items = list.items else { throw Problem("images must be a list", at: list.origin) }
        var found: [ImageVersion] = []
        for item in items {
            guard item.fields != nil, let name = item["name"]?.scalar?.text, !name.isEmpty else {
                throw Problem("an entry of images has no name", at: item.origin)
            }
            guard !found.contains(where: { $0.name == name }) else { continue }
            found.append(
                ImageVersion(
                    name: name, newName: item["newName"]?.scalar?.text, newTag: item["newTag"]?.scalar?.text,
                    digest: item["digest"]?.scalar?.text))
        }
        return found
    }
}

/// An image whose version a promotion changes.
package struct ImageMove: Sendable, Hashable {
    package var application: String
    /// What the target has; nil when it has no entry for the image.
    package var old: ImageVersion?
    package var new: ImageVersion

    /// `web: shop-web 1.0.0 → 1.1.0`.
    package var description: String {
        "\(application): \(new.name) \(old?.version ?? "as its base has it") → \(new.version)"
    }

    /// nil when the target has the source's version already.
    ///
    /// A new name that the source does not set stays as the target has it: it may name the registry of that
    /// environment.
    init?(application: String, from source: ImageVersion, to target: ImageVersion?) {
        var wanted = source
        wanted.newName = source.newName ?? target?.newName
        guard wanted != target else { return nil }
        self.application = application
        old = target
        new = wanted
    }

    /// Writes the version into the target's kustomization; everything else keeps its bytes.
    func apply(to edit: inout SourceEdit) throws(Problem) {
        try set("newName", old?.newName, new.newName, in: &edit)
        try set("newTag", old?.newTag, new.newTag, in: &edit)
        try set("digest", old?.digest, new.digest, in: &edit)
    }

    private func set(_ field: String, _ old: String?, _ new: String?, in edit: inout SourceEdit) throws(Problem) {
        guard old != new else { return }
        let path = EditPath([.key("images"), .item(field: "name", value: self.new.name), .key(field)])
        if let new {
            try edit.set(path, to: .string(new))
        } else {
            try edit.remove(path)
        }
    }
}
