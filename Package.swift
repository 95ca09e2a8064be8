// swift-tools-version: 6.2
import Foundation
import PackageDescription

// The house, floor by floor (docs/architecture.md). A room may import the floors below its own and, on its own floor,
// only the rooms that it names here; Tests/ArchitectureTests holds this table against those rules.

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

// These libraries bring forty more with them. `belay` loads them when a command first needs them (System's
// `SharedLibrary`), so its link leaves their functions open; whatever else is linked names them.
let loadedLater = [
    "CArchive": "archive", "CCurl": "curl", "CGit2": "git2", "CLDNS": "ldns", "CWebSockets": "websockets",
]
let linked: [LinkerSetting] = loadedLater.values.sorted().map { .linkedLibrary($0) }
let leavesOpen: [LinkerSetting] = [
    .unsafeFlags(["-use-ld=lld", "-Xlinker", "--unresolved-symbols=ignore-all"]),
    // Nothing looks names of `belay` up, and the places to mend as it starts are told in a bitmap (glibc 2.36): two MiB
    // less are read into memory, and a small rendering starts in nine tenths of the time.
    .unsafeFlags(["-Xlinker", "--no-export-dynamic", "-Xlinker", "-z", "-Xlinker", "pack-relative-relocs"]),
]
// An open function can be called and nothing else: functions that differ in which one they call are not to be made one
// function that is handed its address.
let callsByName: [SwiftSetting] = [.unsafeFlags(["-Xllvm", "-swiftmergefunc-threshold=0"])]

