#include "tools/bench_app/worker_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <climits>
#include <cstdlib>
#include <cstring>

extern char** environ;

namespace acre::bench {
namespace {

constexpr std::chrono::seconds kTimeLimit{300};

bool SteersAnAllocator(std::string_view variable) {
  static constexpr std::array<std::string_view, 6> kPrefixes = {
      "MALLOC_",   "GLIBC_TUNABLES=", "TCMALLOC_",
      "MIMALLOC_", "ACRE_",           "LD_PRELOAD="};
  return std::any_of(
      kPrefixes.begin(), kPrefixes.end(),
      [&](std::string_view prefix) { return variable.starts_with(prefix); });
}

std::vector<char*> CleanEnvironment() {
  std::vector<char*> clean;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (!SteersAnAllocator(*variable)) clean.push_back(*variable);
  }
  clean.push_back(nullptr);
  return clean;
}

// Starts the worker with its standard output on a pipe. Returns an error
// number, 0 for success.
int Spawn(const std::string& worker, const std::vector<std::string>& words,
          pid_t* child, int* output) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return errno;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  std::vector<char*> arguments = {const_cast<char*>(worker.c_str())};
  for (const std::string& word : words) {
    arguments.push_back(const_cast<char*>(word.c_str()));
  }
  arguments.push_back(nullptr);
  std::vector<char*> environment = CleanEnvironment();
  const int error =
      posix_spawn(child, worker.c_str(), &actions, /*attrp=*/nullptr,
                  arguments.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (error != 0) {
    close(ends[0]);
  } else {
    *output = ends[0];
  }
  return error;
}

// Reads until the worker closes its output. False if the time ran out.
bool ReadAll(int output, std::string* text) {
  const auto deadline = std::chrono::steady_clock::now() + kTimeLimit;
  std::array<char, 4096> buffer;
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd ready = {output, POLLIN, 0};
    const int polled = poll(&ready, 1, static_cast<int>(left.count()));
    if (polled < 0 && errno == EINTR) continue;
    if (polled <= 0) return false;
    const ssize_t got = read(output, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return true;
    text->append(buffer.data(), static_cast<size_t>(got));
  }
}

WorkerRun Failed(std::string error) {
  return {WorkerRun::Outcome::kFailed, {}, std::move(error)};
}

int Wait(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

std::string WorkerFolder() {
  char path[PATH_MAX];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof(path));
  if (length <= 0) return ".";
  const std::string_view executable(path, static_cast<size_t>(length));
  return std::string(executable.substr(0, executable.rfind('/')));
}

std::string FindWorker(const std::string& folder, std::string_view subject) {
  std::string path = fmt::format("{}/bench_worker_{}", folder, subject);
  return access(path.c_str(), X_OK) == 0 ? path : "";
}

WorkerRun RunWorkerProcess(const std::string& worker, std::string_view workload,
                           bool quick) {
  std::vector<std::string> words = {"--workload", std::string(workload)};
  if (quick) words.push_back("--quick");
  pid_t child = 0;
  int output = -1;
  if (const int error = Spawn(worker, words, &child, &output); error != 0) {
    return Failed(
        fmt::format("cannot start {}: {}", worker, std::strerror(error)));
  }
  std::string text;
  const bool complete = ReadAll(output, &text);
  close(output);
  if (!complete) kill(child, SIGKILL);
  const int status = Wait(child);
  if (!complete) {
    return Failed(fmt::format("killed after {} s", kTimeLimit.count()));
  }
  if (WIFSIGNALED(status)) {
    return Failed(fmt::format("died of signal {} ({})", WTERMSIG(status),
                              strsignal(WTERMSIG(status))));
  }
  if (WEXITSTATUS(status) != 0) {
    return Failed(fmt::format("exited with {}", WEXITSTATUS(status)));
  }
  return ParseWorkerOutput(text);
}

WorkerRun ParseWorkerOutput(std::string_view output) {
  if (output == "unsupported\n") {
    return {WorkerRun::Outcome::kUnsupported, {}, ""};
  }
  WorkerRun run{WorkerRun::Outcome::kMeasured, {}, ""};
  while (!output.empty()) {
    const std::string_view line = output.substr(0, output.find('\n'));
    output.remove_prefix(std::min(output.size(), line.size() + 1));
    const size_t first = line.find('\t');
    const size_t second = line.find('\t', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) {
      return Failed(fmt::format("printed \"{}\", which is no row", line));
    }
    const std::string value(line.substr(first + 1, second - first - 1));
    char* end = nullptr;
    const double number = std::strtod(value.c_str(), &end);
    if (value.empty() || *end != '\0') {
      return Failed(fmt::format("\"{}\" is no number in \"{}\"", value, line));
    }
    run.values.push_back({std::string(line.substr(0, first)), number});
  }
  if (run.values.empty()) return Failed("printed no row");
  return run;
}

}  // namespace acre::bench
