import Crypto
import Document
import Manifest

/// Which application has which object at a commit: what makes two that have one object a mistake, and an object that
/// moves from one to the other a move.
struct Claims: Sendable {
    /// An object on one of the clusters.
    struct Place: Hashable {
        var cluster: String
        var key: ObjectKey
    }

    /// One application's manifest of an object.
    struct Claim: Sendable {
        var application: ApplicationID
        var origin: Origin
    }

    private var claims: [Place: [Claim]] = [:]
    /// Applications that do not render: what they have is not known.
    private(set) var unreadable: Set<ApplicationID> = []
    /// The renderings that the claims are of.
    var renderings: [ApplicationID: Digest] = [:]

    mutating func add(_ claim: Claim, of place: Place) {
        claims[place, default: []].append(claim)
    }

    mutating func addUnreadable(_ application: ApplicationID) {
        unreadable.insert(application)
    }

    /// Refuses an object that another application has as well.
    ///
    /// - Throws: `Problem` at this application's manifest, naming the other's.
    func check(_ place: Place, for application: ApplicationID) throws(Problem) {
        let all = claims[place] ?? []
        guard let other = all.first(where: { $0.application != application }),
            let own = all.first(where: { $0.application == application })
        else { return }
        throw Problem(
            "\(place.key) is in \(application) and in \(other.application) as well (\(other.origin))", at: own.origin,
            hint: "leave it to one of the two")
    }

    /// Whether an object must stay though `application` no longer has it: another has it now, or may have it.
    func keeps(_ place: Place, from application: ApplicationID) -> Bool {
        let others = unreadable.filter { $0.environment == application.environment && $0 != application }
        return !others.isEmpty || (claims[place] ?? []).contains { $0.application != application }
    }
}
