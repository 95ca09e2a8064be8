import CLinux
import ContainerRuntime
import Glibc
import System

/// What a RUN gets of this machine, read-only and never part of the image: how packages are fetched, and how names are
/// resolved. Builds so work wherever the machine's own apt does: behind proxies, with mirrors, with private archives.
package struct MachineConfiguration: Sendable {
    /// Where this machine's `/etc` and `/usr` are looked for.
    let root: String
    /// The environment that proxies are taken from.
    let environment: @Sendable (String) -> String?

    package init(
        root: String = "", environment: @escaping @Sendable (String) -> String? = MachineConfiguration.variable
    ) {
        self.root = root
        self.environment = environment
    }

    /// A variable of this process's environment.
    package static let variable: @Sendable (String) -> String? = { name in getenv(name).map { String(cString: $0) } }

    /// Taken as they are, in place of the image's own.
    private static let whole = [
        "/etc/apt/sources.list.d", "/etc/apt/preferences.d", "/etc/apt/auth.conf", "/etc/apt/auth.conf.d",
    ]
    /// Folders whose files are added to the image's own, file by file, so that packages can still bring theirs.
    private static let added = [
        "/etc/apt/trusted.gpg.d", "/etc/apt/keyrings", "/usr/share/keyrings",
        "/usr/local/share/keyrings", "/usr/local/share/ca-certificates",
    ]

    /// What is mounted for a RUN, and what of it was made in the image for that alone. Blocking.
    ///
    /// - Parameters:
    ///   - image: the stage's file system; apt's configuration is only for images that have apt.
    ///   - scratch: a folder for files that are made for the RUN.
    func mounts(for image: FolderView, scratch: String) throws -> MachineMounts {
        var mounts = MachineMounts()
        try addNames(to: &mounts, image, scratch)
        guard try image.status("/etc/apt", followsLast: true)?.isFolder == true else { return mounts }
        try addSources(to: &mounts, image, scratch)
        try addOptions(to: &mounts, image, scratch)
        for path in Self.whole where Files.exists(root + path) { try mounts.add(root + path, at: path, image) }
        for folder in Self.added {
            guard let names = try? Files.names(in: root + folder) else { continue }
            for name in names {
                let path = "\(folder)/\(name)"
                guard try image.status(path, followsLast: false) == nil, isFile(root + path) else { continue }
                try mounts.add(root + path, at: path, image)
            }
        }
        return mounts
    }

    /// Name resolution as this machine's, since RUN shares its network.
    private func addNames(to mounts: inout MachineMounts, _ image: FolderView, _ scratch: String) throws {
        if Files.exists("\(root)/etc/resolv.conf") {
            // A copy: the file is often a link, and may be replaced while the RUN lasts.
            let copy = "\(scratch)/resolv.conf"
            try Files.replace(copy, with: Files.read("\(root)/etc/resolv.conf", limit: 1 << 20))
            try mounts.add(copy, at: "/etc/resolv.conf", image)
        }
        let hosts = "\(scratch)/hosts"
        let own =
            (try? Files.read("\(root)/etc/hosts", limit: 1 << 20)) ?? Array("127.0.0.1 localhost\n::1 localhost\n".utf8)
        try Files.replace(hosts, with: own)
        try mounts.add(hosts, at: "/etc/hosts", image)
    }

    /// The machine's list of archives, or an empty one in place of the image's.
    private func addSources(to mounts: inout MachineMounts, _ image: FolderView, _ scratch: String) throws {
        let path = "/etc/apt/sources.list"
        if Files.exists(root + path) {
            try mounts.add(root + path, at: path, image)
        } else if try image.status(path, followsLast: true) != nil {
            let empty = "\(scratch)/sources.list"
            try Files.replace(empty, with: [])
            try mounts.add(empty, at: path, image)
        }
    }

    /// The machine's options for apt (apt.conf(5)) as one file: packages bring files of their own to that folder, and must
    /// find no read-only one of the same name there.
    private func addOptions(to mounts: inout MachineMounts, _ image: FolderView, _ scratch: String) throws {
        let folder = "/etc/apt/apt.conf.d"
        guard let names = try? Files.names(in: root + folder) else { return }
        var options: [UInt8] = []
        for name in names where Self.isRead(name) && isFile("\(root)\(folder)/\(name)") {
            options += try Files.read("\(root)\(folder)/\(name)", limit: 1 << 20) + [10]
        }
        guard !options.isEmpty else { return }
        let file = "\(scratch)/apt.conf"
        try Files.replace(file, with: options)
        try mounts.add(file, at: "\(folder)/00belay-machine", image)
    }

    /// Whether apt reads a file of this name: letters, digits, `-` and `_`, and at most the ending `.conf`.
    private static func isRead(_ name: String) -> Bool {
        let base = name.hasSuffix(".conf") ? name.dropLast(5) : Substring(name)
        return !base.isEmpty && base.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
    }

    private func isFile(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.isFile
    }

    /// `http_proxy` and its like, which RUN has without ARG, and images do not keep.
    func proxyVariables(_ arguments: [String: String]) -> [String] {
        ProxyVariables.names.sorted().compactMap { name in
            (arguments[name] ?? environment(name)).map { "\(name)=\($0)" }
        }
    }
}

