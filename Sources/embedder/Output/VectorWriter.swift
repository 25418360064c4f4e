// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EmbedEngine
import EmbedJSON

/// Where `embedder embed` puts vectors.
struct VectorWriter {
    private enum Format {
        /// One JSON object a line: `{"index":0,"id":…,"embedding":[…]}`; `id` only where the input had one.
        case jsonLines
        /// One NumPy array, `[texts, numbers of a vector]`.
        case numpy
    }

    private let file: OutputFile
    private let format: Format
    private let type: OutputType
    /// Components of a vector before it becomes `type`.
    private let dimension: Int
    private var written = 0

    /// The writer for `path` by its extension; JSON lines on standard output when there is none.
    init(path: String?, dimension: Int, type: OutputType) throws {
        self.dimension = dimension
        self.type = type
        guard let path else {
            (file, format) = (.standardOutput, .jsonLines)
            return
        }
        switch path.split(separator: ".").last {
        case "jsonl", "ndjson": (file, format) = (try OutputFile(path: path), .jsonLines)
        case "npy":
            (file, format) = (try OutputFile(path: path), .numpy)
            try file.write(header)
        default: throw ValidationError("--output is \"\(path)\"; expected a name that ends in .npy or .jsonl.")
        }
    }

    /// Appends the vectors of `sources`; `values` is `[sources, dimension]`.
    mutating func append(_ sources: [SourceText], values: [Float]) throws {
        var bytes: [UInt8] = []
        for (row, source) in sources.enumerated() {
            let vector = values[row * dimension..<(row + 1) * dimension]
            switch format {
            case .jsonLines: bytes += line(source, index: written + row, vector)
            case .numpy:
                if let quantized = QuantizedVector(vector, as: type) {
                    bytes += quantized.bytes
                } else {
                    vector.withUnsafeBytes { bytes += $0 }
                }
            }
        }
        try file.write(bytes)
        written += sources.count
    }

    private func line(_ source: SourceText, index: Int, _ vector: ArraySlice<Float>) -> [UInt8] {
        var json = JSONWriter(reservingCapacity: dimension * 12 + 64)
        json.object { json in
            json.member("index", index)
            if let id = source.id { json.member("id") { $0.raw(id) } }
            json.member("embedding") { json in
                switch QuantizedVector(vector, as: type) {
                case nil: json.array(of: vector)
                case .signed(let numbers): json.array { json in numbers.forEach { json.int(Int($0)) } }
                case .unsigned(let numbers): json.array { json in numbers.forEach { json.int(Int($0)) } }
                }
            }
        }
        return json.bytes + [UInt8(ascii: "\n")]
    }

    /// Completes the file.
    func finish() throws {
        if case .numpy = format { try file.overwriteStart(header) }
        try file.commit()
    }

    private var header: [UInt8] {
        NumpyHeader.bytes(rows: written, columns: type.count(dimension: dimension), type: type)
    }
}

/// The first 128 bytes of a NumPy file.
///
/// Format: version 1.0 in https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html.
enum NumpyHeader {
    /// A header for a C-ordered array of `type`, `[rows, columns]`; always of the same length, so that the number of rows
    /// can be put in at the end.
    static func bytes(rows: Int, columns: Int, type: OutputType) -> [UInt8] {
        let name =
            switch type {
            case .float: "<f4"
            case .int8, .binary: "|i1"
            case .uint8, .ubinary: "|u1"
            }
        let byteCount = 128
        var header: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(byteCount - 10), 0]
        header += Array("{'descr': '\(name)', 'fortran_order': False, 'shape': (\(rows), \(columns)), }".utf8)
        header += [UInt8](repeating: UInt8(ascii: " "), count: byteCount - 1 - header.count)
        header.append(UInt8(ascii: "\n"))
        return header
    }
}
