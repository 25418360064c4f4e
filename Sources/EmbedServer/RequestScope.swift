// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import Logging
import NIOCore

/// What belongs to one request while it is answered.
struct RequestScope: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The client's own id for the request where it sent a decent one, else ours.
    var requestID: String
    /// Whether the client is still there.
    let client: ClientPresence
    /// What becomes known of the request.
    let facts = RequestFacts()
    private let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        requestID = ""
        client = ClientPresence.current ?? ClientPresence()
        channel = source.channel
    }

    /// Lets a client that asked first (`Expect: 100-continue`) send its body.
    func askForBody() {
        channel.triggerUserOutboundEvent(ConnectionHandler.BodyWanted(), promise: nil)
    }
}
