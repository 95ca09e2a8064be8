import Glibc
import System

/// Writes the table that scrubbing is measured on: ten columns of what shops keep of people, the same bytes every time.
struct People {
    enum Form: String { case mysql, copy }

    let form: Form
    let rows: Int

    private static let first = ["Ada", "Bruno", "Chiara", "Dmitri", "Élise", "Farid", "Greta", "Hana", "Ivo", "Jördis"]
    private static let last = ["Almeida", "Brandt", "Costa", "D'Arcy", "Eriksson", "Fischer", "García", "Horváth"]
    private static let words = [
        "delivery", "was", "late", "and", "the", "customer", "asked", "for", "a", "refund", "call", "back", "in",
        "the", "morning", "prefers", "mail", "no", "reply", "yet", "address", "checked",
    ]

    /// A generator of chance that is the same everywhere (xorshift).
    private struct Chance {
        var state: UInt64
        mutating func next(_ bound: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(bound))
        }
    }

    func write(to path: String) throws {
        let file = try checked("open", on: path) { open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644) }
        defer { close(file) }
        var text = head
        var chance = Chance(state: 0x9E37_79B9_7F4A_7C15)
        for row in 1...rows {
            append(row, &chance, &text)
            if text.utf8.count > 1 << 20 {
                try flush(&text, to: file, path)
            }
        }
        text += tail
        try flush(&text, to: file, path)
    }

    private func flush(_ text: inout String, to file: Int32, _ path: String) throws {
        try text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = try checked("write", on: path) { Glibc.write(file, rest.baseAddress, rest.count) }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
        text.removeAll(keepingCapacity: true)
    }

    private var head: String {
        switch form {
        case .mysql:
            """
            -- MySQL dump 10.13  Distrib 8.0.36, for Linux (x86_64)
            --
            /*!40101 SET NAMES utf8mb4 */;
            CREATE TABLE `people` (
              `id` int NOT NULL AUTO_INCREMENT,
              `first_name` varchar(60) NOT NULL,
              `last_name` varchar(60) NOT NULL,
              `email` varchar(120) NOT NULL,
              `phone` varchar(30) NOT NULL,
              `card` varchar(20) DEFAULT NULL,
              `born` date NOT NULL,
              `address` varchar(45) NOT NULL,
              `notes` text NOT NULL,
              `updated` datetime NOT NULL,
              PRIMARY KEY (`id`),
              UNIQUE KEY `email` (`email`)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
            LOCK TABLES `people` WRITE;

            """
        case .copy:
            """
            --
            -- PostgreSQL database dump
            --

            SET standard_conforming_strings = on;

            CREATE TABLE public.people (
                id integer NOT NULL,
                first_name character varying(60) NOT NULL,
                last_name character varying(60) NOT NULL,
                email character varying(120) NOT NULL,
                phone character varying(30) NOT NULL,
                card character varying(20),
                born date NOT NULL,
                address inet NOT NULL,
                notes text NOT NULL,
                updated timestamp without time zone NOT NULL
            );

            COPY public.people (id, first_name, last_name, email, phone, card, born, address, notes, updated) FROM stdin;

            """
        }
    }

    private var tail: String {
        switch form {
        case .mysql:
            """
            ;
            UNLOCK TABLES;

            -- Dump completed on 2026-01-02  3:04:05

            """
        case .copy:
            """
            \\.


            ALTER TABLE ONLY public.people
                ADD CONSTRAINT people_pkey PRIMARY KEY (id);
            ALTER TABLE ONLY public.people
                ADD CONSTRAINT people_email_key UNIQUE (email);

            --
            -- PostgreSQL database dump complete
            --


            """
        }
    }

    private func append(_ row: Int, _ chance: inout Chance, _ text: inout String) {
        let first = Self.first[chance.next(Self.first.count)]
        let last = Self.last[chance.next(Self.last.count)]
        let email = "\(first.lowercased()).\(row)@mail\(chance.next(900)).example.com"
        let phone = "+351 9\(10 + chance.next(89)) \(100 + chance.next(899)) \(100 + chance.next(899))"
        let card = self.card(&chance)
        let born = "\(1940 + chance.next(65))-\(two(1 + chance.next(12)))-\(two(1 + chance.next(28)))"
        let address = "\(1 + chance.next(222)).\(chance.next(256)).\(chance.next(256)).\(chance.next(256))"
        var notes = "order \(row)"
        for _ in 0..<(8 + chance.next(18)) { notes += " " + Self.words[chance.next(Self.words.count)] }
        let updated =
            "2025-\(two(1 + chance.next(12)))-\(two(1 + chance.next(28))) \(two(chance.next(24))):\(two(chance.next(60))):00"
        switch form {
        case .copy:
            text +=
                "\(row)\t\(first)\t\(last)\t\(email)\t\(phone)\t\(card)\t\(born)\t\(address)\t\(notes)\t\(updated)\n"
        case .mysql:
            // mysqldump's rows come in statements of about a megabyte.
            text += row % 4200 == 1 ? (row == 1 ? "" : ";\n") + "INSERT INTO `people` VALUES " : ","
            let escaped = last == "D'Arcy" ? "D\\'Arcy" : last
            text +=
                "(\(row),'\(first)','\(escaped)','\(email)','\(phone)','\(card)','\(born)','\(address)','\(notes)','\(updated)')"
        }
    }

    private func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    /// Sixteen digits whose last one fits (Luhn).
    private func card(_ chance: inout Chance) -> String {
        var digits = [4] + (0..<14).map { _ in chance.next(10) }
        let sum = digits.reversed().enumerated().reduce(0) { sum, digit in
            let doubled = digit.offset % 2 == 0 ? digit.element * 2 : digit.element
            return sum + (doubled > 9 ? doubled - 9 : doubled)
        }
        digits.append((10 - sum % 10) % 10)
        return digits.map(String.init).joined()
    }
}
