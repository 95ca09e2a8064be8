/// The files of small repositories.
enum Fleet {
    static func project(_ environments: [(name: String, path: String)] = [("dev", "app")], promote: Bool = false)
        -> String
    {
        var text = "apiVersion: belay/v1\nkind: Project\nmetadata: {name: shop}\nspec:\n  environments:\n"
        for (index, environment) in environments.enumerated() {
            text += """
                    - name: \(environment.name)
                      data: production
                      namespace: shop-\(environment.name)
                      apps: [{path: "\(environment.path)"}]
                      sync: {automatic: true, prune: true, selfHeal: true}

                """
            if promote, index > 0 { text += "      promote: {from: \(environments[index - 1].name)}\n" }
        }
        return text
    }

    /// A Deployment that serves what its greeting says, and says "started" in its log.
    static func web(
        greeting: String = "hello", replicas: Int = 1, image: String = "localhost/box:1", name: String = "web"
    ) -> String {
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: \(name)
        spec:
          replicas: \(replicas)
          selector: {matchLabels: {app: \(name)}}
          template:
            metadata: {labels: {app: \(name)}}
            spec:
              terminationGracePeriodSeconds: 1
              containers:
                - name: web
                  image: \(image)
                  command: [sh, -c, 'echo started; echo "$GREETING" > /www/index.html; exec httpd -f -p 8080 -h /www']
                  env: [{name: GREETING, value: "\(greeting)"}]
                  readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 1}
                  resources: {limits: {memory: 32Mi}}

        """
    }

    /// A pod that runs one line of shell, in a Deployment.
    static func script(_ line: String, name: String, resources: String = "{}") -> String {
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: \(name)}
        spec:
          replicas: 1
          selector: {matchLabels: {app: \(name)}}
          template:
            metadata: {labels: {app: \(name)}}
            spec:
              terminationGracePeriodSeconds: 1
              containers:
                - name: main
                  image: localhost/box:1
                  command: [sh, -c, '\(line)']
                  resources: \(resources)

        """
    }

    static let service = """
        apiVersion: v1
        kind: Service
        metadata: {name: web}
        spec:
          selector: {app: web}
          ports: [{port: 80, targetPort: 8080}]

        """

    static func shop(greeting: String = "hello", replicas: Int = 1) -> [String: String] {
        [
            "belay.yaml": project(), "app/web.yaml": web(greeting: greeting, replicas: replicas),
            "app/service.yaml": service,
        ]
    }
}
