// SPDX-License-Identifier: Apache-2.0

/// The first directory of a TIFF, which is what EXIF is.
///
/// Follows `ImageFileDirectory_v2` in Pillow's TiffImagePlugin.py, in what it passes over and where it gives up too.
struct TIFFDirectory {
    /// A number's type, as TIFF numbers it.
    enum NumberType: Int {
        case byte = 1
        case ascii = 2
        case short = 3
        case long = 4
        case rational = 5
        case signedByte = 6
        case undefined = 7
        case signedShort = 8
        case signedLong = 9
        case signedRational = 10
        case float = 11
        case double = 12
        case directory = 13
        case long8 = 16

        var byteCount: Int {
            switch self {
            case .byte, .ascii, .signedByte, .undefined: 1
            case .short, .signedShort: 2
            case .long, .signedLong, .float, .directory: 4
            case .rational, .signedRational, .double, .long8: 8
            }
        }
    }

    /// Where the numbers of a tag are; there is at least one.
    struct Field: Equatable {
        let type: NumberType
        let offset: Int
    }

    private let bytes: [UInt8]
    private let isBigEndian: Bool

    /// Begins with a TIFF's header; `nil` without one.
    ///
    /// Headers whose 42 is in the other order are taken, as is a big-endian 43. Of little-endian 43, a BigTIFF, Pillow
    /// reads too short a header, and fails.
    init?(of bytes: [UInt8]) {
        guard bytes.count >= 8 else { return nil }
        switch bytes.bigEndian(at: 0, byteCount: 4) {
        case 0x4D4D_002A, 0x4D4D_2A00, 0x4D4D_002B: isBigEndian = true
        case 0x4949_2A00, 0x4949_002A: isBigEndian = false
        default: return nil
        }
        self.bytes = bytes
    }

    /// The first field of the tag that has numbers of a known type.
    ///
    /// None where a field before it lies outside the file: there the directory ends. Fields that together are larger than
    /// the file are passed over.
    ///
    /// - Complexity: O(fields), which are at most 65,535.
    func field(_ tag: Int) -> Field? {
        guard let start = number(at: 4, byteCount: 4), let count = number(at: start, byteCount: 2) else { return nil }
        var seen: Set<Int> = []
        var outsideByteCount = 0
        for entry in stride(from: start + 2, to: start + 2 + 12 * count, by: 12) {
            guard let name = number(at: entry, byteCount: 2), let kind = number(at: entry + 2, byteCount: 2),
                let valueCount = number(at: entry + 4, byteCount: 4), let value = number(at: entry + 8, byteCount: 4)
            else { return nil }
            guard !seen.contains(name), let type = NumberType(rawValue: kind) else { continue }
            let byteCount = valueCount * type.byteCount
            var offset = entry + 8
            if byteCount > 4 {
                outsideByteCount += byteCount
                guard outsideByteCount <= bytes.count else { continue }
                guard value <= bytes.count - byteCount else { return nil }
                offset = value
            }
            guard byteCount > 0 else { continue }
            if name == tag { return Field(type: type, offset: offset) }
            seen.insert(name)
        }
        return nil
    }

    /// The first number of a field, if it is a whole one; text and raw bytes are none.
    func wholeNumber(of field: Field) -> Int? {
        let offset = field.offset
        switch field.type {
        case .byte, .ascii, .undefined: return nil
        case .short: return number(at: offset, byteCount: 2)
        case .long, .directory: return number(at: offset, byteCount: 4)
        case .long8: return number(at: offset, byteCount: 8)
        case .signedByte: return number(at: offset, byteCount: 1).map { Int(Int8(truncatingIfNeeded: $0)) }
        case .signedShort: return number(at: offset, byteCount: 2).map { Int(Int16(truncatingIfNeeded: $0)) }
        case .signedLong: return number(at: offset, byteCount: 4).map { Int(Int32(truncatingIfNeeded: $0)) }
        case .rational: return quotient(at: offset) { $0 }
        case .signedRational: return quotient(at: offset) { Int(Int32(truncatingIfNeeded: $0)) }
        case .float:
            return number(at: offset, byteCount: 4).flatMap {
                Int(exactly: Float(bitPattern: UInt32(truncatingIfNeeded: $0)))
            }
        case .double:
            return number(at: offset, byteCount: 8).flatMap {
                Int(exactly: Double(bitPattern: UInt64(bitPattern: Int64($0))))
            }
        }
    }

    private func quotient(at offset: Int, sign: (Int) -> Int) -> Int? {
        guard let numerator = number(at: offset, byteCount: 4), let denominator = number(at: offset + 4, byteCount: 4)
        else { return nil }
        let divisor = sign(denominator)
        guard divisor != 0, sign(numerator).isMultiple(of: divisor) else { return nil }
        return sign(numerator) / divisor
    }

    /// Unsigned; `nil` past the end.
    private func number(at offset: Int, byteCount: Int) -> Int? {
        isBigEndian
            ? bytes.bigEndian(at: offset, byteCount: byteCount) : bytes.littleEndian(at: offset, byteCount: byteCount)
    }
}
