import Foundation
import Testing

/// The walls of docs/architecture.md, held against Package.swift and against the imports that the sources make.
@Suite struct WallTests {
    /// Floors from the ground up; the two sides of the third know nothing of each other.
    private static let floors = ["Wires": 1, "Model": 2, "Desired": 3, "Data": 3, "Live": 3, "GitOps": 4, "Faces": 5]

    /// Doors between rooms of one floor. Everything else on a floor is a wall.
    private static let doors: [String: Set<String>] = [
        "Database": ["System"], "Archive": ["System"], "Transport": ["System"], "Listener": ["System"],
        "Git": ["System"],
        "Kustomize": ["FileTree"], "Helm": ["FileTree"], "Render": ["FileTree", "Kustomize", "Helm", "Scrub"],
        "Datasets": ["Scrub"],
        "LocalCluster": ["Cluster"], "Controllers": ["Cluster"],
        "Build": ["Images", "ContainerRuntime", "Network"],
        "Node": ["Cluster", "Images", "ContainerRuntime", "Network"],
        "Sync": ["Plan", "Health"], "Promotion": ["Plan"], "Audit": ["Plan"], "Refresh": ["Plan"],
        "Reconciler": ["Plan", "Health", "Sync"],
        "KubernetesAPI": ["Identity"], "belay": ["Identity", "KubernetesAPI", "Console"],
    ]

    private struct Room {
        var name: String
        var floor: String
        var uses: Set<String>
    }

    private static var root: URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    }

    /// Rooms as Package.swift declares them.
    private static func rooms() throws -> [Room] {
        let text = try String(contentsOf: root.appending(path: "Package.swift"), encoding: .utf8)
        let table = text.split(separator: "let plugins")[0]
        let declared = table.matches(of: /room\(\s*"(\w+)", on: "(\w+)"(?:,\s*uses: \[([^\]]*)\])?/).map { match in
            Room(name: String(match.1), floor: String(match.2), uses: names(in: match.3 ?? ""))
        }
        let executable = try #require(table.firstMatch(of: /name: "belay",\s*dependencies: \[([^\]]*)\]/))
        return declared + [Room(name: "belay", floor: "Faces", uses: names(in: executable.1))]
    }

    private static func names(in list: Substring) -> Set<String> {
        Set(list.matches(of: /"(\w+)"/).map { String($0.1) })
    }

    @Test func `a room's doors lead down or through a door that its floor has`() throws {
        let rooms = try Self.rooms()
        #expect(rooms.count > 20)
        let byName = Dictionary(uniqueKeysWithValues: rooms.map { ($0.name, $0) })
        for room in rooms {
            let floor = try #require(Self.floors[room.floor])
            for name in room.uses {
                guard let used = byName[name] else {
                    #expect(name.hasPrefix("C"), "\(room.name) uses \(name), which is neither a room nor a C library")
                    continue
                }
                let level = try #require(Self.floors[used.floor])
                let isDoor = level == floor && Self.doors[room.name, default: []].contains(name)
                #expect(level < floor || isDoor, "\(room.name) (\(room.floor)) may not use \(name) (\(used.floor))")
            }
        }
    }

    @Test func `every door of the list is one that Package.swift has`() throws {
        let uses = Dictionary(uniqueKeysWithValues: try Self.rooms().map { ($0.name, $0.uses) })
        for (room, doors) in Self.doors {
            let missing = doors.subtracting(uses[room, default: []])
            #expect(missing.isEmpty, "\(room) has no door to \(missing.sorted().joined(separator: ", "))")
        }
    }

    @Test func `the plan of the house names every room on its floor`() throws {
        let plan = try String(contentsOf: Self.root.appending(path: "docs/architecture.md"), encoding: .utf8)
        var floor = ""
        var drawn: Set<String> = []
        for row in plan.split(separator: "\n") where row.hasPrefix("| ") {
            let cells = row.split(separator: "|", omittingEmptySubsequences: false).map { $0.trimming(" `") }
            if !cells[1].isEmpty { floor = cells[1].replacing("Sources/", with: "") }
            for name in cells[2].split(separator: ",") { drawn.insert("\(floor)/\(name.trimming(" "))") }
        }
        let built = Set(try Self.rooms().map { "\($0.floor)/\($0.name)" })
        #expect(built.subtracting(drawn).isEmpty)
    }

    @Test func `every folder of a floor is a room with something in it`() throws {
        let declared = Set(try Self.rooms().map { "\($0.floor)/\($0.name)" })
        for floor in Self.floors.keys {
            let folder = Self.root.appending(path: "Sources/\(floor)")
            guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path) else { continue }
            for name in names {
                #expect(declared.contains("\(floor)/\(name)"), "Sources/\(floor)/\(name) is no room of Package.swift")
            }
        }
    }

    @Test func `sources import what their room declares, and nothing else`() throws {
        let rooms = try Self.rooms()
        for room in rooms {
            let folder = Self.root.appending(path: "Sources/\(room.floor)/\(room.name)")
            let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
            let allowed = room.uses.union(["Glibc", "Synchronization", "Dispatch"])
            var imported: Set<String> = []
            for case let file as URL in try #require(files) where file.pathExtension == "swift" {
                for name in try Self.imports(of: file) {
                    #expect(allowed.contains(name), "\(room.name)/\(file.lastPathComponent) imports \(name)")
                    imported.insert(name)
                }
            }
            // A room that nobody uses yet is being built: a door may come before who goes through it.
            guard room.name == "belay" || rooms.contains(where: { $0.uses.contains(room.name) && $0.name != "belay" })
            else { continue }
            let unused = room.uses.subtracting(imported).sorted().joined(separator: ", ")
            #expect(unused.isEmpty, "\(room.name) declares doors that no file uses: \(unused)")
        }
    }

    private static func imports(of file: URL) throws -> [String] {
        let text = try String(contentsOf: file, encoding: .utf8)
        let pattern = /^(?:@\w+ )?(?:package |public |internal )?import (?:struct |class |func )?(\w+)/
        return text.matches(of: pattern.anchorsMatchLineEndings()).map { String($0.1) }
    }
}

extension StringProtocol {
    /// Without these characters at either end.
    fileprivate func trimming(_ characters: String) -> String {
        trimmingCharacters(in: CharacterSet(charactersIn: characters))
    }
}
