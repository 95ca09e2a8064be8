import Datasets
import Testing

/// What comes of an input depends on the input: not on how it is cut into readings, nor on how many threads work.
@Suite struct ReadingsTests {
    private struct Sample {
        var format: DatasetScrub.Format
        var text: String
        /// What it becomes, unless it is refused.
        var output: String?
    }

    private static let samples: [String: Sample] = [
        "mysql": Sample(
            format: .mysql,
            text: """
                CREATE TABLE `t` (`a` int, `b` text, `c` text);
                INSERT INTO `t` VALUES (1,'one','x') -- so far
                , (2,'it\\'s',NULL) /* two */, (3,'a b c d e f g h i j k l m n o p q r s t u v w x y z','z') # three
                ;
                INSERT INTO `t` VALUES (4,'four','x');
                INSERT INTO `t` VALUES (5,'five','x'),(6,'six','y');

                """),
        "postgres": Sample(
            format: .postgres,
            text: """
                CREATE TABLE t (a int, b text, c text);
                INSERT INTO t VALUES (1,'one','x') -- so far
                , (2,'it''s',NULL) /* two */, (3,E'a b c d e f g h i j k l m n o p q r s t u v w x y z','z')
                ON CONFLICT DO NOTHING;
                INSERT INTO t VALUES (4,'four','x') on conflict do nothing ;
                COPY t (a, b, c) FROM stdin;
                5\tfive\tx
                6\ta b c d e f g h i j k l m n o p q r s t u v w x y z\ty
                \\.

                """),
        "csv": Sample(
            format: .csv,
            text: "a,b,c\n1,one,x\n2,\"it\"\"s,\n\",\n3,a b c d e f g h i j k l m n o p q r s t u v,z\r\n4,four"),
        "ndjson": Sample(
            format: .ndjson, text: "{\"a\": 1}\n\n{\"a\": \"a b c d e f g h i j k l m n o p q r s t u v\"}\n[1]"),
        "json": Sample(
            format: .json, text: "{\"a\": [1, 2, {\"b\": \"a b c d e f g h i j k l m n o p q r s\"}],\n \"c\": 12345}\n"
        ),
    ]

    private static let planner = TestPlanner(
        rules: [".c": .drop, "t.c": .drop, ".b": .reverse, "t.b": .reverse], everything: .keep)

    @Test(arguments: samples.keys.sorted(), [16, 30, 100]) func `no cut shows`(name: String, blockSize: Int) throws {
        let sample = try #require(Self.samples[name])
        let whole = scrub(sample.text, as: sample.format, Self.planner, blockSize: blockSize)
        #expect(name == "csv" ? whole.message.contains("truncated") : whole.message == "")
        for piece in 1...40 {
            let cut = scrub(
                sample.text, as: sample.format, Self.planner, threads: 1 + piece % 2, piece: piece, blockSize: blockSize
            )
            #expect(cut.output == whole.output && cut.message == whole.message, "\(piece): \(cut.message)")
        }
    }

    @Test(arguments: samples.keys.sorted()) func `rows in small blocks are the rows in large ones`(name: String) throws
    {
        let sample = try #require(Self.samples[name])
        // Where columns are left out each block is a statement of its own, so none is here.
        let planner = TestPlanner(rules: [".b": .reverse, "t.b": .reverse], everything: .keep)
        let text = name == "csv" ? sample.text + ",\n" : sample.text
        let large = scrub(text, as: sample.format, planner)
        #expect(large.message == "")
        for blockSize in [10, 50] {
            #expect(scrub(text, as: sample.format, planner, blockSize: blockSize).output == large.output)
        }
    }

    /// The longest row is one row's length, whatever a reading shows beyond it.
    @Test(arguments: [39, 40, 41, 42, 80], [1, 7, 60, .max])
    func `a row's own length decides whether it is too long`(length: Int, piece: Int) {
        let text = "a\n\(String(repeating: "x", count: length - 1))\ny\n"
        let outcome = scrub(text, as: .csv, Self.planner, piece: piece, blockSize: 20, longestRow: 40)
        #expect(outcome.message.contains("a row is longer") == (length > 41), "\(outcome.message)")
    }

    /// Statements are read whole.
    @Test(arguments: [16 << 20, (16 << 20) + 1], [1_000_003, 5_000_011])
    func `a statement's own length decides whether it is too long`(length: Int, piece: Int) {
        let text = "SELECT setval('a', 1\(String(repeating: " ", count: length - 22)));\n"
        let outcome = scrub(text, as: .postgres, Self.planner, piece: piece)
        #expect(
            outcome.message.contains("a statement is longer than 16 MB") == (length > 16 << 20), "\(outcome.message)")
    }
}
