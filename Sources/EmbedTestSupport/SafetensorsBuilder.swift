// SPDX-License-Identifier: Apache-2.0

/// Builds safetensors files for tests, right or wrong.
package struct SafetensorsBuilder {
    /// The JSON header, exactly as it will stand in the file.
    package var header: String
    package var data: [UInt8]

    package init(header: String, data: [UInt8] = []) {
        self.header = header
        self.data = data
    }

    /// A right file with float32 tensors, in the order given.
    package init(tensors: [(name: String, shape: [Int], values: [Float])]) {
        var entries: [String] = []
        var data: [UInt8] = []
        for (name, shape, values) in tensors {
            let start = data.count
            for value in values { withUnsafeBytes(of: value.bitPattern.littleEndian) { data.append(contentsOf: $0) } }
            entries.append(
                "\"\(name)\":{\"dtype\":\"F32\",\"shape\":\(shape),\"data_offsets\":[\(start),\(data.count)]}")
        }
        self.data = data
        header = "{\(entries.joined(separator: ","))}"
    }

    /// The file; `headerLength` replaces the true length of the header.
    package func bytes(headerLength: UInt64? = nil) -> [UInt8] {
        let length = headerLength ?? UInt64(header.utf8.count)
        return withUnsafeBytes(of: length.littleEndian) { Array($0) } + Array(header.utf8) + data
    }
}
