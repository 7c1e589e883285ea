#include "tools/demo_app/dpkg_parser.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <unordered_map>
#include <utility>

#include "absl/status/status.h"
#include "fmt/format.h"

namespace acre::demo {
namespace {

constexpr std::string_view kBlank = " \t\r";

bool IsBlank(char c) { return kBlank.find(c) != std::string_view::npos; }

std::string_view Trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

// A few characters of a line for an error, without what a terminal would obey.
std::string Excerpt(std::string_view line) {
  constexpr size_t kLongest = 40;
  std::string excerpt(line.substr(0, kLongest));
  for (char& c : excerpt) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return line.size() > kLongest ? excerpt + "..." : excerpt;
}

class StatusParser {
 public:
  StatusParser(std::string_view name, std::string_view text)
      : name_(name), text_(text) {}

  absl::Status Parse(std::vector<Package>* packages) {
    if (const size_t zero = text_.find('\0'); zero != std::string_view::npos) {
      return ErrorAt(zero, "a zero byte: this is not a text file");
    }
    while (SkipEmptyLines()) {
      Package package;
      absl::Status status = ParseStanza(&package);
      if (!status.ok()) return status;
      packages->push_back(std::move(package));
    }
    if (packages->empty()) return ErrorAt(0, "no package in the whole file");
    return absl::OkStatus();
  }

 private:
  absl::Status ErrorAt(size_t offset, std::string_view what) const {
    const auto before = text_.substr(0, offset);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    return absl::InvalidArgumentError(
        fmt::format("{}: line {}, offset {}: {}", name_, line, offset, what));
  }

  size_t OffsetOf(std::string_view part) const {
    return static_cast<size_t>(part.data() - text_.data());
  }

  bool AtEnd() const { return position_ >= text_.size(); }

  std::string_view PeekLine() const {
    const size_t end = std::min(text_.find('\n', position_), text_.size());
    return text_.substr(position_, end - position_);
  }

  void SkipLine() { position_ += PeekLine().size() + 1; }

  // False at the end of the text.
  bool SkipEmptyLines() {
    while (!AtEnd() && Trimmed(PeekLine()).empty()) SkipLine();
    return !AtEnd();
  }

  absl::Status ParseStanza(Package* package) {
    const size_t start = position_;
    while (!AtEnd() && !Trimmed(PeekLine()).empty()) {
      std::string_view field;
      std::string_view value;
      absl::Status status = ParseField(&field, &value);
      if (status.ok()) status = Store(field, value, package);
      if (!status.ok()) return status;
    }
    if (package->name.empty()) {
      return ErrorAt(start, "a stanza without a Package field");
    }
    return RejectDuplicate(*package);
  }

  // Reads "Field: value" and the value's further lines.
  absl::Status ParseField(std::string_view* field, std::string_view* value) {
    const std::string_view line = PeekLine();
    if (IsBlank(line[0])) {
      return ErrorAt(position_, fmt::format("\"{}\" continues no field",
                                            Excerpt(Trimmed(line))));
    }
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0 ||
        line.find_first_of(kBlank) < colon) {
      return ErrorAt(position_, fmt::format("expected \"Field: value\", found "
                                            "\"{}\"",
                                            Excerpt(line)));
    }
    *field = line.substr(0, colon);
    const size_t value_start = position_ + colon + 1;
    SkipLine();
    while (!AtEnd() && IsBlank(text_[position_]) &&
           !Trimmed(PeekLine()).empty()) {
      SkipLine();
    }
    *value = text_.substr(value_start, position_ - value_start);
    return absl::OkStatus();
  }

  absl::Status Store(std::string_view field, std::string_view value,
                     Package* package) {
    static constexpr std::pair<std::string_view, std::string_view Package::*>
        kTexts[] = {{"Package", &Package::name},
                    {"Architecture", &Package::architecture},
                    {"Version", &Package::version},
                    {"Section", &Package::section},
                    {"Priority", &Package::priority},
                    {"Maintainer", &Package::maintainer}};
    for (const auto& [name, member] : kTexts) {
      if (field == name) return StoreText(field, value, &(package->*member));
    }
    if (field == "Installed-Size") {
      return StoreNumber(field, value, &package->installed_kib);
    }
    if (field == "Pre-Depends" || field == "Depends") {
      return StoreRelations(field, value, &package->depends);
    }
    if (field == "Recommends") {
      return StoreRelations(field, value, &package->recommends);
    }
    if (field == "Description") StoreDescription(value, package);
    return absl::OkStatus();
  }

