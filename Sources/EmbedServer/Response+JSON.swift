// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird
import NIOCore

extension Response {
    /// An answer of JSON.
    init(status: HTTPResponse.Status = .ok, headers: HTTPFields = [:], json: [UInt8]) {
        var headers = headers
        headers[.contentType] = "application/json"
        self.init(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: json)))
    }

    /// The answer to a request that failed, in the words of a dialect.
    init(_ failure: RequestFailure, _ wording: any Wording) {
        let failure = wording.reading(failure)
        self.init(status: failure.status, headers: failure.headerFields, json: wording.body(of: failure))
    }
}
