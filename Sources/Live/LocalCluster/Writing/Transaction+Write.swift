import Cluster
import Document
import Manifest
import System

/// Creating and replacing objects.
extension Transaction {
    /// Creates an object.
    ///
    /// - Parameter ownsFields: whether its fields become the writer's; an apply has seen to that already.
    mutating func create(
        _ object: Manifest, _ options: WriteOptions, ownsFields: Bool = true
    ) throws(ClusterError) -> Manifest {
        let kind = try registry.description(of: object)
        var object = object
        guard object.resourceVersion.isEmpty else {
            throw ClusterError(.badRequest, "resourceVersion should not be set on objects to be created")
        }
        try place(&object, kind)
        try name(&object, kind)
        if live(object.key) != nil { throw .exists(object.key, registry.resource(of: object.key)) }
        if let namespace = object.namespace { try checkNamespace(namespace, for: object) }
        try admitNew(&object, kind)
        if ownsFields { ownFields(of: &object, replacing: nil, options, kind) }
        let stored = put(object)
        try collectIfOrphaned(stored)
        return stored
    }

    /// Makes an object that is new what the API server would store of it.
    mutating func admitNew(_ object: inout Manifest, _ kind: KindDescription) throws(ClusterError) {
        object.setMetadata("uid", .string(names.uid()))
        object.setMetadata("creationTimestamp", .string(now.description))
        for field in ["deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "resourceVersion"] {
            object.setMetadata(field, nil)
        }
        object.setMetadata("generation", object.spec == nil ? nil : 1)
        if kind.hasStatus { object.value["status"] = InitialStatus.of(object) }
        try admit(&object, replacing: nil)
    }

    /// Replaces an object, or its status.
    mutating func update(_ object: Manifest, _ options: WriteOptions) throws(ClusterError) -> Manifest {
        let kind = try registry.description(of: object)
        var object = object
        try place(&object, kind)
        let live = try existing(object.key)
        try checkVersion(object, live)
        return try replace(live, with: object, kind, options)
    }

    /// Stores `object` in place of `live`, unless it says the same.
    mutating func replace(
        _ live: Manifest, with object: Manifest, _ kind: KindDescription, _ options: WriteOptions,
        ownsFields: Bool = true
    ) throws(ClusterError) -> Manifest {
        var object = object
        if options.subresource == "status" {
            var whole = live
            whole.value["status"] = object.value["status"]
            whole.setMetadata("managedFields", object.metadata("managedFields"))
            object = whole
        } else {
            if kind.hasStatus { object.value["status"] = live.value["status"] }
            keepBookkeeping(of: live, in: &object)
            try admit(&object, replacing: live)
        }
        if ownsFields { ownFields(of: &object, replacing: live, options, kind) }
        if object.withoutBookkeeping == live.withoutBookkeeping, sameOwners(object, live) { return live }
        if object.spec != live.spec { object.setMetadata("generation", .int(live.generation + 1)) }
        let stored = put(object)
        finishIfDue(stored)
        return stored
    }

    // MARK: Steps

    /// Puts an object where its kind lives.
    func place(_ object: inout Manifest, _ kind: KindDescription) throws(ClusterError) {
        guard kind.isNamespaced else {
            object.namespace = nil
            return
        }
        guard object.namespace != nil else {
            throw ClusterError(.badRequest, "\(object.kind) \"\(object.name)\" needs a namespace", object: object.key)
        }
    }

    private func name(_ object: inout Manifest, _ kind: KindDescription) throws(ClusterError) {
        if object.name.isEmpty, let prefix = object.metadata("generateName")?.string, !prefix.isEmpty {
            let kept = String(prefix.prefix(58))
            var name = kept + names.suffix()
            for _ in 0..<8 where live(object.key.named(name)) != nil { name = kept + names.suffix() }
            object.name = name
        }
        guard !object.name.isEmpty else {
            throw .invalid(
                object,
                [
                    .init(
                        reason: "FieldValueRequired", message: "Required value: name or generateName is required",
                        field: "metadata.name")
                ])
        }
        if let problem = ObjectName.problem(object.name, of: object.key) {
            let message = "Invalid value: \"\(object.name)\": \(problem)"
            throw .invalid(object, [.init(reason: "FieldValueInvalid", message: message, field: "metadata.name")])
        }
    }

    func checkNamespace(_ name: String, for object: Manifest) throws(ClusterError) {
        let key = ObjectKey(kind: "Namespace", name: name)
        guard let namespace = live(key) else { throw .missing(key, "namespaces") }
        guard namespace.isTerminating else { return }
        throw ClusterError(
            .forbidden,
            "\(registry.resource(of: object.key)) \"\(object.name)\" is forbidden: unable to create new content in namespace "
                + "\(name) because it is being terminated",
            object: object.key,
            causes: [
                .init(
                    reason: "NamespaceTerminating", message: "namespace \(name) is being terminated",
                    field: "metadata.namespace")
            ])
    }

    func checkVersion(_ object: Manifest, _ live: Manifest) throws(ClusterError) {
        let resource = registry.resource(of: object.key)
        if !object.uid.isEmpty, object.uid != live.uid {
            throw .precondition(
                object.key, resource, "UID in precondition: \(object.uid), UID in object meta: \(live.uid)")
        }
        if !object.resourceVersion.isEmpty, object.resourceVersion != live.resourceVersion {
            throw .changed(object.key, resource)
        }
    }

    /// Carries over what only the API server sets.
    private func keepBookkeeping(of live: Manifest, in object: inout Manifest) {
        for field in [
            "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation",
            "resourceVersion",
            "generateName",
        ] {
            object.setMetadata(field, live.metadata(field))
        }
        object.setMetadata("selfLink", nil)
    }

    /// Defaults, checks, and what the cluster gives.
    private mutating func admit(_ object: inout Manifest, replacing live: Manifest?) throws(ClusterError) {
        foldStringData(&object)
        registry.applyDefaults(&object)
        let causes = registry.validate(object, live)
        guard causes.isEmpty else { throw .invalid(object, causes) }
        if object.key.kind == "Service", object.key.group.isEmpty {
            try addresses.assign(&object, replacing: live)
        }
    }

    private func sameOwners(_ object: Manifest, _ live: Manifest) -> Bool {
        FieldOwnership.isSame(object.metadata("managedFields"), live.metadata("managedFields"))
    }
}

extension ObjectKey {
    func named(_ name: String) -> ObjectKey {
        var key = self
        key.name = name
        return key
    }
}
