import FileTree
import Testing

@Suite struct TreePathTests {
    @Test(arguments: [
        ("", ""), (".", ""), ("a", "a"), ("./a//b/", "a/b"), ("a/../b", "b"), ("a/b/../../c", "c"), ("...", "..."),
    ])
    func `takes dots and doubled slashes out`(text: String, normal: String) throws {
        #expect(try #require(TreePath(text)).text == normal)
    }

    @Test(arguments: ["..", "a/../..", "/etc/passwd", "a/../../a", "a\0b", String(repeating: "a/", count: 3000)])
    func `refuses what leads out`(text: String) {
        #expect(TreePath(text) == nil)
    }

    @Test(arguments: [("../base", "apps/base"), ("../../b", "b"), ("x/y", "apps/web/x/y"), (".", "apps/web")])
    func `resolves a reference from its folder`(reference: String, result: String) throws {
        let folder = try #require(TreePath("apps/web"))
        let path = try #require(folder.resolving(reference))
        #expect(path.text == result)
        #expect(folder.resolving(folder.relative(to: path)) == path)
    }

    @Test func `knows its neighbours`() throws {
        let path = try #require(TreePath("apps/web/base"))
        #expect(path.name == "base")
        #expect(path.parent?.text == "apps/web")
        #expect(TreePath.root.parent == nil)
        #expect(try #require(TreePath("apps/web")).contains(path))
        #expect(!(try #require(TreePath("apps/we"))).contains(path))
        #expect(TreePath.root.contains(path))
    }
}
