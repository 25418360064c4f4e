// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EmbedJSON

/// Where `embedder embed` puts vectors.
enum VectorWriter {
    /// One JSON object a line: `{"index":0,"id":…,"embedding":[…]}`; `id` only where the input had one.
    case jsonLines(OutputFile, written: Int)
    /// One NumPy array of float32, `[texts, dimension]`.
    case numpy(OutputFile, written: Int, dimension: Int)

    /// The writer for `path` by its extension; JSON lines on standard output when there is none.
    init(path: String?, dimension: Int) throws {
        guard let path else {
            self = .jsonLines(.standardOutput, written: 0)
            return
        }
        switch path.split(separator: ".").last {
        case "jsonl", "ndjson": self = .jsonLines(try OutputFile(path: path), written: 0)
        case "npy":
            let file = try OutputFile(path: path)
            try file.write(NumpyHeader.bytes(rows: 0, columns: dimension))
            self = .numpy(file, written: 0, dimension: dimension)
        default: throw ValidationError("--output is \"\(path)\"; expected a name that ends in .npy or .jsonl.")
        }
    }

    /// Appends the vectors of `sources`; `values` is `[sources, dimension]`.
    mutating func append(_ sources: [SourceText], values: [Float], dimension: Int) throws {
        switch self {
        case .jsonLines(let file, let written):
            var lines: [UInt8] = []
            for (row, source) in sources.enumerated() {
                var json = JSONWriter(reservingCapacity: dimension * 12 + 64)
                json.object { json in
                    json.member("index", written + row)
                    if let id = source.id { json.member("id") { $0.raw(id) } }
                    json.member("embedding") { $0.array(of: values[row * dimension..<(row + 1) * dimension]) }
                }
                lines += json.bytes
                lines.append(UInt8(ascii: "\n"))
            }
            try file.write(lines)
            self = .jsonLines(file, written: written + sources.count)
        case .numpy(let file, let written, _):
            try file.write(values.withUnsafeBytes { Array($0) })
            self = .numpy(file, written: written + sources.count, dimension: dimension)
        }
    }

    /// Completes the file.
    func finish() throws {
        switch self {
        case .jsonLines(let file, _):
            try file.commit()
        case .numpy(let file, let written, let dimension):
            try file.overwriteStart(NumpyHeader.bytes(rows: written, columns: dimension))
            try file.commit()
        }
    }
}

/// The first 128 bytes of a NumPy file.
///
/// Format: version 1.0 in https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html.
enum NumpyHeader {
    /// A header for a C-ordered array of little-endian float32, `[rows, columns]`; always of the same length, so that
    /// the number of rows can be put in at the end.
    static func bytes(rows: Int, columns: Int) -> [UInt8] {
        let byteCount = 128
        var header: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(byteCount - 10), 0]
        header += Array("{'descr': '<f4', 'fortran_order': False, 'shape': (\(rows), \(columns)), }".utf8)
        header += [UInt8](repeating: UInt8(ascii: " "), count: byteCount - 1 - header.count)
        header.append(UInt8(ascii: "\n"))
        return header
    }
}
