import Document
import System

extension Verbs {
    static let kubeconfigCommand = Command(
        name: "kubeconfig", summary: "Write a kubeconfig for kubectl",
        discussion: """
            belay kubeconfig > ~/.kube/belay; KUBECONFIG=~/.kube/belay kubectl get pods -A
            It holds the token of an administrator: keep it as you keep a password.
            """,
        run: { invocation in
            let access = try NetworkAccess(Paths(invocation))
            guard access.port != 0 else {
                throw ServiceClient.Failure(
                    description: "no service has opened a port for kubectl yet\n  hint: start one with `belay up REPO`")
            }
            try Terminal.current.out(YAML.text(access.kubeconfig))
            return 0
        })
}
