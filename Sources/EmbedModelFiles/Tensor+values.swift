// SPDX-License-Identifier: Apache-2.0

extension Tensor {
    /// A tensor of values that are in no file.
    package init(name: String, shape: [Int], values: [Float]) throws(ModelFileError) {
        let file = try MappedFile(copying: values, name: name)
        self.init(name: name, shape: shape, elementType: .float32, file: file, range: 0..<file.byteCount)
    }

    /// All elements of a small tensor as floats.
    ///
    /// - Throws: ``ModelFileError/tensorElementType(name:file:found:)`` when they are not of a floating type.
    package func numbers() throws(ModelFileError) -> [Float] {
        try withBytes { (bytes) throws(ModelFileError) in
            switch elementType {
            case .float32: (0..<count).map { bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self) }
            case .float64: (0..<count).map { Float(bytes.loadUnaligned(fromByteOffset: $0 * 8, as: Double.self)) }
            case .float16: (0..<count).map { Float(bytes.loadUnaligned(fromByteOffset: $0 * 2, as: Float16.self)) }
            case .bfloat16:
                (0..<count).map {
                    Float(bitPattern: UInt32(bytes.loadUnaligned(fromByteOffset: $0 * 2, as: UInt16.self)) << 16)
                }
            case .bool, .uint8, .int8, .float8E5M2, .float8E4M3, .int16, .uint16, .int32, .uint32, .int64, .uint64:
                throw ModelFileError.tensorElementType(name: name, file: fileName, found: elementType.rawValue)
            }
        }
    }

    /// All elements of a small tensor of 32-bit or 64-bit integers.
    ///
    /// - Throws: ``ModelFileError/tensorElementType(name:file:found:)`` when they are none.
    package func integers() throws(ModelFileError) -> [Int] {
        try withBytes { (bytes) throws(ModelFileError) in
            switch elementType {
            case .int32: (0..<count).map { Int(bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Int32.self)) }
            case .int64: (0..<count).map { Int(bytes.loadUnaligned(fromByteOffset: $0 * 8, as: Int64.self)) }
            case .bool, .uint8, .int8, .float8E5M2, .float8E4M3, .int16, .uint16, .uint32, .uint64, .float16,
                .bfloat16, .float32, .float64:
                throw ModelFileError.tensorElementType(name: name, file: fileName, found: elementType.rawValue)
            }
        }
    }
}
