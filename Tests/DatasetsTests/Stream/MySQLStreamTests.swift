import Datasets
import Document
import Testing

@Suite struct MySQLStreamTests {
    private static let dump = #"""
        /*M!999999\- enable the sandbox mode */
        -- MySQL dump 10.13  Distrib 8.0.36, for Linux (x86_64)
        --
        -- Host: db.prod.internal    Database: shop
        -- ------------------------------------------------------
        /*!40101 SET NAMES utf8mb4 */;

        DROP TABLE IF EXISTS `people`;
        CREATE TABLE `people` (
          `id` int unsigned NOT NULL AUTO_INCREMENT,
          `name` varchar(45) NOT NULL COMMENT 'a;b',
          `photo` blob,
          PRIMARY KEY (`id`),
          KEY `by_name` (`name`)
        ) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4;

        LOCK TABLES `people` WRITE;
        /*!40000 ALTER TABLE `people` DISABLE KEYS */;
        INSERT INTO `people` VALUES (1,'O\'Ne\\il;\n)',NULL),(2,'Bob',_binary 'a\0b'),(3,"Cy",0xFFD8),
        (4,_utf8mb4'D',/*!50705 X'0a0B'*/);
        /*!40000 ALTER TABLE `people` ENABLE KEYS */;
        UNLOCK TABLES;
        DELIMITER ;;
        /*!50003 CREATE*/ /*!50017 DEFINER=`root`@`10.0.0.7`*/ /*!50003 TRIGGER `t` BEFORE INSERT ON `people`
          FOR EACH ROW BEGIN SET NEW.name = 'x;y'; END */;;
        DELIMITER ;

        -- Dump completed on 2026-01-02  3:04:05

        """#

    @Test func `nothing goes out before the whole input has been accepted`() {
        let other = "CREATE TABLE `t` (`a` int);\nINSERT INTO `t` VALUES (1);\n"
        let drift = Self.dump.replacing("DELIMITER ;;", with: other + "DELIMITER ;;")
        let planner = TestPlanner(rules: ["people.id": .keep, "people.name": .reverse, "people.photo": .keep])
        let outcome = scrub(drift, as: .mysql, planner)
        #expect(outcome.message == "t.a is undecided")
        #expect(outcome.output == "")
        let unspooled = scrub(drift, as: .mysql, planner, isUnspooled: true)
        #expect(unspooled.message == "t.a is undecided")
        #expect(unspooled.output.contains("(2,'boB',"))
        #expect(unspooled.output.contains("SIGNAL SQLSTATE '45000'"))
    }

    @Test(arguments: [1, 2]) func `what is kept stays, and hosts and accounts go`(threads: Int) {
        let outcome = scrub(Self.dump, as: .mysql, TestPlanner(everything: .keep), threads: threads)
        #expect(outcome.message == "")
        #expect(!outcome.output.contains("db.prod.internal"))
        #expect(!outcome.output.contains("10.0.0.7"))
        let rows = Self.dump.split(separator: "\n").filter { $0.hasPrefix("INSERT") || $0.hasPrefix("(4") }
        for row in rows { #expect(outcome.output.contains(row)) }
        #expect(outcome.output.contains("TRIGGER `t`"))
        #expect(outcome.counts?.rowsOut == 4)
    }

    @Test func `values of all forms are decoded and written again`() {
        let planner = TestPlanner(rules: ["people.name": .reverse, "people.photo": .reverse], everything: .keep)
        let outcome = scrub(Self.dump, as: .mysql, planner)
        #expect(outcome.message == "")
        #expect(outcome.output.contains(#"VALUES (1,')\n;li\\eN\'O',NULL),(2,'boB',_binary 'b\0a'),(3,'yC',X'D8FF'),"#))
        #expect(outcome.output.contains("(4,_utf8mb4'D',/*!50705 X'0B0A'*/);"))
    }

    @Test func `remapped keys leave no counter behind`() {
        let outcome = scrub(Self.dump, as: .mysql, TestPlanner(rules: ["people.id": .shift], everything: .keep))
        #expect(!outcome.output.contains("AUTO_INCREMENT=4"))
        #expect(outcome.output.contains("(1000001,'O"))
    }

    @Test func `columns that are left out leave rows with a list of the others`() {
        let planner = TestPlanner(rules: ["people.photo": .drop], everything: .keep)
        let outcome = scrub(Self.dump, as: .mysql, planner)
        #expect(outcome.output.contains("INSERT INTO `people` (`id`, `name`) VALUES (1,'O\\'Ne"))
        #expect(outcome.output.contains("(4,_utf8mb4'D');"))
        #expect(!outcome.output.contains("`photo`"))
    }

    @Test func `a dump cut at any byte is reported as truncated`() {
        let bytes = Array(Self.dump.utf8)
        for end in bytes.indices {
            let outcome = scrub(Array(bytes[..<end]), as: .mysql, TestPlanner(everything: .keep))
            #expect(outcome.message.contains("truncated"), "cut at \(end): \(outcome.message)")
            #expect(outcome.output == "")
        }
    }

    @Test func `how the input is cut into readings, and how many threads work, does not matter`() {
        var rows = ""
        for row in 0..<60_000 { rows += "\(row == 0 ? "" : ",")(\(row),'name of \(row) \\' (',NULL)" }
        let many = Self.dump.replacing("VALUES (1,", with: "VALUES \(rows);\nINSERT INTO `people` VALUES (1,")
        let planner = TestPlanner(rules: ["people.name": .join("id")], everything: .keep)
        let whole = scrub(many, as: .mysql, planner)
        #expect(whole.message == "")
        #expect(whole.counts?.rowsOut == 60_004)
        #expect(whole.output.contains("(59999,'name of 59999 \\' (59999#59999',NULL);"))
        for threads in [1, 2, 3] {
            #expect(scrub(many, as: .mysql, planner, threads: threads, piece: 60_001).output == whole.output)
        }
        for piece in [1, 5, 13] {
            let small = scrub(Self.dump, as: .mysql, planner, piece: piece)
            #expect(small.output == scrub(Self.dump, as: .mysql, planner).output)
        }
    }

    /// A reading may end within any command, whose first bytes look like those of a statement.
    @Test(arguments: 1...24) func `commands are known wherever a reading ends`(piece: Int) {
        let dump = """
            DELIMITER $$
            CREATE TRIGGER `t` BEFORE INSERT ON `people` FOR EACH ROW BEGIN SET @a = 1; SET @b = 2; END $$
            delimiter ;
            # a comment
            REPLACE INTO `people` (`id`) VALUES (1);
            /*!40000 ALTER TABLE `people` ENABLE KEYS */;

