// The model test's operations, chosen by libFuzzer. The first byte says whether
// operations may make the system refuse calls.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "testing/choices.h"
#include "testing/model_driver.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kMostSteps = 4000;
  if (size < 2) return 0;
  acre::testing::Choices choices(data + 1, size - 1);
  acre::testing::ModelDriver driver(&choices,
                                    {.system_fails = data[0] % 2 != 0});
  const std::string failure = driver.Run(kMostSteps);
  if (!failure.empty()) {
    fprintf(stderr, "model: %s\n", failure.c_str());
    abort();
  }
  return 0;
}
