#include "tools/monitoring/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

namespace acre::monitoring {
namespace {

// The process, or -1. Nothing between fork and exec allocates.
pid_t Spawn(const std::vector<std::string>& command,
            const std::string& output_file, const std::string& input_file) {
  std::vector<char*> arguments;
  for (const std::string& one : command) {
    arguments.push_back(const_cast<char*>(one.c_str()));
  }
  arguments.push_back(nullptr);
  const char* input = input_file.empty() ? "/dev/null" : input_file.c_str();
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid != 0) return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  const int in = open(input, O_RDONLY);
  const int out = open(output_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (in < 0 || out < 0) _exit(127);
  dup2(in, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(out, STDERR_FILENO);
  execvp(arguments[0], arguments.data());
  _exit(127);
}

}  // namespace

Outcome RunToEnd(const std::vector<std::string>& command,
                 const std::string& output_file,
                 const std::string& input_file) {
  Outcome outcome;
  const pid_t pid = Spawn(command, output_file, input_file);
  int status = 0;
  if (pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status)) {
    outcome.exit_code = WEXITSTATUS(status);
  }
  outcome.output = ContentsOf(output_file);
  return outcome;
}

ChildProcess::ChildProcess(const std::vector<std::string>& command,
                           const std::string& output_file)
    : pid_(Spawn(command, output_file, "")) {}

ChildProcess::~ChildProcess() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

bool ChildProcess::running() {
  if (pid_ > 0 && waitpid(pid_, nullptr, WNOHANG) != 0) pid_ = -1;
  return pid_ > 0;
}

std::string ContentsOf(const std::string& path) {
  std::ostringstream contents;
  contents << std::ifstream(path).rdbuf();
  return contents.str();
}

}  // namespace acre::monitoring
