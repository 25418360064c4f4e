// SPDX-License-Identifier: Apache-2.0

/// Canonical composition: letters and their marks become one character where Unicode has it.
struct NFC: Sendable {
    private let tables = UnicodeTables.shared
    private let compositions = Compositions.shared

    func append(_ text: Span<UInt8>, _ range: Range<Int>, to output: inout AlignedText) {
        var composer = Composer()
        var position = range.lowerBound
        while position < range.upperBound {
            if text[position] < 0x80, composer.marks.isEmpty {
                var end = position + 1
                while end < range.upperBound, text[end] < 0x80 { end += 1 }
                composer.flush(to: &output)
                // The last one may still compose with what follows.
                _ = output.appendASCII(text, position..<end - 1)
                composer.addSource(end - 1..<end, isAligned: output.isAligned)
                composer.add(UInt32(text[end - 1]), combiningClass: 0, change: 0, compositions, to: &output)
                position = end
                continue
            }
            let (scalar, length) = UTF8Decoding.scalar(text, at: position)
            composer.addSource(position..<position + length, isAligned: output.isAligned)
            decompose(scalar, with: &composer, to: &output)
            position += length
        }
        composer.addMarks(compositions, to: &output)
        composer.flush(to: &output)
    }

    /// Whether nothing before a scalar composes with it or moves behind it.
    func isBoundary(before scalar: UInt32) -> Bool {
        let properties = tables.properties(of: scalar)
        let first = tables.decomposition(properties).first ?? scalar
        return tables.properties(of: first).combiningClass == 0 && !compositions.isSecond(first)
    }

    private func decompose(_ scalar: UInt32, with composer: inout Composer, to output: inout AlignedText) {
        let properties = tables.properties(of: scalar)
        guard properties.hasDecomposition else {
            // Hangul syllables compose again to what they were.
            add(scalar, properties.combiningClass, change: 0, with: &composer, to: &output)
            return
        }
        var change = 0
        for part in tables.decomposition(properties) {
            add(part, tables.properties(of: part).combiningClass, change: change, with: &composer, to: &output)
            change = 1
        }
    }

    @inline(__always)
    private func add(
        _ scalar: UInt32, _ combiningClass: UInt8, change: Int, with composer: inout Composer,
        to output: inout AlignedText
    ) {
        if combiningClass != 0 {
            composer.marks.add(scalar, combiningClass, isFirst: change == 0)
            return
        }
        composer.addMarks(compositions, to: &output)
        composer.add(scalar, combiningClass: 0, change: change, compositions, to: &output)
    }

    /// Puts marks in order and composes, keeping sources the way the reference does.
    ///
    /// There every scalar carries a `change`: 0 takes the next source, 1 none, -n skips n more. A composed scalar has
    /// the sum of its parts' less one for each composition, whichever scalars the skipped sources belong to.
    private struct Composer {
        /// Marks not yet in order.
        var marks = CombiningMarks()
        /// The last starter, with which marks may still compose.
        private var starter: (scalar: UInt32, change: Int)?
        /// Marks behind the starter that did not compose with it.
        private var waiting: [(scalar: UInt32, change: Int)] = []
        private var lastClass: UInt8 = 0
        /// Sources not handed out yet, the next one at `nextSource`; unused without alignment.
        private var sources: [Range<Int>] = []
        private var nextSource = 0
        private var lastSource = 0..<0

        @inline(__always)
        mutating func addSource(_ source: Range<Int>, isAligned: Bool) {
            if isAligned { sources.append(source) }
        }

        /// Brings the marks into order and composes them.
        @inline(__always)
        mutating func addMarks(_ compositions: Compositions, to output: inout AlignedText) {
            if marks.isEmpty { return }
            marks.sort()
            for mark in marks.waiting {
                add(
                    mark.scalar, combiningClass: mark.combiningClass, change: mark.isFirst ? 0 : 1, compositions,
                    to: &output)
            }
            marks.removeAll()
        }

        mutating func add(
            _ scalar: UInt32, combiningClass: UInt8, change: Int, _ compositions: Compositions,
            to output: inout AlignedText
        ) {
            guard let starter else {
                if combiningClass == 0 {
                    self.starter = (scalar, change)
                } else {
                    emit(scalar, change, to: &output)
                }
                return
            }
            let isBlocked = !waiting.isEmpty && lastClass >= combiningClass
            if !isBlocked, let composed = compositions.compose(starter.scalar, scalar) {
                self.starter = (composed, starter.change + change - 1)
            } else if combiningClass == 0 {
                flush(to: &output)
                self.starter = (scalar, change)
            } else {
                waiting.append((scalar, change))
                lastClass = combiningClass
            }
        }

        /// Sends out the starter and its marks.
        @inline(__always)
        mutating func flush(to output: inout AlignedText) {
            guard let starter else { return }
            emit(starter.scalar, starter.change, to: &output)
            self.starter = nil
            if waiting.isEmpty { return }
            for mark in waiting { emit(mark.scalar, mark.change, to: &output) }
            waiting.removeAll(keepingCapacity: true)
        }

        private mutating func emit(_ scalar: UInt32, _ change: Int, to output: inout AlignedText) {
            guard output.isAligned else {
                output.append(scalar, from: 0..<0)
                return
            }
            if change > 0 || nextSource >= sources.count {
                output.append(scalar, from: lastSource)
                return
            }
            output.append(scalar, from: sources[nextSource])
            nextSource = min(nextSource + 1 - change, sources.count)
            lastSource = sources[nextSource - 1]
            if nextSource > 256 {
                sources.removeFirst(nextSource)
                nextSource = 0
            }
        }
    }
}
