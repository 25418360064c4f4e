// SPDX-License-Identifier: Apache-2.0

import EmbedJSON

/// One safetensors file: a JSON header that places tensors in the bytes after it.
///
/// Every bound is checked before any element is read: the header's length, each tensor's type, shape and size (without
/// overflow), that the tensors fill the rest of the file exactly, without holes or overlaps.
/// Format: https://huggingface.co/docs/safetensors.
package struct Safetensors: Sendable {
    /// By name.
    package let tensors: [String: Tensor]

    /// Longest accepted header; the format's own limit.
    private static let maxHeaderByteCount = 100_000_000
    /// Most dimensions of a tensor; no model has more than a few.
    private static let maxRank = 8

    /// Maps the file at `path`; `name` stands for it in errors.
    package init(path: String, name: String) throws(ModelFileError) {
        let file = try MappedFile(path: path, name: name)
        func fail(_ reason: String) -> ModelFileError { .invalidSafetensors(file: name, reason: reason) }

        guard file.byteCount >= 8 else {
            throw fail("it has \(file.byteCount) bytes; the header's length alone takes 8")
        }
        let declared = file.withBytes(in: 0..<8) { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
        guard declared >= 2, declared <= Self.maxHeaderByteCount else {
            throw fail("the header's length is \(declared); expected 2 to \(Self.maxHeaderByteCount)")
        }
        let dataStart = 8 + Int(declared)
        guard dataStart <= file.byteCount else {
            throw fail("the header ends at byte \(dataStart), the file at \(file.byteCount)")
        }
        let header: JSONDocument
        let headerBytes = file.withBytes(in: 8..<dataStart) { [UInt8]($0) }
        guard headerBytes.first == UInt8(ascii: "{") else { throw fail("the header does not start with {") }
        do throws(JSONError) {
            header = try JSONDocument(parsing: headerBytes, limits: .init(depth: 4, byteCount: Self.maxHeaderByteCount))
        } catch {
            throw .invalidJSON(file: name, error)
        }
        guard let members = header.root.members else { throw fail("the header is not an object") }

        var placed: [(range: Range<Int>, name: String)] = []
        var tensors: [String: Tensor] = [:]
        tensors.reserveCapacity(members.count)
        for (key, value) in members {
            if key == "__metadata__" {
                guard let entries = value.members, entries.allSatisfy({ $0.value.kind == .string }) else {
                    throw fail("__metadata__ is not an object of strings")
                }
                continue
            }
            let (elementType, shape, offsets) = try Self.entry(value, key: key, file: name)
            guard offsets.upperBound <= file.byteCount - dataStart else {
                throw fail("tensor \"\(key)\" ends at byte \(offsets.upperBound) of \(file.byteCount - dataStart)")
            }
            let range = dataStart + offsets.lowerBound..<dataStart + offsets.upperBound
            placed.append((range, key))
            tensors[key] = Tensor(name: key, shape: shape, elementType: elementType, file: file, range: range)
        }

        placed.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
        var end = dataStart
        for (range, key) in placed {
            guard range.lowerBound == end else {
                throw fail(
                    "tensor \"\(key)\" starts at byte \(range.lowerBound - dataStart); expected \(end - dataStart)")
            }
            end = range.upperBound
        }
        guard end == file.byteCount else { throw fail("\(file.byteCount - end) bytes follow the last tensor") }
        self.tensors = tensors
    }

    /// Reads one tensor's entry of the header and checks its size against its type and shape.
    private static func entry(
        _ value: JSONValue, key: String, file: String
    ) throws(ModelFileError) -> (ElementType, [Int], Range<Int>) {
        func fail(_ reason: String) -> ModelFileError {
            .invalidSafetensors(file: file, reason: "tensor \"\(key)\": \(reason)")
        }
        guard let typeName = value["dtype"]?.string, let elementType = ElementType(rawValue: typeName) else {
            throw fail("dtype is \(value["dtype"]?.rawText ?? "missing")")
        }
        guard let dimensions = value["shape"]?.elements, dimensions.count <= maxRank else {
            throw fail("shape is not a list of at most \(maxRank) numbers")
        }
        var shape: [Int] = []
        var byteCount = elementType.byteCount
        for dimension in dimensions {
            guard let size = dimension.int, size >= 0 else { throw fail("shape holds \(dimension.rawText)") }
            let (product, overflow) = byteCount.multipliedReportingOverflow(by: size)
            guard !overflow else { throw fail("its size overflows") }
            byteCount = product
            shape.append(size)
        }
        guard let offsets = value["data_offsets"]?.elements.map({ $0.map(\.int) }), offsets.count == 2,
            let start = offsets[0], let end = offsets[1], start >= 0, start <= end
        else {
            throw fail("data_offsets are not two ascending numbers")
        }
        guard end - start == byteCount else {
            throw fail("data_offsets span \(end - start) bytes; \(typeName) of shape \(shape) takes \(byteCount)")
        }
        return (elementType, shape, start..<end)
    }
}
