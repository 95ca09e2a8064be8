import Document
import FileTree
import Helm
import Testing

/// Renderings that must come out alike: a second one, one by another way, one with what an earlier one parsed.
@Suite struct RepetitionTests {
    /// A chart that draws in every way that there is, also within loops, helpers and texts that values hold.
    private static let drawing = [
        "Chart.yaml": """
        apiVersion: v2
        name: draws
        version: 1.0.0
        dependencies: [{name: inner, version: 1.0.0}]
        """,
        "values.yaml": "user: admin\ntext: '{{ randAlpha 6 }}'\nnames: [a, b]\n",
        "templates/_helpers.tpl": "{{ define \"draws.word\" }}{{ randAlphaNum 12 }}{{ end }}",
        "templates/texts.yaml": """
        kind: Secret
        letters: {{ randAlpha 8 }}
        digits: {{ randNumeric 8 | quote }}
        any: {{ randAscii 8 | toJson }}
        both: {{ include "draws.word" . }}
        again: {{ include "draws.word" . }}
        bytes: {{ randBytes 9 }}
        number: {{ randInt 5 500 }}
        shuffled: {{ shuffle "abcdefgh" }}
        id: {{ uuidv4 }}
        held: {{ tpl .Values.text . }}
        each: {{ range .Values.names }}{{ printf "%s%s " . (include "draws.word" $) }}{{ end }}
        at: {{ now | date "2006-01-02" | quote }}
        """,
        "templates/keys.yaml": """
        kind: Secret
        {{- $authority := genCA "ca" 10 }}
        {{- $pair := genSignedCert "web" (list "127.0.0.1") (list "web.example") 10 $authority }}
        authority: {{ $authority.Cert | quote }}
        certificate: {{ $pair.Cert | quote }}
        key: {{ $pair.Key | quote }}
        own: {{ (genSelfSignedCert "own" nil nil 5).Cert | quote }}
        curve: {{ genPrivateKey "ecdsa" | quote }}
        edwards: {{ genPrivateKey "ed25519" | quote }}
        """,
        "templates/passwords.yaml": """
        kind: Secret
        login: {{ htpasswd .Values.user (randAlphaNum 10) }}
        digest: {{ bcrypt "secret" }}
        derived: {{ derivePassword 1 "long" "secret" "user" "example.com" }}
        hidden: {{ encryptAES "secretkey" "plain" }}
        """,
        "charts/inner/Chart.yaml": "apiVersion: v2\nname: inner\nversion: 1.0.0\n",
        "charts/inner/templates/_helpers.tpl": "{{ define \"draws.word\" }}{{ randAlphaNum 12 }}{{ end }}",
        "charts/inner/templates/a.yaml": "kind: Secret\nword: {{ include \"draws.word\" . }}\n",
    ]

    private func settings(_ templates: ParsedTemplates? = nil) -> HelmRender.Settings {
        var settings = HelmRender.Settings(release: "r", key: [UInt8](repeating: 3, count: 32), now: 1_000_000)
        settings.templates = templates
        return settings
    }

    @Test func `every draw is the same at each rendering`() throws {
        let templates = ParsedTemplates()
        let texts = try (0..<3).map { round in
            let chart = try Chart.load(.root, in: MemoryTree(Self.drawing))
            return try HelmRender.text(chart, settings(round == 0 ? nil : templates))
        }
        #expect(texts[1] == texts[0])
        #expect(texts[2] == texts[0])
        let lines = texts[0].split(separator: "\n")
        let words = lines.compactMap { line in
            ["both: ", "again: ", "word: "].first { line.hasPrefix($0) }.map { line.dropFirst($0.count) }
        }
        #expect(Set(words).count == 3 && words.allSatisfy { $0.utf8.count == 12 })
        // The objects of one chart that was loaded once are those of the text.
        let chart = try Chart.load(.root, in: MemoryTree(Self.drawing))
        for _ in 0..<2 {
            let objects = try HelmRender.manifests(chart, settings())
            let parsed = try YAML.parse(Array(texts[0].utf8), file: SourceFile("text"))
            #expect(objects == parsed)
        }
    }

    @Test func `texts that are the same in two files are told apart in what goes wrong`() throws {
        let files = [
            "Chart.yaml": "apiVersion: v2\nname: twin\nversion: 1.0.0\n",
            "values.yaml": "fails: none\n",
            "templates/one.yaml": "{{ if eq .Values.fails .Template.Name }}{{ fail \"here\" }}{{ end }}kind: A\n",
            "templates/two.yaml": "{{ if eq .Values.fails .Template.Name }}{{ fail \"here\" }}{{ end }}kind: A\n",
        ]
        let templates = ParsedTemplates()
        for name in ["one", "two"] {
            let chart = try Chart.load(.root, in: MemoryTree(files))
            #expect(try HelmRender.manifests(chart, settings(templates)).count == 2)
            let values = try YAML.parse(Array("fails: twin/templates/\(name).yaml".utf8), file: SourceFile("v"))
            let problem = #expect(throws: Problem.self) {
                try HelmRender.text(chart, values: GivenValues(values), settings(templates))
            }
            #expect(problem?.origin.description == "templates/\(name).yaml:1:44")
        }
    }

    /// What templates make that is wrong, and where that comes from.
    @Test(arguments: [
        ("a: b\n{{ .Values.bad }}: [\n", "templates/a.yaml:3"),
        ("kind: A\n---\n{{ print \"- list\" }}\n", "templates/a.yaml:3"),
        ("kind: A\nvalue: {{ .Values.bad }}\n---\n\n\nkind: {{ \"a: b: c\" }}\n", "templates/a.yaml:6"),
    ])
    func `a text tells of what is wrong in it as its objects do`(template: String, place: String) throws {
        let files = [
            "Chart.yaml": "apiVersion: v2\nname: bad\nversion: 1.0.0\n", "values.yaml": "bad: x\n",
            "templates/a.yaml": template,
        ]
        let chart = try Chart.load(.root, in: MemoryTree(files))
        let ofText = #expect(throws: Problem.self) { try HelmRender.text(chart, settings()) }
        let ofObjects = #expect(throws: Problem.self) { try HelmRender.manifests(chart, settings()) }
        #expect(ofText?.description == ofObjects?.description)
        #expect(ofText?.origin.description.hasPrefix(place) == true, "\(ofText?.origin.description ?? "")")
    }
}
