// SPDX-License-Identifier: Apache-2.0

/// The list of checks; each claim is the name of a test.

#include "checks.h"

static const embed_check checks[] = {
    {"products equal double precision, alone, in parts, and keep to their rows", check_products},
    {"so do products of a model's size", check_large_products},
    {"tiles are used as processors allow, and int8 gives the same bits with them", check_tiles},
    {"products lose no NaN and no infinity, and survive tiny numbers", check_lost_numbers},
    {"activations keep their stated errors", check_activations},
    {"attention equals scalar, for any group of queries", check_attention},
    {"so it does with a bias for each distance", check_attention_bias},
    {"a bias belongs to the distance of key and query", check_bias_distances},
    {"large scores do not overflow", check_large_scores},
    {"so it does with limits and caps, by its definition", check_limits},
    {"what isn't seen changes no bit", check_unseen},
    {"caps bound scores of any size", check_caps},
    {"layer norms equal double precision", check_layer_norm},
    {"so do root mean square norms", check_rms_norm},
    {"rotation turns pairs, and nothing else", check_rotation},
    {"embedding sums equal their definition", check_embedding_sum},
    {"vector operations equal double precision", check_vector_operations},
    {"a NaN is never lost", check_nan},
    {"half-width weights convert exactly", check_conversion},
    {"packing keeps every weight as the type promises", check_packing},
    {"weights that are not finite are found", check_infinite_weights},
    {"formats are listed best first", check_choice},
};

const embed_check *embed_check_at(size_t index) { return index < COUNT(checks) ? &checks[index] : NULL; }

#ifdef EMBED_CHECKS_MAIN
int main(void) {
    int failed = 0;
    const embed_kernels *kernels;
    const embed_check *check;
    for (size_t k = 0; (kernels = embed_kernels_at(k)) != NULL; k++) {
        if (!kernels->usable()) {
            printf("%s: not usable here\n", kernels->isa);
            continue;
        }
        for (size_t c = 0; (check = embed_check_at(c)) != NULL; c++) {
            char message[200] = "";
            const size_t violations = check->violations(kernels, message);
            printf("%s: %s: %s\n", kernels->isa, check->name, violations ? "FAILED" : "passed");
            if (violations) printf("    %zu violations; first: %s\n", violations, message);
            failed |= violations > 0;
        }
    }
    return failed;
}
#endif
