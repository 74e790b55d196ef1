#include "models/recipe.h"

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/key.h"
#include "models/network.h"

namespace wardmark {
namespace {

void check_range(const char* what, double value, bool inside, const char* range) {
  if (inside) return;
  std::string text = nlohmann::json(value).dump();
  throw Error(Code::parameter, std::string(what) + ": " + text + " is not in " + range);
}

std::string set_hash(const PixelSet& set) {
  const auto* labels = reinterpret_cast<const std::uint8_t*>(set.labels.data());
  const std::string shape = std::to_string(set.height) + "x" + std::to_string(set.width) + "x" +
                            std::to_string(set.channels) + " of " + std::to_string(set.classes.size());
  return to_hex(digest(nullptr, "training set",
                       {bytes_of(shape), set.samples, ByteView(labels, set.labels.size() * sizeof(set.labels[0]))}));
}

}  // namespace

void check_recipe(const Recipe& recipe) {
  find_network(recipe.architecture);
  check_range("width", recipe.width, recipe.width > 0 && recipe.width <= 8, "(0, 8]");
  check_range("epochs", recipe.epochs, recipe.epochs >= 1 && recipe.epochs <= 10000, "1..10000");
  check_range("batch", recipe.batch, recipe.batch >= 2 && recipe.batch <= 65536, "2..65536");
  check_range("learning rate", recipe.rate, recipe.rate > 0 && recipe.rate <= 100, "(0, 100]");
  check_range("momentum", recipe.momentum, recipe.momentum >= 0 && recipe.momentum < 1, "[0, 1)");
  check_range("weight decay", recipe.weight_decay, recipe.weight_decay >= 0 && recipe.weight_decay <= 1, "[0, 1]");
  check_range("outputs", recipe.outputs, recipe.outputs >= 0 && recipe.outputs <= 65536, "0..65536");
  check_range("validation share", recipe.validation_share,
              recipe.validation_share >= 0 && recipe.validation_share <= 0.9, "[0, 0.9]");
}

std::string recipe_json(const Recipe& recipe) {
  nlohmann::json out{{"architecture", recipe.architecture},
                     {"width", recipe.width},
                     {"epochs", recipe.epochs},
                     {"batch", recipe.batch},
                     {"schedule", name(recipe.decay)},
                     {"rate", recipe.rate},
                     {"momentum", recipe.momentum},
                     {"weight_decay", recipe.weight_decay},
                     {"crop_and_flip", recipe.crop_and_flip},
                     {"balanced", recipe.balanced},
                     {"validation_share", recipe.validation_share},
                     {"seed", recipe.seed},
                     {"tag", recipe.tag}};
  if (recipe.outputs > 0) out["outputs"] = recipe.outputs;
  return out.dump();
}

std::string run_identity(const Recipe& recipe, const PixelSet& train, const PixelSet* validation) {
  return recipe_json(recipe) + " " + set_hash(train) + " " + (validation ? set_hash(*validation) : "split");
}

}  // namespace wardmark
