import Glibc
import System
import TestSupport
import Testing

@testable import Archive

/// A tar of entries, and files' contents, in memory.
private func tar(
    _ entries: [(ArchiveEntry, [UInt8])], _ compression: Compression = .none
) throws -> [UInt8] {
    var bytes: [UInt8] = []
    let writer = try TarWriter(compression) { bytes += $0 }
    for (entry, contents) in entries { try writer.add(entry, contents: contents) }
    try writer.finish()
    return bytes
}

private func read(_ bytes: [UInt8], limits: ArchiveLimits = ArchiveLimits()) throws -> [(ArchiveEntry, [UInt8])] {
    let reader = try TarReader(Bytes.source(bytes), limits: limits)
    var result: [(ArchiveEntry, [UInt8])] = []
    while let entry = try reader.next() { result.append((entry, try reader.contents(limit: 1 << 30))) }
    return result
}

private func entry(_ path: String, _ kind: ArchiveEntry.Kind = .file, mode: UInt32 = 0o644) -> ArchiveEntry {
    ArchiveEntry(path: Array(path.utf8), kind: kind, mode: mode)
}

@Suite struct TarTests {
    private let all: [(ArchiveEntry, [UInt8])] = [
        (entry("etc", .folder, mode: 0o755), []),
        (
            ArchiveEntry(
                path: Array("etc/\(String(repeating: "long", count: 80))".utf8), kind: .file, mode: 0o4755, user: 1000,
                group: 100, size: 5, modified: 1_700_000_000,
                attributes: [.init(name: "security.capability", value: [1, 0, 0, 2, 255])]), Array("hello".utf8)
        ),
        (entry("naïve ☃", .symbolicLink(Array("/ét/c".utf8)), mode: 0o777), []),
        (entry("hard", .hardLink(Array("etc/x".utf8))), []),
        (entry("null", .characterDevice(major: 1, minor: 3), mode: 0o666), []),
        (entry("loop", .blockDevice(major: 7, minor: 300)), []),
        (entry("pipe", .pipe), []),
    ]

    @Test(arguments: Compression.allCases)
    func `what was written is read again`(compression: Compression) throws {
        let found = try read(tar(all, compression))
        #expect(found.count == all.count)
        for (found, expected) in zip(found, all) {
            var entry = found.0
            if entry.kind == .folder, entry.path.last == UInt8(ascii: "/") { entry.path.removeLast() }
            #expect(entry == expected.0)
            #expect(found.1 == expected.1)
        }
    }

    @Test(arguments: Compression.allCases)
    func `the same entries give the same bytes`(compression: Compression) throws {
        #expect(try tar(all, compression) == tar(all, compression))
    }

    @Test func `tar reads what we write`() throws {
        let folder = try TemporaryFolder()
        try Files.replace("\(folder.path)/a.tar", with: tar(all))
        let listing = try Program.run(
            ["tar", "-tvf", "\(folder.path)/a.tar"], environment: ["LC_ALL=C.UTF-8", "TZ=UTC", "PATH=/usr/bin:/bin"])
        #expect(listing.contains("-rwsr-xr-x 1000/100          5 2023-11-14 22:13 etc/longlong"))
        #expect(listing.contains("naïve ☃ -> /ét/c"))
    }

    @Test(arguments: [
        "--gzip", "--zstd", "--xz", "--bzip2", "--format=gnu", "--format=ustar", "--format=pax", "--format=v7",
    ])
    func `we read what tar writes`(option: String) throws {
        let folder = try TemporaryFolder()
        try Files.makeFolders("\(folder.path)/in/d")
        try Files.replace("\(folder.path)/in/d/f", with: Array("contents".utf8), mode: 0o600)
        try Program.run(["tar", "-C", "\(folder.path)/in", option, "-cf", "\(folder.path)/out", "."])
        let found = try read(Files.read("\(folder.path)/out"))
        #expect(found.map(\.0.name) == ["./", "./d/", "./d/f"])
        #expect(found.last.map(\.1) == Array("contents".utf8))
        #expect(found.last?.0.mode == 0o600)
    }

    @Test func `names that are not UTF-8 keep their bytes`() throws {
        let folder = try TemporaryFolder()
        try Program.run([
            "sh", "-c", "cd \(folder.path) && printf x > \"$(printf 'a\\377b')\" && tar --format=gnu -cf out a*",
        ])
        #expect(try read(Files.read("\(folder.path)/out")).first?.0.path == [97, 255, 98])
    }

    @Test func `a hole costs nothing and reads as zeros`() throws {
        let folder = try TemporaryFolder()
        try Program.run(["sh", "-c", "cd \(folder.path) && truncate -s 1G f && printf end >> f && tar -S -cf out f"])
        let bytes = try Files.read("\(folder.path)/out")
        #expect(bytes.count < 1 << 20)
        let reader = try TarReader(Bytes.source(bytes))
        #expect(try reader.next()?.size == 1 << 30 + 3)
        var runs: [Int] = []
        try reader.forEachRun { offset, run in if !run.isEmpty { runs.append(offset) } }
        #expect((runs.first ?? 0) > 1 << 29)
    }
}

