import CLinux
import ContainerRuntime
import Crypto
import Document
import Glibc
import Images
import Synchronization
import System
import TestSupport
import Testing

@testable import Build

@Suite struct RunTests {
    @Test func `a RUN's changes become a layer, its whiteouts too`() async throws {
        try await BuildFixture.with { fixture in
            let record = try await fixture.build(
                """
                FROM localhost/base:1
                RUN echo new > /etc/new && chmod 4711 /etc/new && rm -r /gone && mkdir /made && ln /etc/new /etc/second
                """)
            #expect(try fixture.layer(record).contains("etc/new 4711 0:0"))
            #expect(try fixture.layer(record).contains("etc/second 4711 0:0"))
            #expect(try fixture.layer(record).contains(".wh.gone 600 0:0"))
            #expect(try fixture.layer(record).contains("made 755 0:0"))
            #expect(try await fixture.status(record, "/gone") == nil)
            #expect(try await fixture.file(record, "/etc/new") == "new\n")
        }
    }

    @Test func `the unpacked layer is what its tar unpacks to`() async throws {
        try await BuildFixture.with { fixture in
            let record = try await fixture.build(
                """
                FROM localhost/base:1
                RUN rm -r /gone && mkdir /gone && echo again > /gone/new
                """)
            let layer = try #require(record.diffIDs.last)
            let before = try Program.run(["find", fixture.store.layers.path(layer), "-printf", "%P %y %m %u %s\n"])
            try fixture.store.layers.forget(layer)
            _ = try await fixture.store.image("localhost/built:1", policy: .never, credentials: [])
            let after = try Program.run(["find", fixture.store.layers.path(layer), "-printf", "%P %y %m %u %s\n"])
            #expect(before.split(separator: "\n").sorted() == after.split(separator: "\n").sorted())
            #expect(try await fixture.file(record, "/gone/file") == nil)
            #expect(try await fixture.file(record, "/gone/new") == "again\n")
        }
    }

