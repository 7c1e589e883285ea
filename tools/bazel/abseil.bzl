"""Debian's Abseil under Abseil's own labels."""

load("//tools/bazel:debian.bzl", "require_header")

# Bazel package -> target -> pkg-config module, which knows what to link.
_MODULES = {
    "absl/algorithm": {
        "algorithm": "absl_algorithm",
        "container": "absl_algorithm_container",
    },
    "absl/base": {
        "base": "absl_base",
        "config": "absl_config",
        "core_headers": "absl_core_headers",
        "dynamic_annotations": "absl_dynamic_annotations",
        "endian": "absl_endian",
        "log_severity": "absl_log_severity",
        "prefetch": "absl_prefetch",
    },
    "absl/cleanup": {
        "cleanup": "absl_cleanup",
    },
    "absl/container": {
        "btree": "absl_btree",
        "fixed_array": "absl_fixed_array",
        "flat_hash_map": "absl_flat_hash_map",
        "flat_hash_set": "absl_flat_hash_set",
        "inlined_vector": "absl_inlined_vector",
        "node_hash_map": "absl_node_hash_map",
        "node_hash_set": "absl_node_hash_set",
    },
    "absl/debugging": {
        "failure_signal_handler": "absl_failure_signal_handler",
        "leak_check": "absl_leak_check",
        "stacktrace": "absl_stacktrace",
        "symbolize": "absl_symbolize",
    },
    "absl/flags": {
        "commandlineflag": "absl_flags_commandlineflag",
        "config": "absl_flags_config",
        "flag": "absl_flags",
        "marshalling": "absl_flags_marshalling",
        "parse": "absl_flags_parse",
        "reflection": "absl_flags_reflection",
        "usage": "absl_flags_usage",
    },
    "absl/functional": {
        "any_invocable": "absl_any_invocable",
        "bind_front": "absl_bind_front",
        "function_ref": "absl_function_ref",
    },
    "absl/hash": {
        "hash": "absl_hash",
    },
    "absl/memory": {
        "memory": "absl_memory",
    },
    "absl/meta": {
        "type_traits": "absl_type_traits",
    },
    "absl/numeric": {
        "bits": "absl_bits",
        "int128": "absl_int128",
    },
    "absl/random": {
        "bit_gen_ref": "absl_random_bit_gen_ref",
        "distributions": "absl_random_distributions",
        "random": "absl_random_random",
    },
    "absl/status": {
        "status": "absl_status",
        "statusor": "absl_statusor",
    },
    "absl/strings": {
        "cord": "absl_cord",
        "str_format": "absl_str_format",
        "strings": "absl_strings",
    },
    "absl/synchronization": {
        "synchronization": "absl_synchronization",
    },
    "absl/time": {
        "time": "absl_time",
    },
    "absl/types": {
        "any": "absl_any",
        "compare": "absl_compare",
        "optional": "absl_optional",
        "span": "absl_span",
        "variant": "absl_variant",
    },
    "absl/utility": {
        "utility": "absl_utility",
    },
}

_LIBRARY = """
cc_library(
    name = "{name}",
    linkopts = {linkopts},
)
"""

def _link_options(repository_ctx, module):
    result = repository_ctx.execute(["pkg-config", "--libs-only-l", module])
    if result.return_code != 0:
        fail("pkg-config does not know %s: %s" % (module, result.stderr))
    libraries = [word for word in result.stdout.strip().split(" ") if word.startswith("-l")]
    if not libraries:
        return []

    # pkg-config names the whole closure; only what is used becomes a dependency
    # of the binary.
    return ["-Wl,--push-state,--as-needed"] + libraries + ["-Wl,--pop-state"]

def _debian_abseil_impl(repository_ctx):
    require_header(repository_ctx, "absl/base/config.h", "libabsl-dev")
    if not repository_ctx.which("pkg-config"):
        fail("@%s needs pkg-config: apt-get install pkg-config" % repository_ctx.name)
    for package, targets in _MODULES.items():
        content = "package(default_visibility = [\"//visibility:public\"])\n"
        for name, module in targets.items():
            content += _LIBRARY.format(
                name = name,
                linkopts = repr(_link_options(repository_ctx, module)),
            )
        repository_ctx.file(package + "/BUILD", content, executable = False)

debian_abseil = repository_rule(
    implementation = _debian_abseil_impl,
    local = True,
)
