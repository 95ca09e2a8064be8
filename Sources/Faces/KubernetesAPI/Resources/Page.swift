import Cluster
import Document
import Manifest

/// One page of a list (`limit` and `continue`).
///
/// The pages of one list carry the first page's resource version: a watch since then tells what changed in between.
struct Page {
    var resourceVersion: String
    var items: [Manifest]
    /// What to ask for next; empty on the last page.
    var next = ""
    var remaining = 0

    /// - Throws: `ClusterError.badRequest` for a token that is none of ours.
    init(_ list: ObjectList, limit: String?, token: String?) throws(ClusterError) {
        resourceVersion = list.resourceVersion
        items = list.items
        if let token, !token.isEmpty {
            let parts = token.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 3, Int64(parts[0]) != nil else {
                throw ClusterError(.badRequest, "continue key is not valid")
            }
            resourceVersion = parts[0]
            items = items.filter { ($0.namespace ?? "", $0.name) > (parts[1], parts[2]) }
        }
        guard let limit = limit.flatMap({ Int($0) }), limit > 0, items.count > limit,
            let last = items.prefix(limit).last
        else { return }
        remaining = items.count - limit
        items = Array(items.prefix(limit))
        next = "\(resourceVersion):\(last.namespace ?? ""):\(last.name)"
    }

    /// Writes the page's place into a list's metadata.
    func mark(_ body: inout Value) {
        guard !next.isEmpty else { return }
        body[path: "metadata", "continue"] = .string(next)
        body[path: "metadata", "remainingItemCount"] = .int(remaining)
    }
}

/// Lists as the API writes them.
enum ListBody {
    static func whole(_ list: ObjectList, kind: KindDescription) -> Value {
        var body = head(kind, list.resourceVersion)
        body["items"] = .sequence(list.items.map(\.value))
        return body
    }

    /// A page as JSON, item by item, without one large value in between.
    static func bytes(_ page: Page, kind: KindDescription) -> [UInt8] {
        var head = head(kind, page.resourceVersion)
        page.mark(&head)
        var bytes = JSON.emit(head)
        bytes.removeLast()
        bytes += Array(",\"items\":[".utf8)
        for (index, item) in page.items.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes += JSON.emit(item.value)
        }
        bytes += Array("]}\n".utf8)
        return bytes
    }

    private static func head(_ kind: KindDescription, _ version: String) -> Value {
        [
            "kind": .string("\(kind.groupVersionKind.kind)List"),
            "apiVersion": .string(kind.groupVersionKind.apiVersion),
            "metadata": ["resourceVersion": .string(version)],
        ]
    }
}