    @Test func `output is told line by line, and a failure names the line and shows the last of it`() async throws {
        try await BuildFixture.with { fixture in
            let problem = await #expect(throws: Problem.self) {
                try await fixture.build("FROM localhost/base:1\n\nRUN echo one; echo two >&2; exit 7\n")
            }
            #expect(Set(fixture.output) == ["one", "two"])
            #expect(problem?.origin.line == 3)
            #expect(problem?.message.contains("code 7") == true)
            #expect(problem?.message.contains("\n    one") == true)
            let running = try await fixture.runtime.list()
            #expect(running.isEmpty)
        }
    }

    @Test func `environment, arguments, folder, user and shell are as they were set`() async throws {
        try await BuildFixture.with { fixture in
            try await fixture.build(
                """
                ARG BASE=nothing
                FROM localhost/base:${BASE}
                ARG WHO=nobody
                ARG GIVEN
                ENV GREETING="hello $WHO" SECOND=$GREETING
                WORKDIR /work/$WHO
                RUN echo "$GREETING|$SECOND|$GIVEN|$WHO"; pwd; id -u; echo $HOME
                USER app
                RUN id -u; id -g; echo $HOME
                SHELL ["/bin/sh", "-e", "-c"]
                RUN echo $0-$-
                RUN ["/bin/echo", "$WHO"]
                """
            ) { $0.arguments = ["BASE": "1", "GIVEN": "g"] }
            #expect(
                fixture.output.prefix(7) == [
                    "hello nobody||g|nobody", "/work/nobody", "0", "/root", "100", "101", "/home/app",
                ])
            #expect(fixture.output[7].contains("e"))
            #expect(fixture.output.last == "$WHO")
        }
    }

    @Test func `a heredoc is a script`() async throws {
        try await BuildFixture.with { fixture in
            try await fixture.build(
                """
                FROM localhost/base:1
                RUN <<EOF
                echo first
                cat /etc/group
                EOF
                RUN cat <<ONE - && echo after
                of $PATH
                ONE
                """)
            #expect(fixture.output.first == "first")
            #expect(fixture.output.suffix(2) == ["of /bin", "after"])
        }
    }

    @Test func `what the machine lends does not stay in the image`() async throws {
        try await BuildFixture.with { fixture in
            let record = try await fixture.build(
                "FROM localhost/base:1\nRUN mkdir /etc/apt\nRUN cat /etc/resolv.conf /etc/hosts > /seen; ls /etc/apt\n")
            #expect(try await fixture.file(record, "/seen")?.contains("localhost") == true)
            #expect(try await fixture.status(record, "/etc/resolv.conf") == nil)
            #expect(try await fixture.status(record, "/etc/hosts") == nil)
            #expect(try await fixture.status(record, "/etc/apt/sources.list.d") == nil)
            #expect(try await fixture.status(record, "/usr/share/keyrings") == nil)
            if Files.exists("/etc/apt/sources.list.d") { #expect(fixture.output.contains("sources.list.d")) }
        }
    }

    @Test func `a RUN that changes nothing gives no layer`() async throws {
        try await BuildFixture.with { fixture in
            let record = try await fixture.build("FROM localhost/base:1\nRUN id -u\nRUN mkdir /etc/apt\nRUN id -u\n")
            #expect(record.diffIDs.count == 2)
            let layer = try fixture.layer(record)
            #expect(layer == ["etc 755 0:0", "etc/apt 755 0:0"])
        }
    }

    @Test func `two steps that make the same layer do not stand in each other's way`() async throws {
        try await BuildFixture.with { fixture in
            let record = try await fixture.build(
                """
                FROM localhost/base:1
                COPY Dockerfile /x/
                RUN rm -r /x
                COPY Dockerfile /x/
                RUN cat /x/Dockerfile && rm -r /x
                """)
            #expect(record.diffIDs.count == 5)
            #expect(try await fixture.mode(record, "/x") == nil)
        }
    }

    @Test func `a device that a RUN makes is refused by its name`() async throws {
        try await BuildFixture.with { fixture in
            let problem = await #expect(throws: Problem.self) {
                try await fixture.build("FROM localhost/base:1\nRUN mknod /x c 1 3\n")
            }
            #expect(problem?.message.contains("/x is a device") == true)
        }
    }

    @Test func `a build that is cancelled ends its container`() async throws {
        try await BuildFixture.with { fixture in
            let build = Task { try await fixture.build("FROM localhost/base:1\nRUN echo begun; sleep 60\n") }
            while fixture.output.isEmpty { try await Task.sleep(for: .milliseconds(10)) }
            build.cancel()
            await #expect(throws: (any Error).self) { try await build.value }
            let running = try await fixture.runtime.list()
            #expect(running.isEmpty)
            let left = try Files.names(in: fixture.store.layers.path(.sha256("")).parentFolder).filter {
                $0.hasPrefix(".new")
            }
            #expect(left.isEmpty)
        }
    }
}

