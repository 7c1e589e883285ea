// For tests: a service with an admin server, a process to make ill and to ask
// the doctor about, over the socket as the console does.

#ifndef ACRE_TOOLS_CONSOLE_APP_DOCTOR_DISEASE_FIXTURE_H_
#define ACRE_TOOLS_CONSOLE_APP_DOCTOR_DISEASE_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine_adapter/admin/admin_server.h"
#include "engine_adapter/admin/test_directory.h"
#include "engine_adapter/control.h"
#include "engine_adapter/memory_service.h"
#include "tools/console_app/admin_client.h"
#include "tools/console_app/commands/command_table.h"
#include "tools/console_app/doctor/collect.h"
#include "tools/console_app/doctor/diagnosis.h"
#include "tools/console_app/options.h"
#include "tools/console_app/shell/command_line.h"

namespace acre::console::doctor {

class DiseaseTest : public ::testing::Test {
 protected:
  void Start(const ServiceOptions& options = {.name = "engine"}) {
    auto service = MemoryService::Create(options);
    ASSERT_TRUE(service.ok()) << service.status();
    service_ = *std::move(service);
    auto server =
        AdminServer::Start(*service_, {.directory = directory_.PathOf("acre")});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  Arena& AddArena(const ArenaOptions& options) {
    auto arena = service_->CreateArena(options);
    EXPECT_TRUE(arena.ok()) << arena.status();
    arenas_.push_back(*std::move(arena));
    return arenas_.back();
  }

  // Looks, has `between` done, looks again.
  Diagnosis Examine(const Thresholds& thresholds = {},
                    const std::function<void()>& between = nullptr) {
    AdminClient client(server_->socket_path());
    auto evidence = CollectEvidence(
        [&](const std::string& target) { return client.Get(target); },
        [&] {
          if (between) between();
          return absl::OkStatus();
        });
    EXPECT_TRUE(evidence.ok()) << evidence.status();
    if (!evidence.ok()) return {};
    evidence_ = *std::move(evidence);
    const Diagnosis diagnosis = Diagnose(evidence_, thresholds);
    text_ = RenderDiagnosis(evidence_, diagnosis, {});
    for (const NamedFinding& row : diagnosis.findings) {
      for (const std::string& command : row.finding.commands) {
        CheckCommand(command);
      }
    }
    return diagnosis;
  }

  // What a rule found, the most severe first.
  static std::vector<Finding> FindingsOf(const Diagnosis& diagnosis,
                                         std::string_view rule) {
    std::vector<Finding> findings;
    for (const NamedFinding& row : diagnosis.findings) {
      if (row.rule->name == rule) findings.push_back(row.finding);
    }
    return findings;
  }

  // Exactly as it stands there, the console takes it, and the control tree
  // knows what it names.
  void CheckCommand(const std::string& command) {
    if (!command.starts_with("acre_console ")) return;
    const auto words = SplitLine(command);
    ASSERT_TRUE(words.ok()) << command << words.status();
    const std::vector<std::string> arguments(words->begin() + 1, words->end());
    const auto options = ParseOptions(AllCommands(), arguments);
    ASSERT_TRUE(options.ok()) << command << ": " << options.status();
    EXPECT_EQ(options->pid, getpid()) << command;
    if (options->command->noun() != "ctl") return;
    EXPECT_TRUE(Control(*service_).Find(options->arguments[0]).ok()) << command;
  }

  admin::TestDirectory directory_;
  std::unique_ptr<MemoryService> service_;
  std::vector<Arena> arenas_;
  std::unique_ptr<AdminServer> server_;
  Evidence evidence_;
  std::string text_;
};

}  // namespace acre::console::doctor

#endif  // ACRE_TOOLS_CONSOLE_APP_DOCTOR_DISEASE_FIXTURE_H_
