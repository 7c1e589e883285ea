"""Libraries that Debian has already built, as Bazel repositories."""

def require_header(repository_ctx, header, package):
    """Fails with the name of the package to install when a header is absent."""
    if not repository_ctx.path("/usr/include/" + header).exists:
        fail("@%s needs /usr/include/%s: apt-get install %s" %
             (repository_ctx.name, header, package))

def _debian_library_impl(repository_ctx):
    require_header(repository_ctx, repository_ctx.attr.header, repository_ctx.attr.package)
    repository_ctx.symlink(repository_ctx.attr.build_file, "BUILD")

debian_library = repository_rule(
    implementation = _debian_library_impl,
    doc = """A library below /usr whose BUILD file carries link options only.

The compiler finds the headers by itself, below /usr/include.""",
    attrs = {
        "build_file": attr.label(mandatory = True, allow_single_file = True),
        "header": attr.string(mandatory = True, doc = "below /usr/include; its absence means: not installed"),
        "package": attr.string(mandatory = True, doc = "the Debian package that has it"),
    },
    local = True,
)
