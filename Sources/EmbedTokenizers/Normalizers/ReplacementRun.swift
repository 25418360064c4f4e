// SPDX-License-Identifier: Apache-2.0

/// Scalars on their way into an ``AlignedText``, the last one held back because its change is not final.
///
/// Follows `replace` in precompiled.rs of Hugging Face `tokenizers`: what a replacement has less than its source is taken
/// from the scalar before, even from that of another replacement. What is removed before any scalar is forgotten, so that
/// all sources after it lag behind: a fault of the reference that offsets have to share.
struct ReplacementRun {
    private var sources: SourceCursor
    private var held: (scalar: UInt32, change: Int)?

    init(_ range: Range<Int>) {
        sources = SourceCursor(range)
    }

    mutating func append(_ scalar: UInt32, change: Int, _ text: Span<UInt8>, to output: inout AlignedText) {
        guard output.isAligned else {
            output.append(scalar, from: 0..<0)
            return
        }
        finish(text, to: &output)
        held = (scalar, change)
    }

    /// Appends a replacement, a range of `bytes`, for some scalars of the source.
    mutating func replace(
        _ scalarCount: Int, by bytes: Span<UInt8>, _ replacement: Range<Int>, _ text: Span<UInt8>,
        to output: inout AlignedText
    ) {
        var newCount = 0
        var position = replacement.lowerBound
        while position < replacement.upperBound {
            position += UTF8Decoding.scalar(bytes, at: position).length
            newCount += 1
        }
        var index = 0
        position = replacement.lowerBound
        while position < replacement.upperBound {
            let (scalar, length) = UTF8Decoding.scalar(bytes, at: position)
            append(scalar, change: index < scalarCount ? 0 : 1, text, to: &output)
            index += 1
            position += length
        }
        if newCount < scalarCount, let last = held { held = (last.scalar, last.change + newCount - scalarCount) }
    }

    /// Sends out the scalar that is held back.
    mutating func finish(_ text: Span<UInt8>, to output: inout AlignedText) {
        guard let last = held else { return }
        output.append(last.scalar, from: sources.source(change: last.change, in: text))
        held = nil
    }
}
