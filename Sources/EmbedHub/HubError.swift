// SPDX-License-Identifier: Apache-2.0

/// Why a model could not be downloaded, and what a person can do about it.
///
/// Never holds the token, nor the query of an address: signed addresses are secrets too.
package enum HubError: Error, Equatable, Sendable, CustomStringConvertible {
    case offline(id: String, revision: String?, detail: String)
    case repositoryNotFound(id: String, endpoint: String, hasToken: Bool, similar: [String])
    case revisionNotFound(id: String, revision: String)
    case gated(id: String, endpoint: String, hasToken: Bool)
    case forbidden(id: String, message: String)
    case status(url: String, code: Int, message: String)
    case unreachable(url: String, reason: String)
    case untrusted(url: String)
    case badAnswer(url: String, reason: String)
    case badRedirection(from: String, reason: String)
    case unsafeName(id: String, name: String)
    case noWeights(id: String)
    case wrongSize(file: String, expected: Int, found: Int)
    case wrongHash(file: String, expected: String, found: String)
    case noSpace(path: String, needed: Int, available: Int)
    case cannotWrite(path: String, reason: String)
    case badSetting(name: String, reason: String)

    package var description: String {
        switch self {
        case .offline(let id, let revision, let detail):
            """
            \(detail)
            Nothing is downloaded while offline: unset HF_HUB_OFFLINE (or type --no-offline), or copy the cache of a machine \
            with a network, where  embedder pull \(Self.name(id, revision))  has filled it.
            """
        case .repositoryNotFound(let id, let endpoint, let hasToken, let similar):
            """
            there is no model \(id) at \(endpoint)\(hasToken ? "" : ", or only those with a token may see it").
            \(similar.isEmpty ? "" : "Did you mean: \(similar.joined(separator: ", "))?\n")\
            \(hasToken ? "Check the id, and that your token may read it." : Self.tokenHint)
            """
        case .revisionNotFound(let id, let revision):
            "\(id) has no revision \(revision); a branch, a tag or a whole commit of 40 digits is expected"
        case .gated(let id, let endpoint, let hasToken):
            """
            \(id) is gated: its authors decide who may download it.
            Ask for access at \(endpoint)/\(id)\(hasToken ? "" : ", then set HF_TOKEN=hf_… (see \(endpoint)/settings/tokens)").\
            \(hasToken ? " The token that is set has no access to it yet." : "")
            """
        case .forbidden(let id, let message):
            "the Hub refuses \(id)\(message.isEmpty ? "" : ": \(message)"); check what the token in HF_TOKEN may read"
        case .status(let url, let code, let message):
            "\(url) answered \(code)\(message.isEmpty ? "" : ": \(message)")"
        case .unreachable(let url, let reason):
            """
            can't download from \(url): \(reason)
            Check the network, HTTPS_PROXY, and HF_ENDPOINT if there is a mirror; what has arrived is kept, and the same \
            command goes on from there.
            """
        case .untrusted(let url):
            """
            \(url) has a certificate that is not trusted (CERTIFICATE_VERIFY_FAILED).
            For a server or a proxy of your own set SSL_CERT_FILE to a file with its certificates in PEM.
            """
        case .badAnswer(let url, let reason):
            "\(url) gave an answer that no Hub gives: \(reason). If HF_ENDPOINT is set, check that it names a Hub."
        case .badRedirection(let url, let reason): "\(url) sends elsewhere: \(reason)"
        case .unsafeName(let id, let name): "\(id) names a file outside its own folder, \"\(name)\": refused"
        case .noWeights(let id):
            "\(id) has neither safetensors files nor pytorch_model.bin where its modules.json says: nothing to serve"
        case .wrongSize(let file, let expected, let found):
            "\(file) has \(found) bytes instead of \(expected): refused"
        case .wrongHash(let file, let expected, let found):
            "\(file) is not what the Hub lists: its hash is \(found) instead of \(expected); refused and removed"
        case .noSpace(let path, let needed, let available):
            """
            no space at \(path): \(needed) bytes are needed, \(available) are free.
            Make room, or set HF_HUB_CACHE to a directory on a larger disk; the same command then goes on.
            """
        case .cannotWrite(let path, let reason): "can't write \(path): \(reason)"
        case .badSetting(let name, let reason): "\(name) \(reason)"
        }
    }

    private static let tokenHint = "Check the id; for a private model set HF_TOKEN=hf_…"

    private static func name(_ id: String, _ revision: String?) -> String { id + (revision.map { "@\($0)" } ?? "") }
}
