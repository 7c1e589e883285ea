// Programs that a test starts: one that ends by itself and is waited for, or
// one that serves until the test is over.

#ifndef ACRE_TOOLS_MONITORING_CHILD_PROCESS_H_
#define ACRE_TOOLS_MONITORING_CHILD_PROCESS_H_

#include <sys/types.h>

#include <string>
#include <vector>

namespace acre::monitoring {

struct Outcome {
  int exit_code = -1;  // -1: it did not start, or a signal ended it.
  std::string output;  // Both streams.
};

// Runs a program of PATH to its end. `input_file` is its standard input, empty
// for none; what it writes passes through `output_file`.
Outcome RunToEnd(const std::vector<std::string>& command,
                 const std::string& output_file,
                 const std::string& input_file = "");

// Ends the program when it goes, and the program ends when this process does.
class ChildProcess {
 public:
  // What it writes goes to a file.
  ChildProcess(const std::vector<std::string>& command,
               const std::string& output_file);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  bool running();

 private:
  pid_t pid_ = -1;
};

std::string ContentsOf(const std::string& path);

}  // namespace acre::monitoring

#endif  // ACRE_TOOLS_MONITORING_CHILD_PROCESS_H_
