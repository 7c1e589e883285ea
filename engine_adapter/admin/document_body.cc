#include "engine_adapter/admin/document_body.h"

#include <cstddef>
#include <utility>

#include "stats/writers/text.h"

namespace acre::admin {
namespace {

class DocumentBody : public BodySource {
 public:
  explicit DocumentBody(std::unique_ptr<stats::Document> document)
      : document_(std::move(document)) {}

  size_t Read(char* out, size_t max) override {
    while (position_ == text_.size() && more_) {
      text_.Clear();
      position_ = 0;
      more_ = stats::Fill(document_.get(), &text_);
    }
    const size_t bytes = text_.view().copy(out, max, position_);
    position_ += bytes;
    return bytes;
  }

 private:
  const std::unique_ptr<stats::Document> document_;
  stats::FixedText<4 * stats::Document::kMostPieceBytes> text_;
  size_t position_ = 0;  // In text_.
  bool more_ = true;
};

}  // namespace

std::unique_ptr<BodySource> BodyOf(std::unique_ptr<stats::Document> document) {
  return std::make_unique<DocumentBody>(std::move(document));
}

}  // namespace acre::admin