@Suite struct BrokenArchiveTests {
    @Test(arguments: Compression.allCases)
    func `an archive that is cut off is an error`(compression: Compression) throws {
        let noise = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
        let bytes = try tar([(entry("f"), noise)], compression)
        for count in [bytes.count / 4, bytes.count / 2] {
            #expect(throws: ArchiveError.self) { try read(Array(bytes[..<count])) }
        }
    }

    @Test func `a header that is damaged is an error`() throws {
        var bytes = try tar([(entry("a"), [1]), (entry("b"), [2])])
        bytes[1024 + 150] ^= 0x55
        #expect(throws: ArchiveError.self) { try read(bytes) }
    }

    @Test(arguments: ["PK\u{3}\u{4}", "hello, I am no archive", "\u{1f}\u{8b}broken"])
    func `what is no tar is an error`(text: String) throws {
        #expect(throws: ArchiveError.self) { try read(Array(text.utf8) + [UInt8](repeating: 7, count: 2000)) }
    }

    @Test func `what the source throws comes out`() throws {
        struct Broken: Error {}
        #expect(throws: Broken.self) { try TarReader { _ in throw Broken() } }
        var calls = 0
        #expect(throws: Broken.self) {
            let bytes = try tar([(entry("f"), [UInt8](repeating: 1, count: 100_000))])
            let source = Bytes.source(bytes)
            let reader = try TarReader { buffer in
                calls += 1
                if calls > 1 { throw Broken() }
                return try source(UnsafeMutableRawBufferPointer(rebasing: buffer[..<2048]))
            }
            _ = try reader.next()
            _ = try reader.contents(limit: 1 << 20)
        }
    }

    @Test func `what the sink throws comes out`() throws {
        struct Full: Error {}
        #expect(throws: Full.self) {
            let writer = try TarWriter { _ in throw Full() }
            try writer.add(entry("f"), contents: [UInt8](repeating: 1, count: 1 << 20))
            try writer.finish()
        }
    }

    @Test func `a file of another length than it was said to have is refused`() throws {
        let writer = try TarWriter { _ in }
        var file = entry("f")
        file.size = 3
        try writer.begin(file)
        #expect(throws: ArchiveError.self) {
            try [UInt8](repeating: 0, count: 4).withUnsafeBytes { try writer.write($0) }
        }
        try [1, 2].withUnsafeBytes { try writer.write(UnsafeRawBufferPointer(rebasing: $0[..<1])) }
        #expect(throws: ArchiveError.self) { try writer.finish() }
    }

    @Test func `each limit holds`() throws {
        let bytes = try tar([(entry("abcdef"), [1, 2, 3]), (entry("b"), [4])])
        for limits in [ArchiveLimits(entries: 1), ArchiveLimits(bytes: 3), ArchiveLimits(nameLength: 5)] {
            let error = #expect(throws: ArchiveError.self) { try read(bytes, limits: limits) }
            #expect(error?.code == .tooLarge)
        }
        var heavy = entry("x")
        heavy.attributes = [.init(name: "user.a", value: [UInt8](repeating: 1, count: 100))]
        let attributes = try tar([(heavy, [])])
        #expect(throws: ArchiveError.self) { try read(attributes, limits: ArchiveLimits(attributeLength: 99)) }
        #expect(throws: ArchiveError.self) { try read(attributes, limits: ArchiveLimits(attributes: 0)) }
    }

    @Test func `a bomb is found by its ratio`() throws {
        var bomb: [UInt8] = []
        let compressor = try Compressor(.zstd) { bomb += $0 }
        let zeros = [UInt8](repeating: 0, count: 1 << 20)
        for _ in 0..<128 { try zeros.withUnsafeBytes { try compressor.write($0) } }
        try compressor.finish()
        let decompressor = try Decompressor(Bytes.source(bomb))
        var chunk = [UInt8](repeating: 0, count: 1 << 20)
        let error = #expect(throws: ArchiveError.self) {
            while try chunk.withUnsafeMutableBytes({ try decompressor.read(into: $0) }) > 0 {}
        }
        #expect(error?.code == .tooLarge)
    }
}

@Suite struct CompressionTests {
    private func unpacked(_ bytes: [UInt8]) throws -> [UInt8] {
        let decompressor = try Decompressor(Bytes.source(bytes))
        var result: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1000)
        while case let count = try chunk.withUnsafeMutableBytes({ try decompressor.read(into: $0) }), count > 0 {
            result += chunk[..<count]
        }
        return result
    }

    @Test(arguments: Compression.allCases, [0, 1, 1000, 300_000])
    func `bytes come back`(compression: Compression, size: Int) throws {
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 / 3) }
        var packed: [UInt8] = []
        let compressor = try Compressor(compression) { packed += $0 }
        try bytes.withUnsafeBytes { try compressor.write($0) }
        try compressor.finish()
        #expect(try unpacked(packed) == bytes)
    }
}