            """
        let planner = TestPlanner(rules: ["people.id": .shift])
        let whole = scrub(dump, as: .mysql, planner)
        #expect(whole.message == "")
        #expect(whole.output == dump.replacing("# a comment\n", with: "").replacing("(1)", with: "(1000001)"))
        let cut = scrub(dump, as: .mysql, planner, threads: 2, piece: piece)
        #expect(cut.output == whole.output && cut.message == "")
    }

    /// Whoever loads it refuses it; reading it must come to an end all the same.
    @Test(arguments: ["CHECK", "CHECK x > 0", "CHECK (a", "CHECK NOT NULL CHECK"])
    func `a check without its parenthesis is no check`(check: String) {
        let dump = "CREATE TABLE `t` (`a` int \(check), `b` text);\nINSERT INTO `t` VALUES (1,'x');\n"
        let outcome = scrub(dump, as: .mysql, TestPlanner(rules: ["t.a": .keep, "t.b": .keep]))
        #expect(outcome.message.isEmpty == !check.contains("("), "\(outcome.message)")
    }

    @Test(arguments: ["DELIMITERX ;;\n", "/* c */ DELIMITER_ ;\n"]) func `what begins like a command is none`(
        text: String
    ) {
        let outcome = scrub(text, as: .mysql, TestPlanner(everything: .keep))
        #expect(outcome.message.contains("a statement of a kind that is not known"))
    }

    @Test func `rows that are left out do so without their commas`() {
        let planner = TestPlanner(everything: .keep, filters: ["people": ("name", "Bob")])
        let outcome = scrub(Self.dump, as: .mysql, planner)
        #expect(outcome.output.contains("INSERT INTO `people` VALUES (2,'Bob',_binary 'a\\0b');\n"))
        #expect(outcome.counts?.rowsOut == 1)
    }
}
