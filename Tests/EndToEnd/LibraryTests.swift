import Foundation
import System
import TestSupport
import Testing

/// What the binary's link leaves open must be in the libraries that it loads later.
@Suite struct LibraryTests {
    @Test func `every function that the link left open is in a library that belay loads`() throws {
        let libraries = SharedLibrary.allCases.map(\.rawValue).joined(separator: " ")
        // All functions are looked for at once, instead of each at its first call.
        let text = try Program.run(
            [Binary.path, "version"], environment: ["LD_BIND_NOW=1", "LD_PRELOAD=\(libraries)"])
        #expect(text.hasPrefix("belay "))
    }

    @Test(arguments: [["version"], ["render"], ["lint"], ["fix", "--dry-run"]])
    func `a light command starts without them`(command: [String]) throws {
        let folder = try TemporaryFolder()
        let files = [
            "kustomization.yaml": "resources: [a.yaml]\n",
            "a.yaml": "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n",
        ]
        for (name, text) in files {
            try text.write(toFile: "\(folder.path)/\(name)", atomically: false, encoding: .utf8)
        }
        let arguments = command == ["version"] ? command : command + [folder.path]
        let text = try Program.run([Binary.path] + arguments, environment: ["LD_DEBUG=files"])
        for library in SharedLibrary.allCases { #expect(!text.contains(library.rawValue), "\(library)") }
    }
}
