"""What Bazel 4.2 needs in order to build C++ without downloading anything."""

load("@bazel_tools//tools/cpp:cc_configure.bzl", "cc_autoconf_impl")

_RULES_CC = "/usr/share/bazel/rules/cc"

def _debian_rules_cc_impl(repository_ctx):
    if not repository_ctx.path(_RULES_CC).exists:
        fail("@%s needs %s: apt-get install bazel-rules-cc" % (repository_ctx.name, _RULES_CC))
    result = repository_ctx.execute(["cp", "-RL", _RULES_CC + "/.", "."])
    if result.return_code != 0:
        fail("copying %s failed: %s" % (_RULES_CC, result.stderr))

    # Debian's rules_cc is newer than its Bazel, which has no
    # use_cpp_toolchain(): name the toolchain type instead.
    result = repository_ctx.execute(["grep", "-rl", "--include=*.bzl", "use_cpp_toolchain", "."])
    for name in result.stdout.splitlines():
        text = repository_ctx.read(name)
        text = text.replace(", \"use_cpp_toolchain\"", "")
        text = text.replace("use_cpp_toolchain()", "[\"@bazel_tools//tools/cpp:toolchain_type\"]")
        repository_ctx.file(name, text, executable = False)

debian_rules_cc = repository_rule(
    implementation = _debian_rules_cc_impl,
    local = True,
)

_NO_COVERAGE = """
package(default_visibility = ["//visibility:public"])

filegroup(name = "coverage_report_generator")

filegroup(name = "lcov_merger")
"""

def _empty_coverage_tools_impl(repository_ctx):
    repository_ctx.file("BUILD", _NO_COVERAGE, executable = False)

# Every test asks for these two; nothing here runs `bazel coverage`.
empty_coverage_tools = repository_rule(implementation = _empty_coverage_tools_impl)

def _clang_toolchain_impl(repository_ctx):
    clang = repository_ctx.which("clang-14") or repository_ctx.which("clang")
    if not clang:
        fail("--config=clang needs clang: apt-get install clang-14")
    cc_autoconf_impl(repository_ctx, overriden_tools = {"gcc": str(clang)})

# A second toolchain beside the default one: choosing the compiler through CC
# would make Bazel configure, and analyse, anew at every change of compiler.
clang_toolchain = repository_rule(
    implementation = _clang_toolchain_impl,
    configure = True,
)
