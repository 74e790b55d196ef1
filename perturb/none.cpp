#include "perturb/none.h"

namespace wardmark {
namespace {

class None final : public Protector {
 public:
  int train_side(int /*width*/, int /*height*/) const override { return 0; }
  Planes protect(const Planes& picture, const ItemContext& /*item*/, std::optional<Note>& /*why*/) const override {
    return {picture.width, picture.height, picture.channels, picture.full_range, {}};
  }
  bool leaves(const ItemContext& /*item*/, std::optional<Note>& /*why*/) const override { return true; }
  bool verifiable() const override { return false; }
};

std::unique_ptr<Protector> prepare(const PrepareInput& input) {
  check_parameter_names("none", {}, input.parameters);
  return std::make_unique<None>();
}

}  // namespace

MethodInfo none_method() {
  return {.name = "none",
          .summary = "changes nothing; for calibration",
          .effect = Effect::none,
          .needs_labels = false,
          .needs_engine = false,
          .verifiable = false,
          .source = "",
          .parameters = {},
          .prepare = prepare};
}

}  // namespace wardmark