@Suite struct CopyTests {
    @Test func `files, folders and patterns go where Docker puts them`() async throws {
        try await BuildFixture.with { fixture in
            try fixture.write("a.txt", "a", mode: 0o600)
            try fixture.write("b.txt", "b")
            try fixture.write("dir/x", "x", mode: 0o755)
            try fixture.write("dir/sub/y", "y")
            #expect(symlink("x", "\(fixture.context)/dir/link") == 0)
            let record = try await fixture.build(
                """
                FROM localhost/base:1
                WORKDIR /work
                COPY a.txt renamed
                COPY a.txt folder/
                COPY *.txt ./texts/
                COPY dir copied
                COPY dir/ /tmp
                COPY a.txt /lib/
                COPY --chown=app:staff --chmod=0711 b.txt /owned
                COPY ["b.txt", "/with space"]
                COPY <<EOF /text
                of ${PATH}
                EOF
                """)
            for (path, text) in [
                ("/work/renamed", "a"), ("/work/folder/a.txt", "a"), ("/work/texts/a.txt", "a"),
                ("/work/texts/b.txt", "b"),
                ("/work/copied/x", "x"), ("/work/copied/sub/y", "y"), ("/work/copied/link", "x"), ("/tmp/x", "x"),
                ("/usr/lib/a.txt", "a"), ("/with space", "b"), ("/text", "of /bin\n"),
            ] { #expect(try await fixture.file(record, path) == text, "\(path)") }
            let owned = try #require(await fixture.status(record, "/owned"))
            #expect(owned.st_uid == 100 && owned.st_gid == 50 && owned.st_mode & 0o7777 == 0o711)
            #expect(try await fixture.mode(record, "/work/renamed").map { $0 & 0o7777 } == 0o600)
            #expect(try await fixture.mode(record, "/tmp").map { $0 & 0o7777 } == 0o1777)
            #expect(try await fixture.mode(record, "/lib") == 0o120777)
        }
    }

    @Test func `ADD unpacks tars and copies what is none`() async throws {
        try await BuildFixture.with { fixture in
            try fixture.write("in/f", "f")
            for (option, name) in [("-z", "a.tgz"), ("-c", "b.tar"), ("--zstd", "c.tzst")] {
                try Program.run(
                    ["tar", "-C", "\(fixture.context)/in", option, "-cf", "\(fixture.context)/\(name)", "f"].filter {
                        $0 != "-c"
                    })
            }
            try fixture.write("not.tgz", "\u{1f}no archive")
            let record = try await fixture.build(
                "FROM localhost/base:1\nADD a.tgz /a/\nADD b.tar /b\nADD c.tzst /c\nADD not.tgz /d/\nCOPY a.tgz /e/\n")
            for path in ["/a/f", "/b/f", "/c/f"] { #expect(try await fixture.file(record, path) == "f") }
            #expect(try await fixture.status(record, "/d/not.tgz") != nil)
            #expect(try await fixture.status(record, "/e/a.tgz") != nil)
        }
    }

    @Test func `stages copy from one another, and from images`() async throws {
        try await BuildFixture.with { fixture in
            let record = try await fixture.build(
                """
                FROM localhost/base:1 AS builder
                RUN mkdir /out && echo made > /out/app && echo secret > /left
                FROM localhost/base:1 AS unused
                RUN exit 1
                FROM scratch
                COPY --from=builder /out/app /app
                COPY --from=0 /out /again
                COPY --from=localhost/base:1 /etc/passwd /passwd
                """)
            #expect(try await fixture.file(record, "/app") == "made\n")
            #expect(try await fixture.file(record, "/again/app") == "made\n")
            #expect(try await fixture.file(record, "/passwd")?.contains("app:x") == true)
            #expect(try await fixture.status(record, "/left") == nil)
            #expect(record.diffIDs.count == 3)
        }
    }

    @Test func `a stage can be built by its name`() async throws {
        try await BuildFixture.with { fixture in
            let record = try await fixture.build("FROM localhost/base:1 AS one\nCMD [\"one\"]\nFROM one\nRUN exit 1\n")
            { $0.target = "one" }
            #expect(record.config.config.command == ["one"])
            let problem = await #expect(throws: Problem.self) {
                try await fixture.build("FROM scratch AS a") { $0.target = "b" }
            }
            #expect(problem?.hint.contains("a") == true)
        }
    }

    @Test(arguments: [
        ("COPY nothing /x", "“nothing” is not in"), ("COPY ../outside /x", "“../outside” is not in"),
        ("COPY kept-out /x", "“kept-out” is not in"),
        ("COPY escape /x", "“escape” is not in"), ("COPY * /x", "ends with /"),
        ("COPY --from=localhost/no:1 /a /b", "not on this machine"),
        ("COPY --chown=nobody here /x", "no user nobody"), ("COPY --chmod=rwx here /x", "octal"),
        ("COPY here /etc/passwd/x", "Not a directory"),
        ("USER 4294967296", "no user or group id"), ("EXPOSE http", "no port"),
        ("WORKDIR ${X:?is missing}", "is missing"),
        ("FROM --platform=plan9/mips localhost/base:1", "not supported"), ("FROM $NOTHING", "names no image"),
        ("FROM UPPER", "no image name"),
    ])
    func `what cannot be done is said with its line`(line: String, reason: String) async throws {
        try await BuildFixture.with { fixture in
            try fixture.write("here", "x")
            try fixture.write("kept-out", "x")
            try fixture.write(".dockerignore", "kept-out\nDockerfile\n.dockerignore\n")
            try Files.replace("\(fixture.folder.path)/outside", with: [1])
            #expect(symlink("\(fixture.folder.path)/outside", "\(fixture.context)/escape") == 0)
            try fixture.write("another", "x")
            let problem = await #expect(throws: Problem.self) {
                try await fixture.build("FROM localhost/base:1\n\(line)\n")
            }
            #expect(problem?.origin.line == 2)
            #expect(problem?.message.contains(reason) == true, "\(problem?.message ?? "")")
        }
    }
}

