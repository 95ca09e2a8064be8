import Document
import Helm
import Testing

@Suite struct SetLineTests {
    private func values(_ lines: [(String, SetLine.Way)], over base: String = "{}") throws -> Value {
        let document = try YAML.parseOne(Array(base.utf8), file: SourceFile("base"))
        let given = GivenValues([.document(document)] + lines.map { .line($0.0, $0.1) }) { (path) throws(Problem) in
            Array("content of \(path)".utf8)
        }
        return try given.value
    }

    private func parsed(_ text: String) throws -> Value {
        try YAML.parseOne(Array(text.utf8), file: SourceFile("expected"))
    }

    @Test(arguments: [
        ("a.b=1,c=x", "{a: {b: 1}, c: x}"),
        ("l={x,2}", "{l: [x, 2]}"),
        ("l={}", "{l: ['']}"),
        ("l[1].a=true", "{l: [null, {a: true}]}"),
        ("l[0][1]=x", "{l: [[null, x]]}"),
        ("a\\.b=c\\,d", "{a.b: \"c,d\"}"),
        ("n=null,z=007,o=0,m=-5,t=TRUE", "{n: null, z: '007', o: 0, m: -5, t: true}"),
        ("a=,b=", "{a: '', b: ''}"),
        ("a={x,y},b=1", "{a: [x, y], b: 1}"),
        ("a=b=c", "{a: b=c}"),
        ("", "{}"),
    ])
    func `plain lines`(line: String, expected: String) throws {
        #expect(try values([(line, .set)]) == parsed(expected))
    }

    @Test func `later lines change earlier ones, and items of lists in files`() throws {
        let value = try values(
            [("ports[0].name=http,ports[2].name=x", .set), ("ports[1]=9", .set)],
            over: "{ports: [{name: a, port: 80}, 2]}")
        #expect(try value == parsed("{ports: [{name: http, port: 80}, 9, {name: x}]}"))
    }

    @Test func `each way makes of a text what it should`() throws {
        #expect(try values([("a=1,b=true,c={1,2}", .string)]) == parsed("{a: '1', b: 'true', c: ['1', '2']}"))
        #expect(
            try values([(#"a={"b":[1,"x,y"]} ,c=null,d= ,e[1]="z""#, .json)])
                == parsed("{a: {b: [1, 'x,y']}, c: null, d: null, e: [null, z]}"))
        #expect(try values([(#"{"a": {"b": 2}}"#, .json)], over: "{a: {c: 1}}") == parsed("{a: {b: 2, c: 1}}"))
        #expect(try values([("a=x.txt,b=y.txt", .file)]) == parsed("{a: content of x.txt, b: content of y.txt}"))
        #expect(try values([(#"a.b=x,y={1}\,z"#, .literal)]) == parsed(#"{a: {b: 'x,y={1}\,z'}}"#))
    }

    @Test(arguments: [
        ("a", "has no value"), ("a,b=1", "has no value"), ("a[x]=1", "no index"), ("a[-1]=1", "no index"),
        ("a[70000]=1", "no index"), ("a[0]b=1", "stands behind"), ("a={x", "must end with"),
        ("a=1,a.b=2", "no mapping"), ("a=1,a[0]=2", "no list"),
        (Array(repeating: "a", count: 40).joined(separator: ".") + "=1", "within one another"),
    ])
    func `what is no line is refused`(line: String, says: String) throws {
        let problem = #expect(throws: Problem.self) { try values([(line, .set)]) }
        #expect(problem?.description.contains(says) == true, "\(problem?.description ?? "")")
    }

    @Test func `JSON that is none is refused`() throws {
        #expect(throws: Problem.self) { try values([("a={b}", .json)]) }
    }
}