  absl::Status StoreText(std::string_view field, std::string_view value,
                         std::string_view* text) const {
    if (!text->empty()) {
      return ErrorAt(OffsetOf(value),
                     fmt::format("a second {} in one stanza", field));
    }
    *text = Trimmed(value);
    if (text->empty()) {
      return ErrorAt(OffsetOf(value), fmt::format("{} is empty", field));
    }
    return absl::OkStatus();
  }

  absl::Status StoreNumber(std::string_view field, std::string_view value,
                           uint64_t* number) const {
    const std::string_view digits = Trimmed(value);
    const char* end = digits.data() + digits.size();
    const auto [stop, code] = std::from_chars(digits.data(), end, *number);
    if (code == std::errc() && stop == end) return absl::OkStatus();
    return ErrorAt(
        OffsetOf(digits.empty() ? value : digits),
        fmt::format("{} is not a number: \"{}\"", field, Excerpt(digits)));
  }

  // Groups continue where Pre-Depends, which stands before Depends, ended.
  absl::Status StoreRelations(std::string_view field, std::string_view value,
                              std::vector<Relation>* relations) const {
    const int groups = relations->empty() ? 0 : relations->back().group + 1;
    const size_t had = relations->size();
    RelationError error;
    if (!ParseRelations(value, relations, &error)) {
      return ErrorAt(OffsetOf(value) + error.offset,
                     fmt::format("{}: {}", field, error.what));
    }
    for (size_t i = had; i < relations->size(); ++i) {
      (*relations)[i].group += groups;
    }
    return absl::OkStatus();
  }

  static void StoreDescription(std::string_view value, Package* package) {
    const size_t first_end = std::min(value.find('\n'), value.size());
    package->summary = Trimmed(value.substr(0, first_end));
    package->description = Trimmed(value.substr(first_end));
  }

  absl::Status RejectDuplicate(const Package& package) {
    const size_t offset = OffsetOf(package.name);
    const auto [first, is_new] = seen_.emplace(
        fmt::format("{}:{}", package.name, package.architecture), offset);
    if (is_new) return absl::OkStatus();
    return ErrorAt(offset,
                   fmt::format("a second package \"{}\", the first is at "
                               "offset {}",
                               Excerpt(first->first), first->second));
  }

  const std::string_view name_;
  const std::string_view text_;
  size_t position_ = 0;
  // "name:architecture" -> offset of the name
  std::unordered_map<std::string, size_t> seen_;
};

}  // namespace

absl::StatusOr<PackageList> ParseDpkgStatus(std::string_view name,
                                            std::string text) {
  PackageList list;
  list.text = std::make_unique<const std::string>(std::move(text));
  StatusParser parser(name, *list.text);
  absl::Status status = parser.Parse(&list.packages);
  if (!status.ok()) return status;
  return list;
}

absl::StatusOr<PackageList> ReadDpkgStatus(const std::string& path) {
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(
      std::fopen(path.c_str(), "rb"), std::fclose);
  if (file == nullptr) {
    const int code = errno;
    const std::string what = fmt::format("{}: {}", path, std::strerror(code));
    return code == ENOENT ? absl::NotFoundError(what)
                          : absl::FailedPreconditionError(what);
  }
  std::string text;
  char buffer[1 << 16];
  while (const size_t n = std::fread(buffer, 1, sizeof(buffer), file.get())) {
    text.append(buffer, n);
  }
  if (std::ferror(file.get()) != 0) {
    return absl::FailedPreconditionError(fmt::format(
        "{}: {} after {} bytes", path, std::strerror(errno), text.size()));
  }
  return ParseDpkgStatus(path, std::move(text));
}

}  // namespace acre::demo
