import Cluster
import Document
import Manifest

/// Setting what the API server owns in an object's metadata (`metav1.ObjectMeta`).
extension Manifest {
    func metadata(_ field: String) -> Value? { value[path: "metadata", field] }

    mutating func setMetadata(_ field: String, _ new: Value?) { value[path: "metadata", field] = new }

    var isTerminating: Bool { deletionTimestamp != nil }

    var deletionGracePeriod: Int? { metadata("deletionGracePeriodSeconds")?.int }

    mutating func setFinalizers(_ finalizers: [String]) {
        setMetadata("finalizers", finalizers.isEmpty ? nil : .sequence(finalizers.map { .string($0) }))
    }

    mutating func removeOwner(uid: String) {
        let rest = (metadata("ownerReferences")?.items ?? []).filter { $0["uid"]?.string != uid }
        setMetadata("ownerReferences", rest.isEmpty ? nil : .sequence(rest))
    }

    /// The object without what changes by the mere act of writing.
    var withoutBookkeeping: Value {
        var copy = self
        copy.setMetadata("resourceVersion", nil)
        copy.setMetadata("managedFields", nil)
        copy.setMetadata("generation", nil)
        return copy.value
    }
}

/// Names as Kubernetes checks them (`k8s.io/apimachinery/pkg/util/validation`).
enum ObjectName {
    /// Why a text is no DNS label (RFC 1123); nil when it is one.
    static func labelProblem(_ name: String) -> String? {
        isLabel(name.utf8, limit: 63)
            ? nil
            : "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and "
                + "end with an alphanumeric character (at most 63)"
    }

    /// Why a text is no DNS subdomain (RFC 1123); nil when it is one.
    static func subdomainProblem(_ name: String) -> String? {
        let parts = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return name.utf8.count <= 253 && parts.allSatisfy { isLabel($0, limit: 253) }
            ? nil
            : "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must "
                + "start and end with an alphanumeric character (at most 253)"
    }

    /// Why a text is no part of a URL's path; nil when it is one (the rule for RBAC's names).
    static func pathProblem(_ name: String) -> String? {
        let isFine = !name.isEmpty && name != "." && name != ".." && !name.contains("/") && !name.contains("%")
        return isFine && name.utf8.count <= 253 && name.utf8.allSatisfy { $0 > 32 && $0 != 127 }
            ? nil : "may not be '.' or '..', nor hold '/' or '%' (at most 253)"
    }

    /// Why a name does not fit an object of a kind; nil when it does.
    static func problem(_ name: String, of key: ObjectKey) -> String? {
        switch (key.group, key.kind) {
        case ("", "Namespace"), ("", "Service"): labelProblem(name)
        case ("rbac.authorization.k8s.io", _): pathProblem(name)
        default: subdomainProblem(name)
        }
    }

    private static func isLabel(_ bytes: some Collection<UInt8>, limit: Int) -> Bool {
        guard !bytes.isEmpty, bytes.count <= limit else { return false }
        func isAlphanumeric(_ byte: UInt8) -> Bool { (97...122).contains(byte) || (48...57).contains(byte) }
        var last: UInt8 = 45
        for byte in bytes {
            guard isAlphanumeric(byte) || (byte == 45 && (last != 45 || bytes.first != 45)) else { return false }
            last = byte
        }
        return bytes.first.map(isAlphanumeric) == true && isAlphanumeric(last)
    }
}

/// Identities and suffixes from an injected source of chance.
struct NameMaker: Sendable {
    var random: @Sendable () -> UInt64

    /// A random UUID (RFC 9562, version 4).
    func uid() -> String {
        let high = (random() & ~0xf000) | 0x4000
        let low = (random() & ~(3 << 62)) | (2 << 62)
        let hex = Self.hex(high) + Self.hex(low)
        let cuts = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32]
        return cuts.map { String(decoding: hex[$0], as: UTF8.self) }.joined(separator: "-")
    }

    /// The five characters that follow `generateName`: no vowels, so no words.
    func suffix() -> String {
        let alphabet = Array("bcdfghjklmnpqrstvwxz2456789".utf8)
        let chance = random()
        let text = (0..<5).map { place in
            alphabet[Int((chance >> (place * 12)) & 0xfff) % alphabet.count]
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func hex(_ number: UInt64) -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        return (0..<16).map { digits[Int(number >> (60 - $0 * 4) & 15)] }
    }
}
