import Testing

@testable import Identity

@Suite struct GateTests {
    private let gate = Gate(ownUser: 1000, token: "s3cret")
    private let action = Action(verb: "get", resource: "pods", namespace: "default", name: "a")

    @Test(arguments: [
        (Credential.localUser(0), "root"), (.localUser(1000), "uid:1000"), (.header("Bearer s3cret"), "token"),
    ])
    func `administrators may everything`(credential: Credential, name: String) throws {
        let caller = try #require(gate.identify(credential))
        #expect(caller.name == name)
        #expect(gate.allows(caller, action))
    }

    @Test func `another user of the machine is known, and may nothing`() throws {
        let caller = try #require(gate.identify(.localUser(1001)))
        #expect(caller.name == "uid:1001")
        #expect(!gate.allows(caller, action))
    }

    @Test(arguments: [
        nil, "", "Bearer", "Bearer ", "Bearer s3cre", "Bearer s3cretx", "Bearer  s3cret", "Basic s3cret", "s3cret",
    ])
    func `whoever has no token, or a wrong one, is nobody`(header: String?) {
        #expect(gate.identify(.header(header)) == nil)
    }

    @Test(arguments: [nil, ""] as [String?])
    func `without a token nobody gets in over the network`(token: String?) {
        let gate = Gate(ownUser: 1000, token: token)
        #expect(gate.identify(.header("Bearer ")) == nil)
        #expect(gate.identify(.header(nil)) == nil)
    }
}
