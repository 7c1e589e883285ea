#include "tools/demo_app/options.h"

#include "gtest/gtest.h"
#include "tools/demo_app/status_text.h"

namespace acre::demo {
namespace {

std::string ErrorOf(const std::vector<std::string_view>& arguments) {
  const absl::StatusOr<Options> options = ParseOptions(arguments);
  return options.ok() ? "no error" : StatusText(options.status());
}

TEST(OptionsTest, NothingGivenMeansTheDefaults) {
  const absl::StatusOr<Options> options = ParseOptions({});
  ASSERT_TRUE(options.ok());
  EXPECT_EQ(options->tenants, 8);
  EXPECT_EQ(options->seconds, 20);
  EXPECT_FALSE(options->has_seconds);
  EXPECT_EQ(options->data, "/var/lib/dpkg/status");
  EXPECT_TRUE(options->socket);
}

TEST(OptionsTest, ValuesFollowAnEqualsSignOrABlank) {
  const absl::StatusOr<Options> options =
      ParseOptions({"--tenants=3", "--workers", "2", "--seconds=0.5", "--limit",
                    "2MiB", "--data=x=y", "--json", "--serve", "--no-socket"});
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->tenants, 3);
  EXPECT_EQ(options->workers, 2);
  EXPECT_EQ(options->seconds, 0.5);
  EXPECT_TRUE(options->has_seconds);
  EXPECT_EQ(options->limit_bytes, 2u << 20);
  EXPECT_EQ(options->data, "x=y");
  EXPECT_TRUE(options->json);
  EXPECT_TRUE(options->serve);
  EXPECT_FALSE(options->socket);
}

TEST(OptionsTest, SizesTakeBinaryUnits) {
  EXPECT_EQ(ParseOptions({"--limit=1048576"})->limit_bytes, 1u << 20);
  EXPECT_EQ(ParseOptions({"--limit=512K"})->limit_bytes, 512u << 10);
  EXPECT_EQ(ParseOptions({"--limit=3GiB"})->limit_bytes, uint64_t{3} << 30);
}

TEST(OptionsTest, BadSizesAreRefused) {
  const std::string wants =
      ": wants a size: bytes, or a number with KiB, MiB or GiB, such as 16MiB";
  for (const char* size : {"", "MiB", "1.5M", "-1", "2MB", "2X", "24 MiB",
                           "99999999999G", "99999999999999999999"}) {
    EXPECT_EQ(ErrorOf({"--limit", size}),
              "--limit \"" + std::string(size) + "\"" + wants);
  }
  EXPECT_EQ(ErrorOf({"--limit=1K"}),
            "--limit \"1K\": wants at least 262144 bytes");
}

TEST(OptionsTest, ErrorsNameTheOptionAndWhatItWants) {
  EXPECT_EQ(ErrorOf({"--tenants", "0"}),
            "--tenants \"0\": wants a whole number from 1 to 1000");
  EXPECT_EQ(ErrorOf({"--workers=many"}),
            "--workers \"many\": wants a whole number from 1 to 256");
  EXPECT_EQ(ErrorOf({"--seconds", "nan"}),
            "--seconds \"nan\": wants seconds, more than 0 and at most "
            "1000000");
  EXPECT_EQ(ErrorOf({"--tenants"}), "--tenants: wants a value");
  EXPECT_EQ(ErrorOf({"--json=yes"}), "--json \"yes\": takes no value");
  EXPECT_EQ(ErrorOf({"--verbose"}),
            "unknown option \"--verbose\"; --help lists them all");
  EXPECT_EQ(ErrorOf({"status"}),
            "unknown option \"status\"; --help lists them all");
}

TEST(OptionsTest, HelpNamesEveryOption) {
  for (const char* name :
       {"--tenants", "--workers", "--seconds", "--limit", "--data", "--json",
        "--serve", "--no-socket", "--help"}) {
    EXPECT_NE(HelpText().find(name), std::string_view::npos) << name;
  }
}

}  // namespace
}  // namespace acre::demo
