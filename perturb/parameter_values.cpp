#include "perturb/parameter_values.h"

#include "core/error.h"

namespace wardmark {

void refuse_parameter(std::string_view name, std::string_view range, const std::string& value) {
  throw Error(Code::parameter, "--" + std::string(name) + ": not " + std::string(range) + ": " + value,
              "`wardmark methods` lists the parameters");
}

std::optional<double> share_parameter(const Parameters& given, std::string_view name) {
  const std::optional<std::string> text = parameter(given, name);
  if (!text) return std::nullopt;
  double value = 0, below = 1;
  const char* end = text->data() + text->size();
  auto [stop, error] = std::from_chars(text->data(), end, value);
  if (error == std::errc{} && stop != end && *stop == '/') {
    const auto rest = std::from_chars(stop + 1, end, below);
    stop = rest.ptr;
    error = rest.ec;
  }
  const double share = value / below;
  if (error != std::errc{} || stop != end || !(below > 0) || !(share >= 0 && share <= 1))
    refuse_parameter(name, "a share from 0 to 1, as 0.12 or 16/255", *text);
  return share;
}

std::optional<int> train_size_parameter(const Parameters& given) {
  if (parameter(given, "train-size").value_or("auto") == "auto") return std::nullopt;
  return number_parameter(given, "train-size", 8, 1024, "auto or a number from 8 to 1024");
}

}  // namespace wardmark
