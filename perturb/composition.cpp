#include "perturb/composition.h"

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include "core/error.h"
#include "perturb/fit.h"

namespace wardmark {
namespace {

/// The methods that go together, in the order in which they work: a filter would blur noise that was added before it,
/// and a shading is done by rows at the picture's own size, after all else.
constexpr std::array<std::string_view, 5> kOrder = {"cuda", "salm", "lsp", "ar", "field"};

using Parts = std::vector<const MethodInfo*>;

Parameters own_parameters(const MethodInfo& part, const Parameters& all) {
  Parameters own;
  for (const auto& given : all) {
    if (std::ranges::find(part.parameters, given.first, &ParameterInfo::name) != part.parameters.end())
      own.push_back(given);
  }
  return own;
}

class RowStages final : public RowStage {
 public:
  explicit RowStages(std::vector<std::unique_ptr<RowStage>> stages) : stages_(std::move(stages)) {}
  void band(int y, int count) override {
    for (const auto& stage : stages_) stage->band(y, count);
  }
  void strip(int y, std::size_t from, std::size_t n, float* values) override {
    for (const auto& stage : stages_) stage->strip(y, from, n, values);
  }

 private:
  std::vector<std::unique_ptr<RowStage>> stages_;
};

class Composition final : public Protector {
 public:
  explicit Composition(std::vector<std::unique_ptr<Protector>> parts) : parts_(std::move(parts)) {}

  int train_side(int width, int height) const override { return first().train_side(width, height); }
  bool verifiable() const override {
    return std::ranges::all_of(parts_, [](const auto& part) { return part->verifiable(); });
  }
  bool leaves(const ItemContext& item, std::optional<Note>& why) const override {
    return std::ranges::all_of(parts_, [&](const auto& part) { return part->leaves(item, why); });
  }

  Planes protect(const Planes& picture, const ItemContext& item, std::optional<Note>& why) const override {
    Planes out{picture.width, picture.height, picture.channels, picture.full_range, {}};
    if (is_flat(picture)) {
      why = Note{Code::flat, {}};
      return out;
    }
    std::optional<Note> ignored, skipped;
    bool rows = false;
    for (const auto& part : parts_) {
      if (part->leaves(item, ignored)) continue;
      rows = rows || part->by_rows();
      if (part->by_rows()) continue;
      Planes next = part->protect(out.v.empty() ? picture : out, item, skipped);
      if (!next.v.empty()) out = std::move(next);
    }
    // A part that finds nothing to change leaves the picture to the others.
    if (out.v.empty() && rows) return picture;
    if (out.v.empty()) why = skipped;
    return out;
  }

  std::unique_ptr<RowStage> rows(const RowShape& shape, const ItemContext& item) const override {
    std::vector<std::unique_ptr<RowStage>> stages;
    std::optional<Note> ignored;
    for (const auto& part : parts_) {
      if (part->leaves(item, ignored)) continue;
      if (auto stage = part->rows(shape, item)) stages.push_back(std::move(stage));
    }
    return stages.empty() ? nullptr : std::make_unique<RowStages>(std::move(stages));
  }

 private:
  const Protector& first() const { return *parts_.front(); }
  std::vector<std::unique_ptr<Protector>> parts_;
};

std::unique_ptr<Protector> prepare_parts(const Parts& parts, const PrepareInput& input) {
  std::vector<std::unique_ptr<Protector>> prepared;
  for (const MethodInfo* part : parts) {
    PrepareInput own = input;
    own.parameters = own_parameters(*part, input.parameters);
    own.epsilon.reset();
    if (needs_fit(*part, own.parameters) || makes_twins(*part, own.parameters)) {
      throw Error(Code::parameter,
                  "-m: " + std::string(part->name) + " with fitted noise or twins goes with no other method",
                  "leave out --carrier-share and --twins");
    }
    prepared.push_back(part->prepare(own));
    if (prepared.back()->rounding() == Rounding::truncate) {
      throw Error(Code::parameter, "-m: --variant paper works at a size of its own and goes with no other method",
                  "use --variant dc");
    }
  }
  return std::make_unique<Composition>(std::move(prepared));
}

/// A row and what its views look at.
struct Entry {
  std::string name, summary;
  std::vector<ParameterInfo> parameters;
  MethodInfo info;
};

void describe(Entry& entry, const Parts& parts) {
  bool engine = false;
  for (const MethodInfo* part : parts) {
    entry.name.append(entry.name.empty() ? "" : ",").append(part->name);
    entry.summary.append(entry.summary.empty() ? "" : " + ").append(part->summary);
    engine = engine || part->needs_engine;
    for (const ParameterInfo& p : part->parameters) {
      if (std::ranges::find(entry.parameters, p.name, &ParameterInfo::name) == entry.parameters.end())
        entry.parameters.push_back(p);
    }
  }
  entry.info = {.name = entry.name,
                .summary = entry.summary,
                .effect = Effect::transform,
                .needs_labels = true,
                .needs_engine = engine,
                .verifiable = true,
                .source = "",
                .parameters = entry.parameters,
                .prepare = [parts](const PrepareInput& input) { return prepare_parts(parts, input); }};
}

/// All of them; made once.
const std::deque<Entry>& compositions() {
  static const std::deque<Entry> kAll = [] {
    std::deque<Entry> all;
    for (unsigned mask = 1; mask < 1u << kOrder.size(); ++mask) {
      Parts parts;
      for (std::size_t i = 0; i < kOrder.size(); ++i) {
        if ((mask >> i & 1u) != 0) parts.push_back(&find_method(kOrder[i]));
      }
      if (parts.size() >= 2) describe(all.emplace_back(), parts);
    }
    return all;
  }();
  return kAll;
}

std::string order_text() {
  std::string text;
  for (const std::string_view name : kOrder) text.append(text.empty() ? "" : ", ").append(name);
  return text;
}

}  // namespace

const MethodInfo* find_composition(std::string_view name) {
  if (name.find(',') == std::string_view::npos) return nullptr;
  unsigned mask = 0;
  for (std::size_t from = 0; from <= name.size();) {
    const std::size_t to = std::min(name.find(',', from), name.size());
    const std::string_view part = find_method(name.substr(from, to - from)).name;
    const auto place = std::ranges::find(kOrder, part);
    const unsigned bit = place == kOrder.end() ? 0 : 1u << (place - kOrder.begin());
    if (bit == 0 || (mask & bit) != 0) {
      throw Error(Code::parameter,
                  "-m " + std::string(name) + ": " + std::string(part) +
                      (bit == 0 ? " goes with no other method" : " is named twice"),
                  "these go together, each once: " + order_text());
    }
    mask |= bit;
    from = to + 1;
  }
  std::string canonical;
  for (std::size_t i = 0; i < kOrder.size(); ++i) {
    if ((mask >> i & 1u) != 0) canonical.append(canonical.empty() ? "" : ",").append(kOrder[i]);
  }
  return &std::ranges::find(compositions(), canonical, &Entry::name)->info;
}

}  // namespace wardmark