/// A C library from a Debian `-dev` package, as Swift sees it.
func library(_ name: String, pkgConfig: String? = nil, apt: String) -> Target {
    .systemLibrary(
        name: name, path: "Sources/CLibraries/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

/// One room of the house: `Sources/<floor>/<name>`.
func room(_ name: String, on floor: String, uses doors: [String] = [], plugins: [Target.PluginUsage] = []) -> Target {
    let opens = doors.contains { loadedLater.keys.contains($0) }
    return .target(
        name: name, dependencies: doors.map { .init(stringLiteral: $0) }, path: "Sources/\(floor)/\(name)",
        swiftSettings: settings + (opens ? callsByName : []), plugins: plugins)
}

/// The tests of one room: `Tests/<name>Tests`.
func tests(of name: String, uses doors: [String] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: ([name, "TestSupport"] + doors).map { .init(stringLiteral: $0) },
        path: "Tests/\(name)Tests", swiftSettings: settings, linkerSettings: linked)
}

let libraries: [Target] = [
    library("CArchive", apt: "libarchive-dev"),
    library("CCrypto", pkgConfig: "libcrypto", apt: "libssl-dev"),
    library("CCurl", apt: "libcurl4-openssl-dev"),
    library("CGit2", apt: "libgit2-dev"),
    library("CLDNS", apt: "libldns-dev"),
    library("CLinux", apt: "linux-libc-dev"),
    library("CMnl", pkgConfig: "libmnl", apt: "libmnl-dev"),
    library("CPCRE2", pkgConfig: "libpcre2-8", apt: "libpcre2-dev"),
    library("CSQLite", pkgConfig: "sqlite3", apt: "libsqlite3-dev"),
    library("CSeccomp", pkgConfig: "libseccomp", apt: "libseccomp-dev"),
    library("CWebSockets", apt: "libwebsockets-dev"),
    library("CYAML", pkgConfig: "yaml-0.1", apt: "libyaml-dev"),
    library("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
]

let wires: [Target] = [
    room("System", on: "Wires", uses: ["CLinux", "CMnl"]),
    room("Document", on: "Wires", uses: ["CYAML"]),
    room("Crypto", on: "Wires", uses: ["CCrypto"]),
    room("Patterns", on: "Wires", uses: ["CPCRE2"]),
    room("Database", on: "Wires", uses: ["CSQLite", "System"]),
    room("Archive", on: "Wires", uses: ["CArchive", "System"]),
    room("Transport", on: "Wires", uses: ["CCurl", "CWebSockets", "System"]),
    room("Listener", on: "Wires", uses: ["CWebSockets", "CLinux", "System"]),
    room("Git", on: "Wires", uses: ["CCrypto", "CGit2", "CLinux", "System"]),
]

let model: [Target] = [
    room("Manifest", on: "Model", uses: ["Document"])
]

let desired: [Target] = [
    room("FileTree", on: "Desired", uses: ["Archive", "CLinux", "Crypto", "Document", "Git", "System"]),
    room(
        "Kustomize", on: "Desired",
        uses: ["Crypto", "Document", "FileTree", "Manifest", "Patterns", "System"]),
    room("Helm", on: "Desired", uses: ["Archive", "Crypto", "Document", "FileTree", "Patterns", "System"]),
    room("Scrub", on: "Desired", uses: ["CZlib", "Crypto", "Document", "Manifest", "Patterns"]),
    room(
        "Render", on: "Desired",
        uses: ["Crypto", "Document", "FileTree", "Helm", "Kustomize", "Manifest", "Scrub", "System"]),
]

let data: [Target] = [
    room(
        "Datasets", on: "Data",
        uses: ["Archive", "CLinux", "CSQLite", "CZlib", "Crypto", "Document", "Scrub", "System"])
]

let live: [Target] = [
    room("Cluster", on: "Live", uses: ["Document", "Manifest", "System"]),
    room("LocalCluster", on: "Live", uses: ["Cluster", "Crypto", "Database", "Document", "Manifest", "System"]),
    room("Controllers", on: "Live", uses: ["Cluster", "Document", "Manifest", "System"]),
    room("Images", on: "Live", uses: ["Archive", "CLinux", "Crypto", "Document", "System", "Transport"]),
    room(
        "ContainerRuntime", on: "Live", uses: ["CLinux", "CSeccomp", "Document", "System"],
        plugins: ["EmbedShim"]),
    room("Network", on: "Live", uses: ["CLDNS", "CLinux", "Crypto", "Document", "System"]),
    room(
        "Build", on: "Live",
        uses: ["Archive", "CLinux", "ContainerRuntime", "Crypto", "Document", "Images", "Network", "System"]),
    room(
        "Node", on: "Live",
        uses: [
            "CLinux", "Cluster", "ContainerRuntime", "Crypto", "Document", "Images", "Manifest", "Network", "System",
            "Transport",
        ]),
]

let gitops: [Target] = [
    room(
        "Sources", on: "GitOps",
        uses: [
            "CLinux", "Crypto", "Document", "FileTree", "Git", "Helm", "Images", "Render", "System", "Transport",
        ]),
    room("Plan", on: "GitOps", uses: ["Crypto", "Document", "Manifest", "Render", "Scrub", "System"]),
    room("Health", on: "GitOps", uses: ["Document", "Manifest"]),
    room("Sync", on: "GitOps", uses: ["Cluster", "Document", "Health", "Manifest", "Plan", "System"]),
    room(
        "Promotion", on: "GitOps",
        uses: ["Document", "FileTree", "Git", "Kustomize", "Plan", "Render", "System"]),
    room(
        "Refresh", on: "GitOps",
        uses: [
            "CLinux", "Cluster", "Crypto", "Datasets", "Document", "FileTree", "Manifest", "Plan", "Render", "Scrub",
            "System",
        ]),
    room(
        "Audit", on: "GitOps", uses: ["Crypto", "Database", "Document", "Git", "Manifest", "Plan", "System"]),
    room(
        "Reconciler", on: "GitOps",
        uses: [
            "Cluster", "Crypto", "Document", "FileTree", "Git", "Health", "Manifest", "Plan", "Render", "Scrub",
            "Sync", "System",
        ]),
]

let faces: [Target] = [
    room("Identity", on: "Faces"),
    room(
        "KubernetesAPI", on: "Faces",
        uses: ["Cluster", "Crypto", "Document", "Identity", "Listener", "LocalCluster", "Manifest", "System"]),
    room(
        "Console", on: "Faces",
        uses: ["Document", "Git", "Health", "Manifest", "Plan", "Reconciler", "Render", "Sync", "System"]),
    .executableTarget(
        name: "belay",
        dependencies: [
            "Audit", "Build", "Cluster", "Console", "ContainerRuntime", "Controllers", "Crypto", "Datasets",
            "Document",
            "FileTree",
            "Git", "Helm", "Identity", "Images", "Kustomize", "KubernetesAPI", "Listener", "LocalCluster", "Manifest",
            "Network", "Node", "Plan", "Promotion", "Reconciler", "Refresh", "Render", "Scrub", "Sources", "Sync",
            "System",
            "Transport",
        ],
        path: "Sources/Faces/belay", swiftSettings: settings, linkerSettings: leavesOpen),
]

/// `belay oci` as a program of its own, which loads nothing else of Belay: container engines start it at every turn.
let entries: [Target] = [
    .executableTarget(
        name: "belay-oci", dependencies: ["ContainerRuntime"], path: "Sources/OCIEntry", swiftSettings: settings,
        // At a fixed place, so that no address in it has to be written as it starts.
        linkerSettings: [.unsafeFlags(["-Xclang-linker", "-no-pie"], .when(configuration: .release))])
]

let benchmarks: [Target] = [
    .target(name: "BenchSupport", dependencies: ["System"], path: "Benchmarks/Support", swiftSettings: settings),
    .executableTarget(
        name: "TemplateCases", dependencies: ["Crypto", "Document", "Helm", "System"], path: "Benchmarks/Templates",
        swiftSettings: settings, linkerSettings: linked),
    .executableTarget(
        name: "DetectBench", dependencies: ["Scrub", "System"], path: "Benchmarks/Detect", swiftSettings: settings,
        linkerSettings: linked),
    .executableTarget(
        name: "GateBench", dependencies: ["BenchSupport", "Crypto", "Document", "Manifest", "Scrub"],
        path: "Benchmarks/Gate", swiftSettings: settings, linkerSettings: linked),
    .executableTarget(
        name: "ChartBench",
        dependencies: ["BenchSupport", "Crypto", "Document", "FileTree", "Git", "Helm", "Render", "System"],
        path: "Benchmarks/Charts", swiftSettings: settings, linkerSettings: linked),
    .executableTarget(
        name: "RenderBench",
        dependencies: ["BenchSupport", "Document", "FileTree", "Git", "Kustomize", "Render", "System"],
        path: "Benchmarks/Render", swiftSettings: settings, linkerSettings: linked),
    .executableTarget(
        name: "RefreshBench",
        dependencies: [
            "BenchSupport", "Cluster", "ClusterTestSupport", "Document", "FileTree", "Manifest", "Plan", "Refresh",
            "Render", "System",
        ], path: "Benchmarks/Refresh", swiftSettings: settings, linkerSettings: linked),
    .executableTarget(
        name: "ScrubBench", dependencies: ["BenchSupport", "Datasets", "Document", "Scrub", "System"],
        path: "Benchmarks/Scrub", swiftSettings: settings, linkerSettings: linked),
]

let plugins: [Target] = [
    .plugin(name: "EmbedShim", capability: .buildTool(), path: "Plugins/EmbedShim")
]

let support: [Target] = [
    .target(
        name: "TestSupport", dependencies: ["CLinux", "System", "Document"], path: "Tests/Support",
        swiftSettings: settings),
    .target(
        name: "ClusterTestSupport", dependencies: ["Cluster", "Document", "Manifest", "System"],
        path: "Tests/ClusterSupport", swiftSettings: settings),
    .testTarget(name: "ArchitectureTests", path: "Tests/ArchitectureTests", swiftSettings: settings),
    // Drives the binary; depends on it so that it is built, and imports nothing of it.
    .testTarget(
        name: "EndToEndTests", dependencies: ["belay", "System", "TestSupport"], path: "Tests/EndToEnd",
        swiftSettings: settings, linkerSettings: linked),
]

/// What tests put behind a room's protocols, where the real thing says more than a fake.
let testDoors = [
    "Cluster": ["ClusterTestSupport"],
    "Controllers": ["ClusterTestSupport"],
    "Network": ["CMnl"],
    "Node": ["ClusterTestSupport", "Controllers", "LocalCluster"],
    "Reconciler": ["LocalCluster"],
    "Refresh": ["ClusterTestSupport"],
]

/// The tests of those rooms that have a folder of tests: Foundation looks on the disk, so that a room becomes tested by
/// giving it one. A room's tests may use every door that the room itself may.
func tests(of rooms: [Target]) -> [Target] {
    let root = Context.packageDirectory
    return rooms.filter { FileManager.default.fileExists(atPath: "\(root)/Tests/\($0.name)Tests") }.map { room in
        let own = room.dependencies.compactMap { dependency -> String? in
            if case .byNameItem(let name, _) = dependency { name } else { nil }
        }
        return tests(of: room.name, uses: own + testDoors[room.name, default: []])
    }
}

let rooms = wires + model + desired + data + live + gitops + faces

/// Names of the targets that `names` need, themselves included.
func closure(of names: [String], in targets: [Target]) -> Set<String> {
    var found: Set<String> = []
    var open = names
    while let name = open.popLast() {
        guard found.insert(name).inserted, let target = targets.first(where: { $0.name == name }) else { continue }
        open += target.dependencies.compactMap { if case .byNameItem(let name, _) = $0 { name } else { nil } }
        open += (target.plugins ?? []).compactMap { if case .plugin(let name, _) = $0 { name } else { nil } }
    }
    return found
}

var targets = libraries + rooms + entries + plugins + benchmarks + support + tests(of: rooms)
// What scripts/fuzz builds, with its own compiler flags and in a folder of its own.
if Context.environment["BELAY_FUZZ"] != nil {
    targets.append(
        .executableTarget(
            name: "belay-fuzz",
            dependencies: [
                "Archive", "Crypto", "Datasets", "Document", "FileTree", "Helm", "Kustomize", "Manifest", "Render",
                "Scrub", "System", "TestSupport",
            ],
            path: "Tests/Fuzz", exclude: ["Seeds"], swiftSettings: settings, linkerSettings: linked))
}
// BELAY_FOCUS="Document Manifest" builds and tests these rooms and what they stand on, and nothing else.
let focus = Context.environment["BELAY_FOCUS"].map { $0.split(separator: " ").map(String.init) } ?? []
if !focus.isEmpty {
    let wanted = closure(of: focus + focus.map { "\($0)Tests" }, in: targets)
    targets.removeAll { !wanted.contains($0.name) }
}

let package = Package(
    name: "belay",
    products: focus.isEmpty
        ? [.executable(name: "belay", targets: ["belay"]), .executable(name: "belay-oci", targets: ["belay-oci"])] : [],
    targets: targets,
    swiftLanguageModes: [.v6]
)
