// SPDX-License-Identifier: Apache-2.0

import EmbedJSON

/// Which pipeline of a model reads a text, by what the text is.
///
/// Follows `Router` in sentence-transformers 6.2 for texts.
package struct Routing: Sendable, Equatable {
    /// The number of the pipeline for texts that nothing is said about; `nil` where something has to be said.
    package var standard: Int? = 0
    /// The numbers of the pipelines by name, such as "query".
    var routes: [String: Int] = [:]
    /// The numbers of the pipelines for tasks, before their names count.
    var tasks: [String: Int] = [:]
    /// The pipeline of every task that ``tasks`` does not have.
    var everyTask: Int?

    /// Every text goes through one pipeline.
    package init() {}

    /// What texts may be called, sorted; empty when there is one pipeline.
    package var names: [String] { Set(routes.keys).union(tasks.keys).sorted() }

    /// The number of the pipeline for a text called by one of `names`; the first that has one decides.
    ///
    /// - Returns: `nil` when none has.
    package func pipeline(for names: [String]) -> Int? {
        if routes.isEmpty { return standard }
        func first(of pipelines: [String: Int]) -> Int? { names.lazy.compactMap { pipelines[$0] }.first }
        let found = first(of: tasks) ?? everyTask ?? first(of: routes) ?? routes["text"]
        return found ?? (names.isEmpty ? standard : nil)
    }
}

/// `router_config.json`, or `config.json` of an Asym.
struct RouterConfig {
    let routes: [(name: String, modules: [ModuleEntry])]
    let routing: Routing

    init(in directory: ModelDirectory, folder: String) throws(ModelFileError) {
        let prefix = folder.isEmpty ? "" : "\(folder)/"
        let found = try directory.object("\(prefix)router_config.json")
        let config: ConfigObject
        if let found {
            config = found
        } else {
            config = try directory.requiredObject("\(prefix)config.json", hint: "modules.json names its folder")
        }
        guard let types = config.value["types"]?.members, let structure = config.value["structure"]?.members,
            structure.count > 0, structure.count <= 16
        else {
            throw config.invalid("structure", found: "something else", expected: "1 to 16 routes, beside types")
        }
        var typesByID: [String: String] = [:]
        for (id, type) in types { typesByID[id] = type.string }
        var routes: [(name: String, modules: [ModuleEntry])] = []
        for (name, ids) in structure {
            guard let ids = ids.elements, ids.count <= 16 else {
                throw config.invalid("structure[\"\(name)\"]", found: ids.kind.name, expected: "a list of modules")
            }
            var modules: [ModuleEntry] = []
            for id in ids {
                guard let id = id.string, let type = typesByID[id] else {
                    throw config.invalid(
                        "structure[\"\(name)\"]", found: id.rawText.prefix(80).description, expected: "a key of types")
                }
                let entry = ModuleEntry(type: type, folder: prefix + id, origin: config)
                try entry.check()
                modules.append(entry)
            }
            routes.append((name, modules))
        }
        self.routes = routes
        routing = try Self.routing(config, names: routes.map(\.name))
    }

    private static func routing(_ config: ConfigObject, names: [String]) throws(ModelFileError) -> Routing {
        var routing = Routing()
        for (index, name) in names.enumerated() { routing.routes[name] = index }
        let parameters = ConfigObject(file: config.file, value: config.value.nonNull("parameters") ?? .emptyObject)
        /// The number of the route that the value at `key` names.
        func route(_ name: String, _ key: String) throws(ModelFileError) -> Int {
            guard let index = routing.routes[name] else {
                throw parameters.invalid(key, found: name, expected: "one of: \(names.joined(separator: ", "))")
            }
            return index
        }
        // The first route is the default unless the file says there is none.
        let allowsNone = try parameters.bool("allow_empty_key", default: true)
        routing.standard =
            parameters.contains("default_route")
            ? try route(parameters.string("default_route"), "default_route") : allowsNone ? 0 : nil
        var byTask: [String: Int] = [:]
        if let mappings = parameters.value.nonNull("route_mappings")?.members {
            for (key, value) in mappings {
                let (task, modality) = try pair(key, parameters)
                // What is no text never comes here.
                guard modality == nil || modality == "text" else { continue }
                let index = try route(value.string ?? value.kind.name, "route_mappings")
                // A mapping for texts goes before one for everything.
                if let task {
                    if modality != nil || byTask[task] == nil { byTask[task] = index }
                } else if modality != nil || routing.everyTask == nil {
                    routing.everyTask = index
                }
            }
        }
        routing.tasks = byTask
        return routing
    }

    /// Reads a key of `route_mappings`: Python's way to write a pair, such as `('query', None)`.
    private static func pair(
        _ key: String, _ parameters: ConfigObject
    ) throws(ModelFileError) -> (task: String?, modality: String?) {
        let expected = "a pair of None or a name in quotes"
        guard key.hasPrefix("("), key.hasSuffix(")") else {
            throw parameters.invalid("route_mappings", found: key, expected: expected)
        }
        // A pair inside the pair is a modality of several kinds, which no text has.
        if key.dropFirst().contains("(") { return (nil, "several") }
        let parts = key.dropFirst().dropLast().split(separator: ",")
        guard parts.count == 2 else { throw parameters.invalid("route_mappings", found: key, expected: expected) }
        var values: [String?] = []
        for part in parts {
            let text = part.drop { $0 == " " }
            if text == "None" {
                values.append(nil)
            } else if let quote = text.first, quote == "'" || quote == "\"", text.count > 2, text.last == quote {
                values.append(String(text.dropFirst().dropLast()))
            } else {
                throw parameters.invalid("route_mappings", found: key, expected: expected)
            }
        }
        return (values[0], values[1])
    }
}
