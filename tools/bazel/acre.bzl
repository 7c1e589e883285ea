"""The C++ rules of this project: rules_cc's with Acre's compiler options."""

load("@rules_cc//cc:defs.bzl", "cc_binary", "cc_library", "cc_test")

_WARNINGS = [
    "-Wall",
    "-Wextra",
    "-Werror",
    "-Wshadow",
    "-Wextra-semi",
    "-Wnon-virtual-dtor",
    "-Woverloaded-virtual",
    "-Wpointer-arith",
    "-Wundef",
    "-Wvla",
    # Designated initialisers leave out the fields that keep their default.
    "-Wno-missing-field-initializers",
]

_CLANG_WARNINGS = [
    "-Wthread-safety",
    "-Wshadow-field-in-constructor-modified",
]

_GCC_WARNINGS = [
    "-Wduplicated-cond",
    # Both report libstdc++'s own strings at -O2 (GCC bugs 105329 and 105651).
    "-Wno-restrict",
    "-Wno-stringop-overflow",
]

_COPTS = _WARNINGS + select({
    "//tools/bazel:clang": _CLANG_WARNINGS,
    "//conditions:default": _GCC_WARNINGS,
})

# Layers that must serve as the process's malloc, where nothing may throw.
_NO_EXCEPTIONS = ("allocator", "stats")

def _library_copts():
    if native.package_name().split("/")[0] in _NO_EXCEPTIONS:
        return _COPTS + ["-fno-exceptions"]
    return _COPTS

def acre_cc_library(name, copts = [], **kwargs):
    """cc_library; below engine_adapter it is compiled without exceptions."""
    cc_library(
        name = name,
        copts = _library_copts() + copts,
        # Shared libraries in between would only cost link time.
        linkstatic = True,
        **kwargs
    )

def acre_cc_binary(name, copts = [], **kwargs):
    """cc_binary."""
    cc_binary(
        name = name,
        copts = _COPTS + copts,
        **kwargs
    )

def acre_cc_test(name, size = "small", copts = [], deps = [], **kwargs):
    """cc_test with GoogleTest and its main.

    Args:
      name: by convention that of the source file: x_test.
      size: small 60 s, medium 300 s, large 900 s; sanitizers get longer.
      copts: further compiler options.
      deps: without GoogleTest.
      **kwargs: those of cc_test. Tags that tools/test knows:
        concurrent: runs under ThreadSanitizer as well;
        nosan: does not run under any sanitizer;
        callgrind: counts instructions, so it runs in an optimised build only;
        manual: left out.
    """
    cc_test(
        name = name,
        size = size,
        copts = _COPTS + copts,
        linkstatic = True,
        deps = deps + ["@com_google_googletest//:gtest_main"],
        **kwargs
    )

def acre_cc_benchmark(name, copts = [], deps = [], **kwargs):
    """A Google Benchmark binary: x_benchmark."""
    cc_binary(
        name = name,
        testonly = True,
        copts = _COPTS + copts,
        deps = deps + ["@com_github_google_benchmark//:benchmark_main"],
        **kwargs
    )

def acre_cc_fuzz(name, copts = [], linkopts = [], tags = [], **kwargs):
    """A libFuzzer binary: x_fuzz, which defines LLVMFuzzerTestOneInput.

    It builds with --config=fuzz only, and is left out of `//...`.
    """
    cc_binary(
        name = name,
        testonly = True,
        copts = _COPTS + copts,
        linkopts = linkopts + ["-fsanitize=fuzzer"],
        tags = tags + ["fuzz", "manual"],
        **kwargs
    )
