// A directory of its own for a test, removed with what is in it.

#ifndef ACRE_ENGINE_ADAPTER_ADMIN_TEST_DIRECTORY_H_
#define ACRE_ENGINE_ADAPTER_ADMIN_TEST_DIRECTORY_H_

#include <stdlib.h>

#include <filesystem>
#include <string>

namespace acre::admin {

class TestDirectory {
 public:
  // Below /tmp whatever TMPDIR says: a Unix socket's path has 107 bytes.
  TestDirectory() {
    char path[] = "/tmp/acre-test-XXXXXX";
    path_ = mkdtemp(path);
  }
  ~TestDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestDirectory(const TestDirectory&) = delete;
  TestDirectory& operator=(const TestDirectory&) = delete;

  const std::string& path() const { return path_; }
  std::string PathOf(const std::string& name) const {
    return path_ + "/" + name;
  }

 private:
  std::string path_;
};

}  // namespace acre::admin

#endif  // ACRE_ENGINE_ADAPTER_ADMIN_TEST_DIRECTORY_H_
