import Document
package import FileTree
package import Git
import Manifest
package import Render
import System

/// A commit as the reconciler sees it: what the project says there, and the applications that it has.
package struct Head: Sendable {
    package var commit: Commit
    package var tree: any FileTree
    package var project: Project
    package var applications: [ApplicationID: Member]

    /// An application with the environment that it is in.
    package struct Member: Sendable {
        package var source: ApplicationSource
        package var environment: Environment
    }

    /// Reads the project of a commit.
    ///
    /// - Throws: `Problem` with file, line and column.
    package init(commit: Commit, tree: any FileTree) throws {
        let project = try Project.read(from: tree)
        var applications: [ApplicationID: Member] = [:]
        for environment in project.environments {
            for source in try project.applications(of: environment, in: tree) {
                let id = ApplicationID(
                    project: project.name, environment: environment.name, application: source.name)
                applications[id] = Member(source: source, environment: environment)
            }
        }
        self.commit = commit
        self.tree = tree
        self.project = project
        self.applications = applications
    }
}

/// A cluster that the server's config does not name.
private struct UnknownCluster: LiveObjects {
    let name: String

    func answer(_ question: LiveQuestion) throws(Problem) -> Value? {
        throw Problem("the server's config names no cluster \(name) to look anything up on")
    }
}

/// Renders on a thread of its own: reading git's objects blocks.
package actor RenderThread {
    private let executor = ThreadExecutor(name: "belay-render")
    private let renderer: Renderer

    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    package init(
        rootKey: [UInt8], since: Int = 0, zoneFile: (@Sendable (String) -> [UInt8]?)? = nil,
        charts: any ChartStore = NoCharts(), keys: DecryptionKeys = .none, clusters: [String: any LiveObjects] = [:]
    ) {
        renderer = Renderer(rootKey: rootKey, since: since, zoneFile: zoneFile, charts: charts, keys: keys) {
            clusters[$0.cluster] ?? UnknownCluster(name: $0.cluster)
        }
    }

    /// Reads what a project says at a commit.
    package func head(_ commit: Commit, _ tree: any FileTree) throws -> Head {
        try Head(commit: commit, tree: tree)
    }

    /// What each application of a head has.
    func claims(of head: Head) -> Claims {
        var claims = Claims()
        for (id, member) in head.applications {
            guard let rendering = try? render(member, of: head) else {
                claims.addUnreadable(id)
                continue
            }
            claims.renderings[id] = rendering.digest
            for manifest in rendering.manifests {
                let place = Claims.Place(cluster: member.environment.cluster, key: manifest.key)
                claims.add(.init(application: id, origin: manifest.value.origin), of: place)
            }
        }
        return claims
    }

    /// Renders an application of a head, from memory where nothing that it reads has changed.
    package func render(_ member: Head.Member, of head: Head) throws -> Rendering {
        try renderer.render(member.source, in: member.environment, of: head.project, from: head.tree)
    }
}
