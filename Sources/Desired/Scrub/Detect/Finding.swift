/// A place in a text that holds a secret or a personal datum. It says where and of what type, never what.
package struct Finding: Sendable, Hashable {
    /// What a detector looks for.
    package enum Family: String, Sendable, Hashable, CaseIterable {
        case secret
        case personal
    }

    /// `github-pat`, `payment-card`, `email`: see `DetectorCatalog`.
    package var type: String
    package var family: Family
    /// In bytes of the text. An encoded secret is the whole encoded text.
    package var range: Range<Int>

    package init(type: String, family: Family, range: Range<Int>) {
        self.type = type
        self.family = family
        self.range = range
    }
}

extension [Finding] {
    /// In the order of the text, and of findings that overlap only the narrowest: a key in a connection string says
    /// more than the string.
    func resolved() -> [Finding] {
        guard count > 1 else { return self }
        let all = sorted {
            $0.range.lowerBound != $1.range.lowerBound
                ? $0.range.lowerBound < $1.range.lowerBound : $0.range.upperBound < $1.range.upperBound
        }
        var resolved: [Finding] = []
        resolved.reserveCapacity(count)
        var first = 0
        while first < all.count {
            var end = all[first].range.upperBound
            var next = first + 1
            while next < all.count, all[next].range.lowerBound < end {
                end = Swift.max(end, all[next].range.upperBound)
                next += 1
            }
            if next == first + 1 {
                resolved.append(all[first])
            } else {
                resolved += Array(all[first..<next]).narrowest()
            }
            first = next
        }
        return resolved
    }

    /// Of findings that overlap, in a chain, the narrow ones.
    private func narrowest() -> [Finding] {
        guard count > 1 else { return self }
        let byWidth = sorted {
            ($0.range.count, $0.range.lowerBound, $0.type) < ($1.range.count, $1.range.lowerBound, $1.type)
        }
        var taken = DisjointRanges()
        return byWidth.filter { taken.insert($0.range) }.sorted { $0.range.lowerBound < $1.range.lowerBound }
    }
}

/// Ranges that do not overlap, sorted.
struct DisjointRanges {
    private var ranges: [Range<Int>] = []

    var isEmpty: Bool { ranges.isEmpty }

    /// - Returns: false where `range` overlaps one that is there.
    mutating func insert(_ range: Range<Int>) -> Bool {
        let position = firstIndex(endingAfter: range.lowerBound)
        if position < ranges.count, ranges[position].lowerBound < range.upperBound { return false }
        ranges.insert(range, at: position)
        return true
    }

    func contains(_ place: Int) -> Bool {
        let position = firstIndex(endingAfter: place)
        return position < ranges.count && ranges[position].contains(place)
    }

    private func firstIndex(endingAfter place: Int) -> Int {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound <= place { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
