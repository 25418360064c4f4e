// SPDX-License-Identifier: Apache-2.0

import EmbedHub
import EmbedModelFiles

/// The models that requests may name although nobody named them at the start: those whose files are on this machine,
/// and those that the allowlist has, if they may be downloaded.
///
/// A name is an id of the Hub, a bare name of one of sentence-transformers' models, or the last part of an id that the
/// allowlist has; never a path.
struct ModelCatalog: Sendable {
    enum Finding {
        case model(LocatedModel)
        /// The allowlist has it, and it can be downloaded.
        case absent(RepositoryID)
        /// Nothing on this machine is called so.
        case unknown
        /// The allowlist doesn't have it, whether or not it is here.
        case unlisted
    }

    let store: ModelStore
    let allowlist: Allowlist?
    /// Whether models of the allowlist are downloaded when a request names them; others never are: anyone who may send
    /// a request could fill the disk.
    var downloadsListed = false

    /// The model called `name`.
    ///
    /// - Complexity: a few looks into the file system.
    func find(_ name: String) -> Finding {
        let absence: Finding = allowlist == nil ? .unknown : .unlisted
        do throws(ModelReferenceError) {
            let candidates = candidates(for: try RepositoryID(name))
            guard !candidates.isEmpty else { return absence }
            for id in candidates {
                if let found = located(id) { return .model(found) }
            }
            if downloadsListed, allowlist != nil, let id = candidates.first { return .absent(id) }
            return .unknown
        } catch {
            return absence
        }
    }

    /// What `name` may stand for, the likeliest first.
    private func candidates(for name: RepositoryID) -> [RepositoryID] {
        guard let allowlist else { return name.candidates }
        let listed = name.candidates.filter(allowlist.contains)
        return listed.isEmpty ? allowlist.ids(named: name.text) : listed
    }

    private func located(_ id: RepositoryID) -> LocatedModel? {
        do {
            return LocatedModel(id: id, directory: try ModelDirectory(path: store.directory(of: id)))
        } catch {
            return nil
        }
    }
}
