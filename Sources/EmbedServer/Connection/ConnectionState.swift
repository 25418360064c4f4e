// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Decides what happens to a connection: how long it may take, when it closes, and how.
///
/// Pure: no clock, no channel; ``ConnectionHandler`` performs what it returns.
struct ConnectionState {
    enum Action: Equatable {
        case none
        /// Close at once.
        case close
        /// Close the sending side and throw away what still comes, so that the client sees the answer.
        case linger
        /// Answer a request that was never read, with this, and close.
        case answer(RequestFailure)
        /// Give this to whoever reads the body; the answer is theirs.
        case fail(RequestFailure)
    }

    /// What the header of a request says about the connection.
    struct Head: Equatable {
        /// The client wants no other request on this connection, or can't have one.
        var isLast = false
        /// `nil` when the length is not known before the end.
        var bodyLength: Int? = 0
        var expectsContinue = false
    }

    private struct Body {
        var start: NIODeadline
        var received = 0
        var remaining: Int?
        /// The client sends nothing before it is asked.
        var awaitsContinue: Bool
    }

    private enum Input {
        case betweenRequests(until: NIODeadline)
        case header(until: NIODeadline, byteCount: Int)
        case body(Body)
        /// Whatever comes doesn't matter: reading failed, or the last request has been read.
        case ignored
        case closed
    }

    private enum Output {
        case open
        case lingering(until: NIODeadline, discarded: Int)
    }

    private let limits: ConnectionLimits
    private var input: Input
    private var output = Output.open
    /// Requests whose answer has not been written to its end.
    private var unanswered = 0
    /// Answers on their way to the client.
    private var unflushed = 0
    private var flushDeadline: NIODeadline?
    private var responseBytes = 0
    /// The newest request read is the last one.
    private var isLast = false
    /// The newest answer said that the connection closes.
    private var isClosing = false
    private var isQuiescing = false

    init(limits: ConnectionLimits, now: NIODeadline) {
        self.limits = limits
        input = .betweenRequests(until: now + TimeAmount(limits.firstByteDeadline))
    }

    // MARK: Input

    /// Whether bytes that come have to be thrown away.
    var discardsInput: Bool {
        switch input {
        case .betweenRequests, .header, .body: false
        case .ignored, .closed: true
        }
    }

    var isLingering: Bool {
        switch output {
        case .open: false
        case .lingering: true
        }
    }

    mutating func received(byteCount: Int, now: NIODeadline) -> Action {
        switch input {
        case .betweenRequests:
            input = .header(until: now + TimeAmount(limits.headerDeadline), byteCount: byteCount)
        case .header(let until, let earlier):
            input = .header(until: until, byteCount: earlier + byteCount)
        case .body, .ignored, .closed: break
        }
        if case .lingering(let until, let discarded) = output {
            output = .lingering(until: until, discarded: discarded + byteCount)
            if discarded + byteCount > limits.lingerBytes { return .close }
        }
        return .none
    }

    /// All bytes received so far have been decoded.
    mutating func decodedAll() -> Action {
        // The decoder bounds header fields, but not the request line.
        guard case .header(_, let byteCount) = input, byteCount > limits.headerBytes else { return .none }
        return inputFailed(
            .headerTooLarge(.init(headerBytes: limits.headerBytes, headerFields: limits.headerFields)))
    }

    mutating func received(_ head: Head, now: NIODeadline) {
        unanswered += 1
        isLast = head.isLast
        input = .body(Body(start: now, remaining: head.bodyLength, awaitsContinue: head.expectsContinue))
    }

    mutating func receivedBody(byteCount: Int) {
        guard case .body(var body) = input else { return }
        body.received += byteCount
        body.remaining = body.remaining.map { $0 - byteCount }
        body.awaitsContinue = false
        input = .body(body)
    }

    mutating func receivedEnd(now: NIODeadline) {
        guard case .body = input else { return }
        input = isLast ? .ignored : .betweenRequests(until: now + TimeAmount(limits.keepAlive))
    }

    /// Whether to tell the client to send its body.
    mutating func bodyWanted() -> Bool {
        guard case .body(var body) = input, body.awaitsContinue, unanswered == 1 else { return false }
        body.awaitsContinue = false
        input = .body(body)
        return true
    }

