#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "core/error.h"
#include "core/spelling.h"
#include "evaluate/adversarial_training.h"
#include "evaluate/bilateral.h"
#include "evaluate/bit_depth.h"
#include "evaluate/breaker.h"
#include "evaluate/coin.h"
#include "evaluate/crawl.h"
#include "evaluate/cutmix.h"
#include "evaluate/cutout.h"
#include "evaluate/early_stop.h"
#include "evaluate/feature_refit.h"
#include "evaluate/gaussian_blur.h"
#include "evaluate/grayscale.h"
#include "evaluate/high_pass.h"
#include "evaluate/known_pairs.h"
#include "evaluate/mixup.h"
#include "evaluate/orthogonal_projection.h"
#include "evaluate/recoding.h"
#include "evaluate/resize.h"
#include "evaluate/rsk_ff.h"
#include "evaluate/self_supervision.h"
#include "evaluate/ueraser.h"

namespace wardmark {
namespace {

// The shortest text that reads back as the number.
std::string number_text(double number) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  return std::string(text.data(), end);
}

const BreakerInfo& find_breaker(std::string_view name) {
  for (const BreakerInfo& info : breakers()) {
    if (info.name == name) return info;
  }
  const auto nearest = std::ranges::min_element(
      breakers(), {}, [name](const BreakerInfo& info) { return edit_distance(name, info.name); });
  std::string hint = "choose quick, full, or of:";
  for (const BreakerInfo& info : breakers()) hint.append(" ").append(info.name);
  if (edit_distance(name, nearest->name) <= 2) hint = "did you mean " + std::string(nearest->name) + "?";
  throw Error(Code::parameter, "unknown breaker: " + std::string(name), hint);
}

double strength_in_range(const BreakerInfo& info, std::string_view text) {
  const std::string asked = std::string(info.name) + ":" + std::string(text);
  if (info.unit.empty()) throw Error(Code::parameter, asked + ": takes no number", "write " + std::string(info.name));
  const std::string range = "write " + std::string(info.name) + ":N with a " + (info.whole ? "whole " : "") +
                            "number from " + number_text(info.least) + " to " + number_text(info.most) + " (" +
                            std::string(info.unit) + ")";
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number))
    throw Error(Code::parameter, asked + ": not a number", range);
  if (number < info.least || number > info.most) throw Error(Code::parameter, asked + ": out of range", range);
  if (info.whole && number != std::floor(number)) throw Error(Code::parameter, asked + ": not a whole number", range);
  return number;
}

// What stands before the first such character and what after it; no second part where there is none.
std::pair<std::string_view, std::optional<std::string_view>> cut(std::string_view text, char at) {
  const auto place = std::ranges::find(text, at);
  if (place == text.end()) return {text, std::nullopt};
  return {std::string_view(text.begin(), place), std::string_view(place + 1, text.end())};
}

void add(std::vector<BreakerChoice>& chosen, const BreakerInfo& info, std::optional<double> strength) {
  const bool there = std::ranges::any_of(
      chosen, [&](const BreakerChoice& other) { return other.info == &info && other.strength == strength; });
  if (there) return;
  for (const BreakerInfo& other : breakers()) {
    if (other.name == info.by_product_of) add(chosen, other, std::nullopt);
  }
  chosen.push_back({&info, strength});
}

std::optional<double> default_strength(const BreakerInfo& info) {
  if (info.strengths.empty()) return std::nullopt;
  return info.strengths.front();
}

void add_all(std::vector<BreakerChoice>& chosen, bool quick) {
  for (const BreakerInfo& info : breakers()) {
    if (quick && !info.quick) continue;
    add(chosen, info, default_strength(info));
    if (quick) continue;
    for (const double strength : info.strengths) add(chosen, info, strength);
  }
}

}  // namespace

std::span<const BreakerInfo> breakers() {
  static const std::array kBreakers = {
      early_stop_breaker(),     cutout_breaker(),
      cutmix_breaker(),         mixup_breaker(),
      jpeg_breaker(),           webp_breaker(),
      crawl_breaker(),          resize_breaker(),
      grayscale_breaker(),      bit_depth_breaker(),
      gaussian_breaker(),       bilateral_breaker(),
      high_pass_breaker(),      rsk_ff_breaker(),
      coin_breaker(),           ueraser_lite_breaker(),
      ueraser_max_breaker(),    adversarial_linf_breaker(),
      adversarial_l2_breaker(), orthogonal_projection_breaker(),
      linear_probe_breaker(),   nearest_neighbour_breaker(),
      feature_refit_breaker(),  known_pairs_breaker(),
  };
  return kBreakers;
}

std::string BreakerChoice::text() const {
  return strength ? std::string(info->name) + ":" + number_text(*strength) : std::string(info->name);
}

BreakerChoice read_breaker(std::string_view text) {
  const auto [name, number] = cut(text, ':');
  const BreakerInfo& info = find_breaker(name);
  return {&info, number ? strength_in_range(info, *number) : default_strength(info)};
}

std::vector<BreakerChoice> choose_breakers(std::string_view list) {
  std::vector<BreakerChoice> chosen;
  std::optional<std::string_view> rest = list;
  while (rest) {
    const auto [word, after] = cut(*rest, ',');
    rest = after;
    if (word == "quick" || word == "full") {
      add_all(chosen, word == "quick");
      continue;
    }
    const BreakerChoice choice = read_breaker(word);
    add(chosen, *choice.info, choice.strength);
  }
  return chosen;
}

}  // namespace wardmark
