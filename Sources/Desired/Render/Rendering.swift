package import Crypto
import Document
package import FileTree
package import Manifest
package import Scrub

/// What one application yields at one revision: its manifests, scrubbed where the environment is, each field with its
/// origin.
package struct Rendering: Sendable {
    package var application: String
    package var environment: String
    /// The application's folder.
    package var path: TreePath
    /// In the order in which they are applied unless waves say otherwise.
    package var manifests: [Manifest]
    /// What the rendering looked at: a tree that shows the same there yields the same.
    package var readSet: ReadSet
    /// SHA-256 over those of the manifests as JSON with sorted keys: equal digests, equal objects.
    package var digest: Digest
    /// What was scrubbed, and why; empty in a production environment.
    package var scrubbed: ScrubReport
    /// What its charts asked of the cluster: other answers may yield another rendering.
    package var questions: Set<LiveQuestion> = []
    /// The files that were encrypted, whose key opened them, and where in them secrets stand.
    package var decrypted = SecretOrigins()

    init(
        application: String, environment: String, path: TreePath, checked: CheckedObjects, readSet: ReadSet,
        scrubbed: ScrubReport = ScrubReport()
    ) {
        self.application = application
        self.environment = environment
        self.path = path
        manifests = checked.manifests
        self.readSet = readSet
        self.scrubbed = scrubbed
        let stream = DigestStream(.sha256)
        for object in checked.checked { stream.update(object.digest.bytes) }
        digest = stream.finish()
    }
}