    mutating func inputFailed(_ failure: RequestFailure) -> Action {
        switch input {
        case .ignored, .closed: return .none
        case .body:
            input = .ignored
            return unanswered == 0 ? .close : .fail(failure)
        case .betweenRequests, .header:
            input = .ignored
            guard unanswered == 0 else { return .none }
            unanswered = 1
            return .answer(failure)
        }
    }

    mutating func inputClosed() -> Action {
        input = .closed
        return isLingering || (unanswered == 0 && unflushed == 0) ? .close : .none
    }

    // MARK: Output

    /// Whether the answer has to say that the connection closes.
    mutating func writingHead() -> Bool {
        guard unanswered <= 1 else { return false }
        switch input {
        case .betweenRequests, .header: isClosing = isQuiescing
        case .body(let body):
            let isNearlyRead = !body.awaitsContinue && body.remaining.map { $0 <= limits.keptRemainder } == true
            isClosing = isQuiescing || isLast || !isNearlyRead
        case .ignored, .closed: isClosing = true
        }
        return isClosing
    }

    mutating func writingBody(byteCount: Int) {
        responseBytes += byteCount
    }

    mutating func writingEnd(now: NIODeadline) {
        unanswered -= 1
        unflushed += 1
        flushDeadline = now + deadline(forBytes: responseBytes)
        responseBytes = 0
        // A body that came behind another request could not be read before its turn.
        if unanswered == 1, case .body(var body) = input {
            body.start = now
            input = .body(body)
        }
    }

    /// An answer has left this machine.
    mutating func flushedEnd(now: NIODeadline) -> Action {
        unflushed -= 1
        if unflushed == 0 { flushDeadline = nil }
        guard unanswered == 0, unflushed == 0, !isLingering else { return .none }
        if isClosing { return finish(now: now) }
        switch input {
        case .betweenRequests:
            if isQuiescing { return finish(now: now) }
            input = .betweenRequests(until: now + TimeAmount(limits.keepAlive))
        case .header(_, let byteCount):
            input = .header(until: now + TimeAmount(limits.headerDeadline), byteCount: byteCount)
        case .body: break
        case .ignored, .closed: return finish(now: now)
        }
        return .none
    }

    private mutating func finish(now: NIODeadline) -> Action {
        if case .closed = input { return .close }
        input = .ignored
        let time = isQuiescing ? limits.lastLingerDeadline : limits.lingerDeadline
        output = .lingering(until: now + TimeAmount(time), discarded: 0)
        return .linger
    }

    // MARK: Both

    /// The server stops: finish what has begun, take nothing new.
    mutating func quiesce(now: NIODeadline) -> Action {
        isQuiescing = true
        if case .lingering(let until, let discarded) = output {
            output = .lingering(until: min(until, now + TimeAmount(limits.lastLingerDeadline)), discarded: discarded)
        }
        guard unanswered == 0, unflushed == 0, !isLingering else { return .none }
        switch input {
        case .header: return .none
        case .betweenRequests, .body, .ignored, .closed: return .close
        }
    }

    /// When ``deadlineReached(now:)`` is due, unless something happens before.
    var deadline: NIODeadline? {
        if case .lingering(let until, _) = output { return until }
        guard let flushDeadline else { return inputDeadline }
        return min(inputDeadline ?? flushDeadline, flushDeadline)
    }

    private var inputDeadline: NIODeadline? {
        switch input {
        case .betweenRequests(let until): unanswered + unflushed == 0 ? until : nil
        case .header(let until, _): unanswered + unflushed == 0 ? until : nil
        case .body(let body): unanswered <= 1 ? body.start + deadline(forBytes: body.received) : nil
        case .ignored, .closed: nil
        }
    }

    private func deadline(forBytes byteCount: Int) -> TimeAmount {
        TimeAmount(limits.bodyDeadline) + .milliseconds(Int64(byteCount) * 1000 / Int64(max(1, limits.minimumRate)))
    }

    mutating func deadlineReached(now: NIODeadline) -> Action {
        guard let deadline, now >= deadline else { return .none }
        if isLingering || flushDeadline.map({ now >= $0 }) == true { return .close }
        switch input {
        case .header: return inputFailed(.headerTimeout)
        case .body: return inputFailed(.bodyTimeout)
        case .betweenRequests, .ignored, .closed: return .close
        }
    }
}