@Suite struct OverlayViewTests {
    @Test func `layers are put together on kernels that only know mount(2), and nothing stays mounted`() throws {
        let folder = try TemporaryFolder()
        for layer in ["a", "b", "upper", "upper.work"] { try Files.makeFolders("\(folder.path)/\(layer)") }
        try Files.replace("\(folder.path)/a/low", with: Array("low".utf8))
        try Files.replace("\(folder.path)/b/low", with: Array("high".utf8))
        let lower = ["\(folder.path)/b", "\(folder.path)/a"]
        let view = FolderView(
            try OverlayView.mountBriefly(lower: lower, upper: "\(folder.path)/upper"), name: "the image")
        #expect(try view.text("/low") == "high")
        let writer = TreeWriter(view, owner: .init())
        try writer.makeFolder("/new/folder")
        try writer.finish()
        #expect(Files.exists("\(folder.path)/upper/new/folder"))
        #expect(try !Files.text("/proc/self/mountinfo").contains(folder.path))
    }
}

@Suite struct CacheTests {
    private static let dockerfile = """
        FROM localhost/base:1
        ARG VERSION=1
        WORKDIR /app
        COPY src ./
        RUN cat file > copy
        ENV A=$VERSION
        RUN echo $A > version
        CMD ["x"]
        """

    @Test func `the same build is not done again and gives the same image`() async throws {
        try await BuildFixture.with { fixture in
            try fixture.write("src/file", "1")
            let first = try await fixture.build(Self.dockerfile)
            // Times of checkout do not count.
            try Program.run(["touch", "-d", "2001-01-01", "\(fixture.context)/src/file"])
            let second = try await fixture.build(Self.dockerfile)
            #expect(first.digest == second.digest)
            #expect(fixture.cached == [false, true, true, true, false, true, false])
            let third = try await fixture.build(Self.dockerfile) { $0.ignoresCache = true }
            #expect(!fixture.cached.contains(true))
            #expect(third.config.config == first.config.config)
        }
    }

    @Test func `a change is done again from there on`() async throws {
        try await BuildFixture.with { fixture in
            try fixture.write("src/file", "1")
            try await fixture.build(Self.dockerfile)
            try await fixture.build(Self.dockerfile) { $0.arguments = ["VERSION": "2"] }
            #expect(fixture.cached == [false, true, true, false, false, false, false])
            try fixture.write("src/file", "2")
            let record = try await fixture.build(Self.dockerfile)
            #expect(fixture.cached == [false, true, false, false, false, false, false])
            #expect(try await fixture.file(record, "/app/copy") == "2")
            try fixture.write("unrelated", "x")
            try await fixture.build(Self.dockerfile)
            #expect(fixture.cached == [false, true, true, true, false, true, false])
        }
    }

