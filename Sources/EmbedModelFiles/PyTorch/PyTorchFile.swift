// SPDX-License-Identifier: Apache-2.0

/// One file that `torch.save` wrote with the weights of a model, such as `pytorch_model.bin`.
///
/// Since PyTorch 1.6 it is a ZIP archive: `data.pkl` describes the tensors, `data/<key>` are their storages. Before, it
/// was a row of pickles with the storages behind them. Only little-endian files of plain weights are read.
struct PyTorchFile {
    /// By name.
    let tensors: [String: Tensor]

    /// A checkpoint describes a tensor in some hundred bytes.
    private static let maxPickleByteCount = 64 << 20
    /// PyTorch's magic number as a pickle: protocol 2, a number of ten bytes, the end.
    private static let magic: [UInt8] = [
        0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
    ]

    /// Maps the file at `path`; `name` stands for it in errors.
    init(path: String, name: String) throws(ModelFileError) {
        let file = try MappedFile(path: path, name: name)
        let start = file.withBytes(in: 0..<min(file.byteCount, Self.magic.count)) { [UInt8]($0) }
        tensors = start == Self.magic ? try Self.rowOfPickles(in: file) : try Self.archive(in: file)
    }

    private static func failure(_ file: MappedFile, _ reason: String) -> ModelFileError {
        .invalidPyTorch(file: file.name, reason: reason)
    }

    // MARK: ZIP archives

    private static func archive(in file: MappedFile) throws(ModelFileError) -> [String: Tensor] {
        let entries = try StoredArchive(file).entries
        // The archive's folder is called as the file was when it was saved.
        let suffix = "/data.pkl"
        guard let name = entries.keys.first(where: { $0.hasSuffix(suffix) }), let pickle = entries[name] else {
            throw failure(file, "it has no data.pkl")
        }
        let folder = name.dropLast(suffix.count)
        if let order = entries["\(folder)/byteorder"],
            file.withBytes(in: order, { [UInt8]($0) }) != Array("little".utf8)
        {
            throw failure(file, "its numbers are not little-endian")
        }
        guard pickle.count <= maxPickleByteCount else {
            throw failure(file, "data.pkl has more than \(maxPickleByteCount) bytes")
        }
        var reader = PickleReader(file.withBytes(in: pickle) { [UInt8]($0) })
        let described = try tensors(try value(of: &reader, file), file)
        return try place(described, file) { storage in entries["\(folder)/data/\(storage.key)"] }
    }

    // MARK: Rows of pickles

    private static func rowOfPickles(in file: MappedFile) throws(ModelFileError) -> [String: Tensor] {
        let head = file.withBytes(in: 0..<min(file.byteCount, maxPickleByteCount)) { [UInt8]($0) }
        var reader = PickleReader(head, position: magic.count)
        guard case .int(1001) = try value(of: &reader, file) else { throw failure(file, "its version is unknown") }
        guard case .dictionary(let machine) = try value(of: &reader, file), machine.flags["little_endian"] == true
        else {
            throw failure(file, "its numbers are not little-endian")
        }
        let described = try tensors(try value(of: &reader, file), file)
        guard case .list(let keys) = try value(of: &reader, file) else {
            throw failure(file, "it does not say which storages follow")
        }
        var types: [String: ElementType] = [:]
        for tensor in described.values { types[tensor.storage.key] = tensor.storage.elementType }
        var storages: [String: Range<Int>] = [:]
        var position = reader.position
        for key in keys.strings {
            guard let type = types[key] else { throw failure(file, "storage \(key) belongs to no tensor") }
            // First the number of elements, then the elements.
            guard position <= file.byteCount - 8 else { throw failure(file, "it ends before storage \(key)") }
            let count = file.withBytes(in: position..<position + 8) {
                Int(clamping: UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)))
            }
            let (byteCount, overflow) = count.multipliedReportingOverflow(by: type.byteCount)
            guard !overflow, byteCount <= file.byteCount - position - 8 else {
                throw failure(file, "it ends inside storage \(key)")
            }
            storages[key] = position + 8..<position + 8 + byteCount
            position += 8 + byteCount
        }
        return try place(described, file) { storages[$0.key] }
    }

    // MARK: Both

    private static func value(of reader: inout PickleReader, _ file: MappedFile) throws(ModelFileError) -> PickleValue {
        do throws(PickleError) {
            return try reader.read()
        } catch {
            throw failure(file, "\(error.reason) (byte \(error.offset) of its pickle)")
        }
    }

    private static func tensors(
        _ value: PickleValue, _ file: MappedFile
    ) throws(ModelFileError) -> [String: StoredTensor] {
        guard case .dictionary(let dictionary) = value, !dictionary.tensors.isEmpty else {
            throw failure(file, "it is no dictionary of tensors")
        }
        return dictionary.tensors
    }

    /// The tensors with their places in the file; `range` tells where a storage is.
    private static func place(
        _ described: [String: StoredTensor], _ file: MappedFile, _ range: (TensorStorage) -> Range<Int>?
    ) throws(ModelFileError) -> [String: Tensor] {
        var tensors: [String: Tensor] = [:]
        tensors.reserveCapacity(described.count)
        for (name, stored) in described {
            let elementByteCount = stored.storage.elementType.byteCount
            guard let storage = range(stored.storage), stored.storage.count <= storage.count / elementByteCount else {
                throw failure(file, "the storage of tensor \"\(name)\" is missing or too short")
            }
            let start = storage.lowerBound + stored.offset * elementByteCount
            tensors[name] = Tensor(
                name: name, shape: stored.shape, elementType: stored.storage.elementType, file: file,
                range: start..<start + stored.count * elementByteCount)
        }
        return tensors
    }
}
