// SPDX-License-Identifier: Apache-2.0

extension RGBImage {
    /// A part of the image resized to `width` × `height`, bit for bit as Pillow's `Image.resize` makes it.
    ///
    /// `columns` and `rows` are those of the resized image that are wanted: only they are computed, however large the whole
    /// would be.
    /// - Complexity: O(pixels of the source × the filter's width); memory for the source's rows at the result's width.
    package func resized(
        toWidth width: Int, height: Int, _ filter: ResampleFilter, columns: Range<Int>, rows: Range<Int>
    ) -> RGBImage {
        if width == self.width && height == self.height { return cropped(columns: columns, rows: rows) }
        if filter == .nearest {
            let x = NearestPixels.indices(from: self.width, to: width, window: columns)
            let y = NearestPixels.indices(from: self.height, to: height, window: rows)
            return picked(columns: x, rows: y)
        }
        // Of a direction in which nothing changes Pillow makes no pass.
        let across =
            width == self.width ? nil : ResampleWeights(filter, from: self.width, to: width, window: columns)
        let down = height == self.height ? nil : ResampleWeights(filter, from: self.height, to: height, window: rows)
        let sourceColumns = across?.sourceRange ?? columns
        let sourceRows = down?.sourceRange ?? rows
        // Each pass rounds to bytes, so that their order shows. Since Pillow 13 the vertical one is the first where the
        // height shrinks by more than twice as many pixels as the width; before, the horizontal one always was.
        if let across, let down {
            let isVerticalFirst = self.height - height > 2 * max(0, self.width - width)
            return isVerticalFirst
                ? resampledColumns(sourceColumns, down)
                    .resampledRows(0..<rows.count, across.shifted(by: sourceColumns.lowerBound))
                : resampledRows(sourceRows, across)
                    .resampledColumns(0..<columns.count, down.shifted(by: sourceRows.lowerBound))
        }
        if let across { return resampledRows(sourceRows, across) }
        if let down { return resampledColumns(sourceColumns, down) }
        return cropped(columns: columns, rows: rows)
    }

    /// A part of the image as it is.
    package func cropped(columns: Range<Int>, rows: Range<Int>) -> RGBImage {
        if columns == 0..<width && rows == 0..<height { return self }
        var part: [UInt8] = []
        part.reserveCapacity(columns.count * rows.count * 3)
        for row in rows {
            let start = row * width
            part += pixels[(start + columns.lowerBound) * 3..<(start + columns.upperBound) * 3]
        }
        return RGBImage(width: columns.count, height: rows.count, pixels: part)
    }

    /// Some pixels; black where there is none.
    private func picked(columns: [Int?], rows: [Int?]) -> RGBImage {
        var picked = [UInt8](repeating: 0, count: columns.count * rows.count * 3)
        var position = 0
        for row in rows {
            for column in columns {
                if let row, let column {
                    let source = (row * width + column) * 3
                    picked[position] = pixels[source]
                    picked[position + 1] = pixels[source + 1]
                    picked[position + 2] = pixels[source + 2]
                }
                position += 3
            }
        }
        return RGBImage(width: columns.count, height: rows.count, pixels: picked)
    }

    /// Pillow's horizontal pass over some rows.
    private func resampledRows(_ rows: Range<Int>, _ weights: ResampleWeights) -> RGBImage {
        let outputWidth = weights.starts.count
        var output = [UInt8](repeating: 0, count: outputWidth * rows.count * 3)
        // Pixels of one row, widened once rather than for every place that they go into.
        var row = [SIMD4<Int32>](repeating: .zero, count: width)
        let source = pixels.span
        let all = weights.weights.span
        let starts = weights.starts.span
        let offsets = weights.offsets.span
        var result = output.mutableSpan
        var position = 0
        for y in rows {
            Self.widen(source.extracting(y * width * 3..<(y + 1) * width * 3), into: &row)
            let row = row.span
            for place in 0..<outputWidth {
                let weights = all.extracting(offsets[place]..<offsets[place + 1])
                let pixels = row.extracting(starts[place]..<starts[place] + weights.count)
                var sum = SIMD4<Int32>(repeating: 1 << (ResampleWeights.fractionBits - 1))
                for index in 0..<weights.count { sum &+= pixels[index] &* weights[index] }
                result[position] = Self.clipped(sum.x)
                result[position + 1] = Self.clipped(sum.y)
                result[position + 2] = Self.clipped(sum.z)
                position += 3
            }
        }
        return RGBImage(width: outputWidth, height: rows.count, pixels: output)
    }

    /// Pillow's vertical pass over some columns.
    private func resampledColumns(_ columns: Range<Int>, _ weights: ResampleWeights) -> RGBImage {
        let rowLength = columns.count * 3
        let outputHeight = weights.starts.count
        var output = [UInt8](repeating: 0, count: rowLength * outputHeight)
        var sums = [Int32](repeating: 0, count: rowLength)
        let source = pixels.span
        var result = output.mutableSpan
        for place in 0..<outputHeight {
            for index in 0..<rowLength { sums[index] = 1 << (ResampleWeights.fractionBits - 1) }
            var row = weights.starts[place]
            for offset in weights.offsets[place]..<weights.offsets[place + 1] {
                let start = (row * width + columns.lowerBound) * 3
                Self.add(source.extracting(start..<start + rowLength), weights.weights[offset], to: &sums)
                row += 1
            }
            for index in 0..<rowLength { result[place * rowLength + index] = Self.clipped(sums[index]) }
        }
        return RGBImage(width: columns.count, height: outputHeight, pixels: output)
    }

    @inline(__always)
    private static func widen(_ bytes: Span<UInt8>, into row: inout [SIMD4<Int32>]) {
        var row = row.mutableSpan
        var position = 0
        for index in 0..<row.count {
            row[index] = SIMD4(Int32(bytes[position]), Int32(bytes[position + 1]), Int32(bytes[position + 2]), 0)
            position += 3
        }
    }

    @inline(__always)
    private static func add(_ bytes: Span<UInt8>, _ weight: Int32, to sums: inout [Int32]) {
        var sums = sums.mutableSpan
        guard bytes.count == sums.count else { return }
        for index in 0..<sums.count { sums[index] &+= Int32(bytes[index]) &* weight }
    }

    /// A sum as a byte: `clip8` of Pillow.
    @inline(__always)
    private static func clipped(_ sum: Int32) -> UInt8 {
        UInt8(truncatingIfNeeded: min(max(sum >> ResampleWeights.fractionBits, 0), 255))
    }
}
