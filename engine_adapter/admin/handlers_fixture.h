// For tests: a service, and its handlers asked without HTTP.

#ifndef ACRE_ENGINE_ADAPTER_ADMIN_HANDLERS_FIXTURE_H_
#define ACRE_ENGINE_ADAPTER_ADMIN_HANDLERS_FIXTURE_H_

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "engine_adapter/admin/handlers.h"
#include "engine_adapter/memory_service.h"
#include "gtest/gtest.h"

namespace acre::admin {

using Json = nlohmann::json;

class HandlersTest : public ::testing::Test {
 protected:
  static std::unique_ptr<MemoryService> MakeService() {
    auto created = MemoryService::Create(
        {.name = "engine", .hard_limit_bytes = uint64_t{1} << 30});
    EXPECT_TRUE(created.ok()) << created.status();
    return *std::move(created);
  }

  // An arena that holds `bytes`.
  void AddArena(const std::string& name, size_t bytes) {
    auto created = service_->CreateArena(
        {.name = name, .hard_limit_bytes = uint64_t{64} << 20});
    ASSERT_TRUE(created.ok()) << created.status();
    arenas_.push_back(*std::move(created));
    ASSERT_TRUE(bytes == 0 || arenas_.back().Allocate(bytes) != nullptr);
  }

  HttpResponse Ask(const std::string& method, const std::string& target,
                   bool allow_writes = false, const std::string& accept = "") {
    Handlers& handlers = allow_writes ? writing_ : reading_;
    HttpResponse response =
        handlers.Handle({.method = method,
                         .target = target,
                         .accept = accept,
                         .caller = {.uid = 1000, .pid = 77}});
    if (response.stream != nullptr) {
      // An odd size, so that pieces are cut anywhere.
      char buffer[37];
      while (const size_t bytes =
                 response.stream->Read(buffer, sizeof(buffer))) {
        response.body.append(buffer, bytes);
      }
    }
    return response;
  }

  Json Get(const std::string& target) {
    const HttpResponse response = Ask("GET", target);
    EXPECT_EQ(response.status, 200) << response.body;
    return Json::parse(response.body);
  }

  std::string Error(const std::string& method, const std::string& target,
                    int status) {
    const HttpResponse response = Ask(method, target);
    EXPECT_EQ(response.status, status) << response.body;
    return Json::parse(response.body)["error"];
  }

  static std::vector<std::string> Names(const Json& listing) {
    std::vector<std::string> names;
    for (const Json& arena : listing["arenas"]) names.push_back(arena["name"]);
    return names;
  }

  const std::unique_ptr<MemoryService> service_ = MakeService();
  std::vector<Arena> arenas_;
  Handlers reading_{*service_, {}};
  Handlers writing_{*service_, {.allow_writes = true}};
};

}  // namespace acre::admin

#endif  // ACRE_ENGINE_ADAPTER_ADMIN_HANDLERS_FIXTURE_H_
