#pragma once
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "perturb/method.h"

namespace wardmark {

/// Error(parameter) "--name: not RANGE: value".
[[noreturn]] void refuse_parameter(std::string_view name, std::string_view range, const std::string& value);

/// The parameter as a decimal number from low to high, absent where it is not given. Error(parameter) otherwise.
template <class T>
std::optional<T> number_parameter(const Parameters& given, std::string_view name, T low, T high,
                                  std::string_view range) {
  const std::optional<std::string> text = parameter(given, name);
  if (!text) return std::nullopt;
  T value{};
  const char* end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, value);
  if (error != std::errc{} || stop != end || !(value >= low && value <= high)) refuse_parameter(name, range, *text);
  return value;
}

/// A share from 0 to 1 as "0.12" or "16/255", absent where it is not given. Error(parameter) otherwise.
std::optional<double> share_parameter(const Parameters& given, std::string_view name);

/// --train-size, absent where it is not given or "auto". Error(parameter) otherwise.
std::optional<int> train_size_parameter(const Parameters& given);

/// The parameter when it is one of `choices`, the first of them where it is not given. Error(parameter) otherwise.
template <class Choices>
std::string choice_parameter(const Parameters& given, std::string_view name, const Choices& choices,
                             std::string_view range) {
  const std::optional<std::string> text = parameter(given, name);
  if (!text) return std::string(*std::begin(choices));
  for (const std::string_view choice : choices) {
    if (*text == choice) return *text;
  }
  refuse_parameter(name, range, *text);
}

}  // namespace wardmark
