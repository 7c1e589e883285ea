#include "tools/demo_app/dpkg_relation.h"

#include <algorithm>

namespace acre::demo {
namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kEndOfName = " \t\r\n:,|([<";

std::string_view Trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

// Reads one field from left to right.
class RelationReader {
 public:
  RelationReader(std::string_view text, RelationError* error)
      : text_(text), error_(error) {}

  bool ReadAll(std::vector<Relation>* relations) {
    Relation relation;
    SkipSpace();
    while (!AtEnd()) {
      if (!ReadOne(&relation)) return false;
      relations->push_back(relation);
      SkipSpace();
      if (Accept('|')) {
        ++relation.alternative;
      } else if (Accept(',')) {
        ++relation.group;
        relation.alternative = 0;
      } else if (!AtEnd()) {
        return Fail("expected ',' or '|' between packages");
      }
      SkipSpace();
    }
    return true;
  }

 private:
  bool AtEnd() const { return position_ == text_.size(); }

  bool Fail(const char* what) {
    *error_ = {position_, what};
    return false;
  }

  void SkipSpace() {
    position_ = text_.find_first_not_of(kSpace, position_);
    if (position_ == std::string_view::npos) position_ = text_.size();
  }

  bool Accept(char wanted) {
    if (AtEnd() || text_[position_] != wanted) return false;
    ++position_;
    return true;
  }

  std::string_view ReadWord() {
    const size_t end =
        std::min(text_.find_first_of(kEndOfName, position_), text_.size());
    const std::string_view word = text_.substr(position_, end - position_);
    position_ = end;
    return word;
  }

  bool ReadOne(Relation* relation) {
    relation->constraint = {};
    relation->target = ReadWord();
    if (relation->target.empty()) return Fail("expected the name of a package");
    if (Accept(':') && ReadWord().empty()) {
      return Fail("expected an architecture behind ':'");
    }
    SkipSpace();
    if (!ReadBracket('(', ')', "'(' is never closed", &relation->constraint)) {
      return false;
    }
    std::string_view architectures;
    return ReadBracket('[', ']', "'[' is never closed", &architectures);
  }

  bool ReadBracket(char open, char close, const char* unclosed,
                   std::string_view* content) {
    SkipSpace();
    const size_t start = position_;
    if (!Accept(open)) return true;
    const size_t end = text_.find(close, position_);
    if (end == std::string_view::npos) {
      position_ = start;
      return Fail(unclosed);
    }
    *content = Trimmed(text_.substr(position_, end - position_));
    position_ = end + 1;
    return true;
  }

  const std::string_view text_;
  RelationError* const error_;
  size_t position_ = 0;
};

}  // namespace

bool ParseRelations(std::string_view text, std::vector<Relation>* relations,
                    RelationError* error) {
  return RelationReader(text, error).ReadAll(relations);
}

}  // namespace acre::demo
