// SPDX-License-Identifier: Apache-2.0

/// A named array in a mapped checkpoint file: row-major, little-endian.
package struct Tensor: Sendable {
    /// The name in the checkpoint.
    package let name: String
    package let shape: [Int]
    package let elementType: ElementType
    private let file: MappedFile
    private let range: Range<Int>

    init(name: String, shape: [Int], elementType: ElementType, file: MappedFile, range: Range<Int>) {
        self.name = name
        self.shape = shape
        self.elementType = elementType
        self.file = file
        self.range = range
    }

    /// The number of elements.
    package var count: Int { range.count / elementType.byteCount }

    /// The rows `range` of the first dimension, which must lie inside it.
    package func rows(_ range: Range<Int>) -> Tensor {
        precondition(range.lowerBound >= 0 && range.upperBound <= shape.first ?? 0)
        let rowByteCount = shape.dropFirst().reduce(elementType.byteCount, *)
        return Tensor(
            name: name, shape: [range.count] + shape.dropFirst(), elementType: elementType, file: file,
            range: self.range.lowerBound + range.lowerBound * rowByteCount..<self.range.lowerBound
                + range.upperBound * rowByteCount)
    }

    /// Element `index` of the first dimension, which must be one of it: a tensor without that dimension.
    package func element(_ index: Int) -> Tensor {
        let row = rows(index..<index + 1)
        return Tensor(
            name: name, shape: Array(shape.dropFirst()), elementType: elementType, file: file, range: row.range)
    }

    /// The name of the file the tensor is in.
    package var fileName: String { file.name }

    /// Calls `body` with the elements as they are stored, in ``elementType``; the pointer may be unaligned.
    package func withBytes<Result: ~Copyable, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try file.withBytes(in: range, body)
    }

    /// Lets the kernel drop the tensor's pages; reading it again brings them back.
    package func release() { file.release(range) }
}
