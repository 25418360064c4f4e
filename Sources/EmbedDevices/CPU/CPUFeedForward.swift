// SPDX-License-Identifier: Apache-2.0

import EmbedModels

/// ``FeedForward`` with its weights packed.
struct CPUFeedForward: Sendable {
    let up: PackedMatrix
    let gate: PackedMatrix?
    let activation: Activation
    let down: PackedMatrix

    init(_ network: FeedForward, kernels: Kernels, format: WeightFormat, in plan: inout WeightPlan) {
        func pack(_ layer: Linear) -> PackedMatrix {
            PackedMatrix([layer], format: format, panelColumns: kernels.panelColumns, in: &plan)
        }
        up = pack(network.up)
        gate = network.gate.map { pack($0) }
        activation = network.activation
        down = pack(network.down)
    }
}

/// ``Experts`` with their weights packed.
struct CPUExperts: Sendable {
    let router: PackedMatrix
    let chosen: Int
    let networks: [CPUFeedForward]
    let bias: WeightPlace?

    init(_ experts: Experts, kernels: Kernels, format: WeightFormat, in plan: inout WeightPlan) {
        router = PackedMatrix([experts.router], format: format, panelColumns: kernels.panelColumns, in: &plan)
        chosen = experts.chosen
        var networks: [CPUFeedForward] = []
        for expert in experts.experts {
            networks.append(CPUFeedForward(expert, kernels: kernels, format: format, in: &plan))
        }
        self.networks = networks
        bias = experts.bias.map { plan.copy($0) }
    }
}

/// ``FeedForwardLayer`` with its weights packed.
enum CPUFeedForwardLayer: Sendable {
    case one(CPUFeedForward)
    case experts(CPUExperts)

    init(_ layer: FeedForwardLayer, kernels: Kernels, format: WeightFormat, in plan: inout WeightPlan) {
        switch layer {
        case .one(let network): self = .one(CPUFeedForward(network, kernels: kernels, format: format, in: &plan))
        case .experts(let experts): self = .experts(CPUExperts(experts, kernels: kernels, format: format, in: &plan))
        }
    }

    /// Its networks; all experts are of one size.
    var network: CPUFeedForward? {
        switch self {
        case .one(let network): network
        case .experts(let experts): experts.networks.first
        }
    }

    /// The largest rank of its adapters.
    var adapterRank: Int {
        guard case .one(let network) = self else { return 0 }
        return max(network.up.adapterRank, network.gate?.adapterRank ?? 0, network.down.adapterRank)
    }

    /// How many experts there are; 0 when there is one network.
    var expertCount: Int {
        switch self {
        case .one: 0
        case .experts(let experts): experts.networks.count
        }
    }
}
