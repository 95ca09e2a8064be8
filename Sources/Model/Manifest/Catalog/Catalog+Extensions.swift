import Document

/// Kinds that extend the API.
extension Catalog {
    static let extensionKinds: [KindDescription] = [
        KindDescription.versions(
            "apiextensions.k8s.io", "v1", "v1beta1", kind: "CustomResourceDefinition",
            plural: "customresourcedefinitions", shortNames: ["crd", "crds"], isNamespaced: false,
            schema: [
                "spec": .object([
                    "versions": .atomicList,
                    "names": .object(["shortNames": .atomicList, "categories": .atomicList]),
                    "conversion": .object(["webhook": .object(["conversionReviewVersions": .atomicList])]),
                ]),
                "status": .object(["conditions": .conditions, "storedVersions": .atomicList]),
            ]),
        webhook("MutatingWebhookConfiguration", plural: "mutatingwebhookconfigurations"),
        webhook("ValidatingWebhookConfiguration", plural: "validatingwebhookconfigurations"),
        KindDescription.versions(
            "apiregistration.k8s.io", "v1", kind: "APIService", plural: "apiservices", isNamespaced: false,
            columns: [
                PrinterColumn("SERVICE") {
                    guard let service = $0.value[path: "spec", "service"] else { return "Local" }
                    return "\(service["namespace"]?.string ?? "")/\(service["name"]?.string ?? "")"
                }
            ],
            schema: ["status": .statusWithConditions]),
        KindDescription.versions(
            "certificates.k8s.io", "v1", kind: "CertificateSigningRequest", plural: "certificatesigningrequests",
            shortNames: ["csr"], isNamespaced: false,
            schema: [
                "spec": .object(["groups": .atomicList, "usages": .atomicList]), "status": .statusWithConditions,
            ]),
        KindDescription.versions(
            "events.k8s.io", "v1", kind: "Event", plural: "events", hasStatus: false, columns: eventColumns),
    ].flatMap { $0 }

    private static func webhook(_ kind: String, plural: String) -> [KindDescription] {
        KindDescription.versions(
            "admissionregistration.k8s.io", "v1", "v1beta1", kind: kind, plural: plural, isNamespaced: false,
            hasStatus: false,
            columns: [PrinterColumn("WEBHOOKS") { String(count($0.value["webhooks"])) }],
            schema: [
                "webhooks": .named([
                    "rules": .atomicList, "namespaceSelector": .selector, "objectSelector": .selector,
                    "admissionReviewVersions": .atomicList, "matchConditions": .named(),
                ])
            ])
    }
}
