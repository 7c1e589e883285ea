// `snapshot save` and `snapshot diff`.

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "engine_adapter/admin/file_descriptor.h"
#include "tools/console_app/commands/command_table.h"
#include "tools/console_app/document.h"
#include "tools/console_app/snapshot.h"
#include "tools/console_app/text.h"

namespace acre::console {
namespace {

// A million arenas are some hundreds of MB.
constexpr off_t kMostFileBytes = off_t{2} << 30;

absl::Status FileError(std::string_view what, const std::string& path,
                       int error) {
  return absl::UnavailableError(fmt::format("cannot {} \"{}\": {}", what,
                                            Printable(path), strerror(error)));
}

absl::Status WriteAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return absl::ErrnoToStatus(errno, "write");
    text.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

// A file that is whole or not there. What exists is replaced only if that was
// asked for.
absl::Status WriteFile(const std::string& path, std::string_view text,
                       bool replace) {
  if (!replace && access(path.c_str(), F_OK) == 0) {
    return absl::AlreadyExistsError(
        fmt::format("\"{}\" exists; --yes replaces it", Printable(path)));
  }
  const std::string unfinished = fmt::format("{}.{}", path, getpid());
  const admin::FileDescriptor file(
      open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.valid()) return FileError("write", unfinished, errno);
  absl::Status status = WriteAll(file.get(), text);
  int error = status.ok() ? 0 : EIO;
  if (status.ok() && fsync(file.get()) != 0 && errno != EINVAL) error = errno;
  if (error == 0 && rename(unfinished.c_str(), path.c_str()) != 0) {
    error = errno;
  }
  if (error == 0) return absl::OkStatus();
  unlink(unfinished.c_str());
  return FileError("write", path, error);
}

absl::StatusOr<std::string> ReadWholeFile(const std::string& path) {
  const admin::FileDescriptor file(
      open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.valid()) return FileError("read", path, errno);
  struct stat info = {};
  if (fstat(file.get(), &info) != 0) return FileError("read", path, errno);
  if (!S_ISREG(info.st_mode)) {
    return absl::InvalidArgumentError(
        fmt::format("\"{}\" is no file", Printable(path)));
  }
  if (info.st_size > kMostFileBytes) {
    return absl::InvalidArgumentError(
        fmt::format("\"{}\" has {} bytes: too large for a snapshot",
                    Printable(path), info.st_size));
  }
  std::string text(static_cast<size_t>(info.st_size), '\0');
  size_t have = 0;
  while (have < text.size()) {
    const ssize_t got =
        read(file.get(), text.data() + have, text.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FileError("read", path, errno);
    if (got == 0) break;
    have += static_cast<size_t>(got);
  }
  text.resize(have);
  return text;
}

absl::StatusOr<Snapshot> ReadSnapshot(const std::string& path) {
  const auto text = ReadWholeFile(path);
  if (!text.ok()) return text.status();
  auto snapshot = ParseSnapshot(*text);
  if (snapshot.ok()) return snapshot;
  return absl::InvalidArgumentError(
      fmt::format("\"{}\": {}", Printable(path),
                  std::string_view(snapshot.status().message().data(),
                                   snapshot.status().message().size())));
}

absl::StatusOr<std::string> AskForSnapshot(Session& session,
                                           const Options& options) {
  const auto client = session.Attach(options);
  if (!client.ok()) return client.status();
  const auto info = (*client)->Get("/v1/info");
  if (!info.ok()) return info.status();
  const auto listing = (*client)->Get("/v1/arenas");
  if (!listing.ok()) return listing.status();
  return MakeSnapshot(*info, *listing);
}

absl::StatusOr<std::string> Save(Session& session, const Options& options) {
  const auto text = AskForSnapshot(session, options);
  if (!text.ok()) return text.status();
  // What was received is checked before it is kept.
  const auto snapshot = ParseSnapshot(*text);
  if (!snapshot.ok()) return snapshot.status();
  const std::string& path = options.arguments[0];
  absl::Status status = WriteFile(path, *text, options.yes);
  if (!status.ok()) return status;
  return fmt::format("saved {} of {} (pid {}), read {}, to \"{}\"\n",
                     CountOf(snapshot->listing.arenas.size(), "arena"),
                     Printable(snapshot->info.name), snapshot->info.pid,
                     Printable(snapshot->listing.stamp.read_at),
                     Printable(path));
}

absl::StatusOr<std::string> Compare(Session& session, const Options& options) {
  const auto before = ReadSnapshot(options.arguments[0]);
  if (!before.ok()) return before.status();
  absl::StatusOr<Snapshot> after = absl::UnknownError("not read");
  if (options.arguments.size() > 1) {
    after = ReadSnapshot(options.arguments[1]);
  } else {
    const auto text = AskForSnapshot(session, options);
    if (!text.ok()) return text.status();
    after = ParseSnapshot(*text);
  }
  if (!after.ok()) return after.status();
  const auto diff = Diff(*before, *after);
  if (!diff.ok()) return diff.status();
  if (WantsMachineText(options)) {
    return MachineText(DiffAsJson(*diff, options.limit), "arenas", options);
  }
  return RenderDiff(*before, *after, *diff, options.limit,
                    session.StyleFor(options));
}

}  // namespace

CommandTable SnapshotCommands() {
  return {
      {.name = "snapshot save",
       .arguments = {{"FILE", ArgumentKind::kFile}},
       .summary = "keep all figures, to compare with later",
       .details =
           R"(Writes what the process says of itself and of all its arenas to a file, for
`snapshot diff`. The file is JSON, readable by its owner only. One that exists
is replaced with --yes.

Examples:
  acre_console snapshot save before.json
  acre_console snapshot save before.json --yes
)",
       .kind = CommandKind::kAction,
       .flags = kAttachFlags | Bit(Flag::kYes),
       .handler = &Save},
      {.name = "snapshot diff",
       .arguments = {{"A", ArgumentKind::kFile},
                     {"B", ArgumentKind::kFile, true}},
       .summary = "what changed since one, up to another or now",
       .details =
           R"(One line for each arena in which something changed, the largest change first.
CHANGE is by how much its CHARGED grew, and the sum of the columns to its right
up to METADATA. Arenas are told apart by incarnation: one that was destroyed and
created again under its name is gone, and came. Rates are per second of the
process's own clock. Snapshots of two processes are compared by name.

Examples:
  acre_console snapshot diff before.json              to now
  acre_console snapshot diff before.json after.json
  acre_console snapshot diff before.json --limit 10
  acre_console snapshot diff before.json --csv > changes.csv
)",
       .flags = kDocumentFlags | Bit(Flag::kLimit),
       .handler = &Compare},
  };
}

}  // namespace acre::console
