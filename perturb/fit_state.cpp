#include "perturb/fit_state.h"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

#include "core/error.h"

namespace wardmark {
namespace {

using nlohmann::json;

constexpr std::string_view kSchema = "wardmark-fit-1";
constexpr int kMostSide = 4096;

[[noreturn]] void refuse(const std::string& what) {
  throw Error(Code::record_format, "fit: " + what, "fit again: start anew under another output");
}

}  // namespace

std::span<const std::int8_t> FitState::of(std::string_view id) const {
  const auto at = std::ranges::lower_bound(ids, id);
  if (at == ids.end() || *at != id) return {};
  return std::span(noise).subspan(static_cast<std::size_t>(at - ids.begin()) * item_samples(), item_samples());
}

Bytes write_fit_state(const FitState& state) {
  const json head{{"schema", kSchema},          {"method", state.method},
                  {"width", state.width},       {"height", state.height},
                  {"channels", state.channels}, {"by_class", state.by_class},
                  {"ids", state.ids},           {"salience", state.salience.cells().size()}};
  const std::string text = head.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  Bytes bytes(text.size() + state.noise.size());
  std::ranges::copy(text, bytes.begin());
  if (!state.noise.empty()) std::memcpy(bytes.data() + text.size(), state.noise.data(), state.noise.size());
  for (const std::uint32_t cell : state.salience.cells()) {
    for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<std::uint8_t>(cell >> shift));
  }
  return bytes;
}

FitState read_fit_state(ByteView bytes) {
  const std::string_view all = text_of(bytes);
  const std::size_t end = all.find('\n');
  if (end == std::string_view::npos) refuse("no first line");
  FitState state;
  std::size_t cells = 0;
  try {
    const json head = json::parse(all.substr(0, end));
    if (head.at("schema") != kSchema) refuse("of another version");
    state.method = head.at("method").get<std::string>();
    state.width = head.at("width").get<int>();
    state.height = head.at("height").get<int>();
    state.channels = head.at("channels").get<int>();
    state.by_class = head.at("by_class").get<bool>();
    state.ids = head.at("ids").get<std::vector<std::string>>();
    cells = head.at("salience").get<std::size_t>();
  } catch (const json::exception&) {
    refuse("its first line cannot be read");
  }
  const bool shaped = state.width >= 1 && state.width <= kMostSide && state.height >= 1 && state.height <= kMostSide &&
                      (state.channels == 1 || state.channels == 3);
  if (!shaped || !std::ranges::is_sorted(state.ids)) refuse("numbers that do not fit");
  if (cells != 0 && cells != SalienceMap::kSide * SalienceMap::kSide) refuse("numbers that do not fit");
  const ByteView rest = bytes.subspan(end + 1);
  const std::size_t samples = state.ids.size() * state.item_samples();
  if (rest.size() != samples + cells * 4) refuse("cut short, or longer than it says");
  const ByteView noise = rest.first(samples), map = rest.subspan(samples);
  state.noise.resize(noise.size());
  if (!noise.empty()) std::memcpy(state.noise.data(), noise.data(), noise.size());
  std::vector<std::uint32_t> values(cells);
  for (std::size_t i = 0; i < map.size(); ++i) values[i / 4] |= std::uint32_t{map[i]} << (i % 4 * 8);
  state.salience = SalienceMap(std::move(values));
  return state;
}

}  // namespace wardmark
