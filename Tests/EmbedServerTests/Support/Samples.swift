// SPDX-License-Identifier: Apache-2.0

/// The samples of a page of metrics, each under its name with its labels as they are written.
struct Samples {
    /// Every line that isn't a comment.
    private(set) var values: [String: Double] = [:]
    /// Names to types, of every TYPE line.
    private(set) var types: [String: String] = [:]

    init(_ page: String) {
        for line in page.split(separator: "\n") {
            let words = line.split(separator: " ")
            if line.hasPrefix("# TYPE ") {
                types[String(words[2])] = String(words[3])
            } else if !line.hasPrefix("#"), let value = words.last {
                values[String(line.dropLast(value.count + 1))] = Double(value)
            }
        }
    }

    subscript(series: String) -> Double? { values[series] }

    /// The series of the family with this name.
    func series(of name: String) -> [String] {
        values.keys.filter { $0.hasPrefix("\(name){") }.sorted()
    }
}

extension WireClient {
    /// What `GET /metrics` says now.
    func samples() async throws -> Samples {
        Samples(try await get("/metrics").text)
    }
}
