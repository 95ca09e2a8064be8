import Document
import Listener
import Manifest
import System

/// Objects as `metav1.Table`, which `kubectl get` prints as it comes.
struct TableForm: Sendable {
    private let kind: KindDescription
    private let now: Timestamp
    /// `Object`, `Metadata` or `None`: what of the object goes along.
    private let include: String
    /// A watch sends the columns once.
    var hasColumns = true

    /// - Returns: nil when no table was asked for.
    init?(_ asked: ResourceRequest, _ now: Timestamp) {
        guard asked.request.headers["accept"]?.contains("as=Table") == true else { return nil }
        kind = asked.kind
        include = asked.request[query: "includeObject"] ?? "Metadata"
        self.now = now
    }

    func body(_ objects: [Manifest], resourceVersion: String) -> Value {
        [
            "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": ["resourceVersion": .string(resourceVersion)],
            "columnDefinitions": hasColumns ? .sequence(columns) : .sequence([]), "rows": .sequence(objects.map(row)),
        ]
    }

    private var columns: [Value] {
        func column(_ name: String, format: String = "", priority: Int = 0) -> Value {
            [
                "name": .string(name), "type": "string", "format": .string(format), "description": "",
                "priority": .int(priority),
            ]
        }
        let own = kind.columns.filter { !$0.isWide }.map { column($0.title) }
        let wide = kind.columns.filter(\.isWide).map { column($0.title, priority: 1) }
        return [column("Name", format: "name")] + own + [column("Age")] + wide
    }

    private func row(_ object: Manifest) -> Value {
        let own = kind.columns.filter { !$0.isWide }.map { Value.string($0.cell(object)) }
        let wide = kind.columns.filter(\.isWide).map { Value.string($0.cell(object)) }
        var row: Value = ["cells": .sequence([.string(object.name)] + own + [.string(age(of: object))] + wide)]
        switch include {
        case "None": break
        case "Object": row["object"] = object.value
        default:
            row["object"] = [
                "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
                "metadata": object.value["metadata"] ?? .mapping(Mapping()),
            ]
        }
        return row
    }

    private func age(of object: Manifest) -> String {
        guard let made = object.value[path: "metadata", "creationTimestamp"]?.string.flatMap({ Timestamp($0) }) else {
            return "<unknown>"
        }
        return Age.text(seconds: Int(now.seconds - made.seconds))
    }
}

/// Ages as kubectl writes them (`duration.HumanDuration`).
enum Age {
    static func text(seconds: Int) -> String {
        let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86400)
        switch seconds {
        case ..<0: return "0s"
        case ..<120: return "\(seconds)s"
        case ..<600: return join(minutes, "m", seconds % 60, "s")
        case ..<10_800: return "\(minutes)m"
        case ..<28_800: return join(hours, "h", minutes % 60, "m")
        case ..<172_800: return "\(hours)h"
        case ..<691_200: return join(days, "d", hours % 24, "h")
        case ..<63_072_000: return "\(days)d"
        case ..<252_288_000: return join(days / 365, "y", days % 365, "d")
        default: return "\(days / 365)y"
        }
    }

    private static func join(_ large: Int, _ unit: String, _ small: Int, _ smallUnit: String) -> String {
        small == 0 ? "\(large)\(unit)" : "\(large)\(unit)\(small)\(smallUnit)"
    }
}
