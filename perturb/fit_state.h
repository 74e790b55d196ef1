#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "perturb/salience_map.h"

namespace wardmark {

/// What was fitted to a data set, noise or the place of a mask or both, as a record keeps it: applying it needs no
/// network.
struct FitState {
  std::string method;            ///< row of the method table
  int width = 0, height = 0;     ///< of the pictures it was fitted to, all brought to this size
  int channels = 0;              ///< 1 or 3
  std::vector<std::string> ids;  ///< of the items, sorted by bytes; or of the classes, when `by_class`
  bool by_class = false;
  std::vector<std::int8_t> noise;  ///< ids x height x width x channels, in 255ths of the full range
  SalienceMap salience = {};       ///< of the data set, where the method's mask goes by it

  std::size_t item_samples() const {
    return static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * static_cast<std::size_t>(channels);
  }
  /// The noise of an item or class; empty where none was fitted.
  std::span<const std::int8_t> of(std::string_view id) const;
};

/// docs/formats.md, "Fit". Error(record_format) for what is damaged or of another version.
Bytes write_fit_state(const FitState& state);
FitState read_fit_state(ByteView bytes);

}  // namespace wardmark
