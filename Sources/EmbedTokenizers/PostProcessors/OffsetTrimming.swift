// SPDX-License-Identifier: Apache-2.0

/// Takes the spaces of byte-level tokens out of their offsets: `trim_offsets`.
///
/// Follows `process_offsets` of Hugging Face `tokenizers`, which counts the spaces that a token is spelled with and moves
/// its offsets by as many characters of the text, whatever stands there.
struct OffsetTrimming: Sendable {
    /// How many spaces, or "Ġ", a token is spelled with.
    struct Spaces: Sendable {
        let leading: Int
        let trailing: Int

        init(in spelling: Span<UInt8>) {
            var (first, last) = (0, spelling.count)
            var leading = 0
            while first < spelling.count {
                let (scalar, length) = UTF8Decoding.scalar(spelling, at: first)
                guard Self.isSpace(scalar) else { break }
                first += length
                leading += 1
            }
            var trailing = 0
            while last > 0 {
                let start = UTF8Decoding.previousStart(spelling, before: last)
                guard Self.isSpace(UTF8Decoding.scalar(spelling, at: start).scalar) else { break }
                last = start
                trailing += 1
            }
            self.leading = leading
            self.trailing = trailing
        }

        private static func isSpace(_ scalar: UInt32) -> Bool {
            scalar == ByteAlphabet.scalars[0x20] || UnicodeTables.shared.properties(of: scalar).isWhitespace
        }
    }

    /// Whether one space of a token that begins the text, or comes first, was put there by the pre-tokenizer.
    let addsPrefixSpace: Bool
    /// How many special tokens stand before the text by the time of trimming.
    var prefixCount = 0

    /// - Parameters:
    ///   - offsets: Offset of a token, to be trimmed.
    ///   - spaces: What the token is spelled with.
    ///   - index: Number of the token among those that the text has left after truncation.
    ///   - text: What the offsets count.
    func trim(_ offsets: inout Range<Int>, _ spaces: Spaces, at index: Int, in text: Span<UInt8>) {
        var (start, end) = (offsets.lowerBound, offsets.upperBound)
        var leading = spaces.leading
        if leading > 0, addsPrefixSpace, index + prefixCount == 0 || start == 0 { leading -= 1 }
        for _ in 0..<leading where start < end { start += UTF8Decoding.scalar(text, at: start).length }
        start = min(start, end)
        var trimmed = end
        for _ in 0..<spaces.trailing {
            // A token that would end before the text begins is left alone.
            guard trimmed > 0 else {
                trimmed = end
                break
            }
            trimmed = UTF8Decoding.previousStart(text, before: trimmed)
        }
        end = max(trimmed, start)
        offsets = start..<end
    }
}
