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

    @Test func `a light command starts without them`() throws {
        let text = try Program.run([Binary.path, "version"], environment: ["LD_DEBUG=files"])
        for library in SharedLibrary.allCases { #expect(!text.contains(library.rawValue), "\(library)") }
    }
}
