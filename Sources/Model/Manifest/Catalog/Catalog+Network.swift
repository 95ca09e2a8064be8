import Document

/// Kinds of networking, discovery and storage.
extension Catalog {
    static let networkKinds: [KindDescription] = [
        KindDescription.versions(
            "discovery.k8s.io", "v1", "v1beta1", kind: "EndpointSlice", plural: "endpointslices", hasStatus: false,
            columns: [
                .path("ADDRESSTYPE", "addressType"), PrinterColumn("PORTS", cell: slicePorts),
                PrinterColumn("ENDPOINTS", cell: sliceAddresses),
            ],
            schema: ["endpoints": .atomicList, "ports": .atomicList]),
        KindDescription.versions(
            "networking.k8s.io", "v1", "v1beta1", kind: "Ingress", plural: "ingresses", shortNames: ["ing"],
            columns: ingressColumns,
            schema: ["spec": .object(["rules": .atomicList, "tls": .atomicList, "defaultBackend": .object([:])])]),
        KindDescription.versions(
            "extensions", "v1beta1", kind: "Ingress", plural: "ingresses", columns: ingressColumns,
            schema: ["spec": .object(["rules": .atomicList, "tls": .atomicList])]),
        KindDescription.versions(
            "networking.k8s.io", "v1", kind: "IngressClass", plural: "ingressclasses", isNamespaced: false,
            hasStatus: false, columns: [.path("CONTROLLER", "spec", "controller")]),
        KindDescription.versions(
            "networking.k8s.io", "v1", kind: "NetworkPolicy", plural: "networkpolicies", shortNames: ["netpol"],
            hasStatus: false,
            columns: [PrinterColumn("POD-SELECTOR") { selectorText($0.value[path: "spec", "podSelector"]) }],
            schema: [
                "spec": .object([
                    "podSelector": .selector, "ingress": .atomicList, "egress": .atomicList, "policyTypes": .atomicList,
                ])
            ]),
        KindDescription.versions(
            "storage.k8s.io", "v1", "v1beta1", kind: "StorageClass", plural: "storageclasses", shortNames: ["sc"],
            isNamespaced: false, hasStatus: false,
            columns: [
                .path("PROVISIONER", "provisioner"), .path("RECLAIMPOLICY", "reclaimPolicy"),
                .path("VOLUMEBINDINGMODE", "volumeBindingMode"), .path("ALLOWVOLUMEEXPANSION", "allowVolumeExpansion"),
            ],
            schema: ["parameters": .map(.any), "mountOptions": .atomicList, "allowedTopologies": .atomicList]),
        KindDescription.versions(
            "storage.k8s.io", "v1", kind: "CSIDriver", plural: "csidrivers", isNamespaced: false, hasStatus: false,
            schema: ["spec": .object(["tokenRequests": .atomicList, "volumeLifecycleModes": .set])]),
        KindDescription.versions(
            "storage.k8s.io", "v1", kind: "CSINode", plural: "csinodes", isNamespaced: false, hasStatus: false,
            schema: ["spec": .object(["drivers": .named()])]),
        KindDescription.versions(
            "storage.k8s.io", "v1", kind: "VolumeAttachment", plural: "volumeattachments", isNamespaced: false),
    ].flatMap { $0 }
}