/// The arguments that every build knows without ARG.
enum ProxyVariables {
    static let names: Set<String> = Set(
        ["http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy"].flatMap { [$0, $0.uppercased()] })
}

/// Mounts over an image's files, and the places that had to be made for them.
struct MachineMounts: Sendable {
    private(set) var mounts: [MountSpec] = []
    /// Paths that the image did not have: the file or folder itself, and folders above it.
    private var made: Set<String> = []
    /// The image's folders above them, as they were.
    private var touched: [String: Folder] = [:]

    /// What of a folder shows whether it was changed.
    private struct Folder: Sendable {
        var mode: UInt32
        var user: UInt32
        var group: UInt32

        init(_ status: stat) {
            mode = status.st_mode
            user = status.st_uid
            group = status.st_gid
        }
    }

    mutating func add(_ source: String, at target: String, _ image: FolderView) throws(SystemError) {
        var place = target
        // The image may have a link there, as /etc/resolv.conf often is: then the file that it leads to is covered.
        if let status = try image.status(target, followsLast: false), status.isLink,
            try image.status(target, followsLast: true) == nil
        {
            place = FolderPath.clean(FolderPath.join(FolderPath.parent(target), try image.target(of: target)))
        }
        var path = place
        while path != "/" {
            if let status = try image.status(path, followsLast: true) {
                if path == place { break }
                touched[path] = Folder(status)
            } else {
                made.insert(path)
            }
            path = FolderPath.parent(path)
        }
        mounts.append(MountSpec(.bind(source, create: false), at: place, isReadOnly: true))
    }

    /// Takes the places that were made away again, from what a RUN left; one that the RUN put something into stays.
    func clear(_ upper: String) throws(SystemError) {
        for path in made.sorted(by: { $0.utf8.count > $1.utf8.count }) {
            guard let status = status(upper + path) else { continue }
            if status.isFile, status.st_size == 0 { try Files.remove(upper + path) }
            if status.isFolder { rmdir(upper + path) }
        }
        for (path, folder) in touched.sorted(by: { $0.key.utf8.count > $1.key.utf8.count }) {
            try restore(folder, upper, path)
        }
    }

    /// A folder that overlayfs copied up for a place alone goes again, with those above it; one that the RUN changed
    /// too stays.
    private func restore(_ folder: Folder, _ upper: String, _ path: String) throws(SystemError) {
        guard let status = status(upper + path), status.isFolder else { return }
        let now = Folder(status)
        var flag: UInt8 = 0
        guard now.mode == folder.mode, now.user == folder.user, now.group == folder.group,
            getxattr(upper + path, "trusted.overlay.opaque", &flag, 1) <= 0
        else { return }
        rmdir(upper + path)
    }

    private func status(_ path: String) -> stat? {
        var status = stat()
        return lstat(path, &status) == 0 ? status : nil
    }
}
