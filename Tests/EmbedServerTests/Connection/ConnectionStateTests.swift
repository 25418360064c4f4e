// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Testing

@testable import EmbedServer

@Suite struct ConnectionStateTests {
    private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000)
    private static let limits = ConnectionLimits()
    private static let failure = RequestFailure.malformedRequest(reason: "a reason")
    private static let chunked = ConnectionState.Head(bodyLength: nil)

    private static func after(_ seconds: Int64) -> NIODeadline { start + .seconds(seconds) }

    private func state() -> ConnectionState { ConnectionState(limits: Self.limits, now: Self.start) }

    /// A connection whose request has been read.
    private func stateAwaitingAnswer(_ head: ConnectionState.Head = .init()) -> ConnectionState {
        var state = state()
        _ = state.received(byteCount: 100, now: Self.start)
        state.received(head, now: Self.start)
        state.receivedEnd(now: Self.start)
        return state
    }

    private func answer(_ state: inout ConnectionState, now: NIODeadline = start) -> ConnectionState.Action {
        _ = state.writingHead()
        state.writingEnd(now: now)
        return state.flushedEnd(now: now)
    }

    @Test func givesTheHeaderTenSeconds() {
        var state = state()
        #expect(state.deadline == Self.after(10))
        _ = state.received(byteCount: 1, now: Self.after(9))
        _ = state.received(byteCount: 1, now: Self.after(18))
        #expect(state.deadline == Self.after(19))
        #expect(state.deadlineReached(now: Self.after(18)) == .none)
        #expect(state.deadlineReached(now: Self.after(19)) == .answer(.headerTimeout))
    }

    @Test func closesASilentConnectionInSilence() {
        var state = state()
        #expect(state.deadlineReached(now: Self.after(10)) == .close)
    }

    @Test func givesABodyASecondMoreForEachKibibyte() {
        var state = state()
        state.received(Self.chunked, now: Self.start)
        #expect(state.deadline == Self.after(30))
        state.receivedBody(byteCount: 5 << 10)
        #expect(state.deadline == Self.after(35))
        #expect(state.deadlineReached(now: Self.after(35)) == .fail(.bodyTimeout))
    }

    @Test func hasNoDeadlineWhileTheModelComputes() {
        var state = stateAwaitingAnswer()
        #expect(state.deadline == nil)
        #expect(state.deadlineReached(now: Self.after(1_000_000)) == .none)
    }

    @Test func givesTheAnswerTimeToLeave() {
        var state = stateAwaitingAnswer()
        _ = state.writingHead()
        state.writingBody(byteCount: 10 << 10)
        state.writingEnd(now: Self.start)
        #expect(state.deadline == Self.after(40))
        #expect(state.deadlineReached(now: Self.after(40)) == .close)
    }

    @Test func keepsTheConnectionAMinuteForTheNextRequest() {
        var state = stateAwaitingAnswer()
        #expect(answer(&state, now: Self.after(100)) == .none)
        #expect(state.deadline == Self.after(160))
        #expect(state.deadlineReached(now: Self.after(160)) == .close)
    }

    @Test func closesAfterTheLastRequest() {
        var state = stateAwaitingAnswer(.init(isLast: true))
        #expect(state.discardsInput)
        #expect(state.writingHead() == true)
        state.writingEnd(now: Self.start)
        #expect(state.flushedEnd(now: Self.start) == .linger)
        #expect(state.deadline == Self.after(5))
        #expect(state.deadlineReached(now: Self.after(5)) == .close)
    }

    struct Remainder: Sendable {
        var length: Int?
        var received = 0
        var expectsContinue = false
        let closes: Bool
    }

    @Test(arguments: [
        Remainder(length: 64 << 10, closes: false),
        Remainder(length: 64 << 10 + 1, closes: true),
        Remainder(length: 1 << 20, received: 1 << 20 - 10, closes: false),
        Remainder(length: 10, expectsContinue: true, closes: true),
        Remainder(length: 20, received: 10, expectsContinue: true, closes: false),
        Remainder(length: nil, received: 10, closes: true),
    ])
    func keepsTheConnectionWhenLittleOfARefusedRequestIsMissing(remainder: Remainder) {
        var state = state()
        state.received(
            .init(bodyLength: remainder.length, expectsContinue: remainder.expectsContinue), now: Self.start)
        if remainder.received > 0 { state.receivedBody(byteCount: remainder.received) }
        #expect(state.writingHead() == remainder.closes)
        state.writingEnd(now: Self.start)
        #expect(state.flushedEnd(now: Self.start) == (remainder.closes ? .linger : .none))
    }

    @Test func boundsTheBytesItThrowsAway() {
        var state = stateAwaitingAnswer(.init(isLast: true))
        #expect(answer(&state) == .linger)
        #expect(state.received(byteCount: 64 << 20, now: Self.start) == .none)
        #expect(state.received(byteCount: 1, now: Self.start) == .close)
    }

    @Test func asksForABodyOnce() {
        var state = state()
        state.received(.init(bodyLength: 10, expectsContinue: true), now: Self.start)
        #expect(state.bodyWanted() == true)
        #expect(state.bodyWanted() == false)
        var unasked = self.state()
        unasked.received(.init(bodyLength: 10), now: Self.start)
        #expect(unasked.bodyWanted() == false)
    }

    @Test func refusesALongHeaderBeforeItEnds() {
        var state = state()
        _ = state.received(byteCount: 16 << 10, now: Self.start)
        #expect(state.decodedAll() == .none)
        _ = state.received(byteCount: 1, now: Self.start)
        #expect(
            state.decodedAll() == .answer(.headerTooLarge(.init(headerBytes: 16 << 10, headerFields: 100))))
        #expect(state.writingHead() == true)
    }

    @Test func reportsAFailureOnce() {
        var state = state()
        state.received(Self.chunked, now: Self.start)
        #expect(state.inputFailed(Self.failure) == .fail(Self.failure))
        #expect(state.inputFailed(Self.failure) == .none)
        #expect(state.writingHead() == true)
    }

    @Test func answersEarlierRequestsBeforeAFailureCloses() {
        var state = stateAwaitingAnswer()
        state.received(.init(), now: Self.start)
        state.receivedEnd(now: Self.start)
        #expect(state.inputFailed(Self.failure) == .none)
        #expect(state.writingHead() == false)
        state.writingEnd(now: Self.start)
        #expect(state.flushedEnd(now: Self.start) == .none)
        #expect(state.writingHead() == true)
        state.writingEnd(now: Self.start)
        #expect(state.flushedEnd(now: Self.start) == .linger)
    }

    @Test func startsAPipelinedBodysTimeAtItsTurn() {
        var state = stateAwaitingAnswer()
        state.received(Self.chunked, now: Self.start)
        #expect(state.deadline == nil)
        #expect(answer(&state, now: Self.after(100)) == .none)
        #expect(state.deadline == Self.after(130))
    }

    @Test func closesWithTheClientOnceEverythingIsSaid() {
        var idle = state()
        #expect(idle.inputClosed() == .close)
        var busy = stateAwaitingAnswer()
        #expect(busy.inputClosed() == .none)
        #expect(answer(&busy) == .close)
        var lingering = stateAwaitingAnswer(.init(isLast: true))
        #expect(answer(&lingering) == .linger)
        #expect(lingering.inputClosed() == .close)
    }

    @Test func quiescesBetweenRequestsAndNotInside() {
        var idle = state()
        #expect(idle.quiesce(now: Self.start) == .close)
        var reading = state()
        _ = reading.received(byteCount: 1, now: Self.start)
        #expect(reading.quiesce(now: Self.start) == .none)
        var busy = stateAwaitingAnswer()
        #expect(busy.quiesce(now: Self.start) == .none)
        #expect(busy.writingHead() == true)
        busy.writingEnd(now: Self.start)
        #expect(busy.flushedEnd(now: Self.start) == .linger)
        #expect(busy.deadline == Self.after(1))
    }

    @Test func lingersNoLongerThanTheServerHas() {
        var state = stateAwaitingAnswer(.init(isLast: true))
        #expect(answer(&state) == .linger)
        #expect(state.deadline == Self.after(5))
        #expect(state.quiesce(now: Self.after(2)) == .none)
        #expect(state.deadline == Self.after(3))
        #expect(state.quiesce(now: Self.after(4)) == .none)
        #expect(state.deadline == Self.after(3))
        #expect(state.deadlineReached(now: Self.after(3)) == .close)
    }
}
