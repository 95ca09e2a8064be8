package import Document
package import Health
package import System

/// What is known of one application, for people.
package struct ApplicationStatus: Sendable {
    /// How an application stands to git.
    package enum Phase: String, Sendable {
        /// Live is as git says.
        case synced = "Synced"
        /// A sync is under way.
        case syncing = "Syncing"
        /// Live differs from git, and stays so until a person decides.
        case outOfSync = "OutOfSync"
        /// Something stands in the way: see the problems.
        case failed = "Failed"
        /// Nothing is known yet.
        case waiting = "Waiting"
    }

    package var id: ApplicationID
    package var phase: Phase = .waiting
    package var health = Health(.progressing, "not looked at yet")
    /// The commit whose rendering was compared last.
    package var revision = ""
    /// When a sync last changed something.
    package var syncedAt: Timestamp?
    /// Why it is held or failed.
    package var problems: [Problem] = []
    /// How many objects git has.
    package var objects = 0
    package var planHash = ""

    package init(id: ApplicationID) {
        self.id = id
    }
}