    @Test func `a sweep can keep what the cache has, and a cache without layers is none`() async throws {
        try await BuildFixture.with { fixture in
            try fixture.write("src/file", "1")
            try await fixture.build(Self.dockerfile)
            try await fixture.store.remove(ImageReference("localhost/built:1"))
            let kept = try BuildCache(store: fixture.store).layers()
            #expect(kept.count == 4)
            _ = try await fixture.store.prune(inUse: [], keeping: kept)
            try await fixture.build(Self.dockerfile)
            #expect(fixture.cached.filter { $0 }.count == 4)
            try await fixture.store.remove(ImageReference("localhost/built:1"))
            _ = try await fixture.store.prune(inUse: [])
            try await fixture.build(Self.dockerfile)
            #expect(!fixture.cached.contains(true))
        }
    }
}

@Suite struct ConfigTests {
    @Test func `everything that an image says of itself is in its config`() async throws {
        try await BuildFixture.with { fixture in
            let record = try await fixture.build(
                """
                FROM localhost/base:1
                ENV A=1 PATH=/opt:$PATH
                LABEL a.b="c d" e=$A
                EXPOSE 80 53/udp
                VOLUME ["/data"]
                STOPSIGNAL SIGQUIT
                USER app:staff
                ENTRYPOINT ["/bin/echo"]
                CMD hello
                HEALTHCHECK --interval=5s CMD true
                ONBUILD RUN echo triggered
                """
            ) { $0.labels = ["from": "outside"] }
            let config = record.config.config
            #expect(config.environment == ["PATH=/opt:/bin", "A=1"])
            #expect(config.labels == ["a.b": "c d", "e": "1", "from": "outside"])
            #expect(config.exposedPorts == ["53/udp", "80/tcp"])
            #expect(config.volumes == ["/data"])
            #expect(config.stopSignal == "SIGQUIT")
            #expect(config.user == "app:staff")
            #expect(config.entrypoint == ["/bin/echo"])
            #expect(config.command == ["/bin/sh", "-c", "hello"])
            let value = record.config.value
            #expect(value[path: "config", "Healthcheck", "Test"]?.strings == ["CMD-SHELL", "true"])
            #expect(value[path: "config", "Healthcheck", "Interval"]?.int == 5_000_000_000)
            #expect(value["history"]?.items?.count == 11)
        }
    }

    @Test func `triggers of a base are carried out by what is built on it, once`() async throws {
        try await BuildFixture.with { fixture in
            try await fixture.build("FROM localhost/base:1\nONBUILD RUN echo triggered > /t\n") {
                $0.tags = [try ImageReference("localhost/trigger:1")]
            }
            let record = try await fixture.build("FROM localhost/trigger:1\nRUN cat /t\n")
            #expect(fixture.output == ["triggered"])
            #expect(record.config.value[path: "config", "OnBuild"] == nil)
        }
    }

    @Test func `a new entrypoint does not go with its base's command`() async throws {
        try await BuildFixture.with { fixture in
            let record = try await fixture.build("FROM localhost/base:1\nENTRYPOINT [\"/e\"]\n")
            #expect(record.config.config.command.isEmpty)
        }
    }

    @Test func `an argument that nothing uses is told`() async throws {
        try await BuildFixture.with { fixture in
            try await fixture.build("FROM localhost/base:1\nCMD x\n") {
                $0.arguments = ["TYPO": "1", "http_proxy": "http://p"]
            }
            let warnings = fixture.told.withLock {
                $0.compactMap { if case .warning(let text) = $0 { text } else { nil } }
            }
            #expect(warnings == ["the build argument TYPO is used by no ARG"])
        }
    }

    @Test func `a Dockerfile that is not there is said to be missing`() async throws {
        try await BuildFixture.with { fixture in
            let problem = await #expect(throws: Problem.self) {
                try await fixture.build("FROM scratch") { $0.dockerfile = "/nowhere/Dockerfile" }
            }
            #expect(problem?.message.contains("/nowhere/Dockerfile") == true)
        }
    }
}

extension String {
    fileprivate var parentFolder: String { String(self[..<(lastIndex(of: "/") ?? endIndex)]) }
}

extension LayerStore {
    /// Removes an unpacked layer, as if it had never been unpacked here.
    fileprivate func forget(_ diffID: Digest) throws { try Files.removeTree(path(diffID)) }
}
