#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/bytes.h"
#include "core/key.h"
#include "core/report.h"
#include "perturb/row_stage.h"

namespace wardmark {

/// Colour planes of a picture in stored units (0..full_range), interleaved float32, no alpha: what methods compute on.
struct Planes {
  int width = 0;
  int height = 0;
  int channels = 0;
  float full_range = 255.0f;
  Raw<float> v;  ///< height x width x channels
};

struct Size {
  int width = 0;
  int height = 0;
  friend bool operator==(const Size&, const Size&) = default;
};

/// Size with the given short side and the aspect of width x height; the long side is rounded half up, never below
/// `side`. The picture's own size when its short side is not larger than `side`, or `side` is 0.
Size training_size(int width, int height, int side);

/// Largest side of pictures that are trained on as they are.
inline constexpr int kSmallPicture = 64;
/// The short side at which a picture is trained on: `wanted`, or its own up to 64 px and 224 px above; never above its
/// own.
int usual_train_side(int width, int height, std::optional<int> wanted);

/// The same colour everywhere, up to the rounding of area averages.
bool is_flat(const Planes& picture);

struct FitState;

/// What changes a picture: noise inside a budget, or a transform that no per-pixel budget fits.
enum class Effect { none, additive, transform };

/// How a method's result becomes a stored integer.
enum class Rounding { half_up, truncate };

/// One parameter a method declares. The command line, man page and contract tests are made from these rows.
struct ParameterInfo {
  std::string_view name;          ///< long option without dashes: "kernel"
  std::string_view value;         ///< placeholder: "K"
  std::string_view default_text;  ///< as documented: "3 up to 64 px, else 9"
  std::string_view help;          ///< one line, range and unit in it
};

/// Parameters as given, name to text, sorted by name; validated by the method's prepare().
using Parameters = std::vector<std::pair<std::string, std::string>>;
std::optional<std::string> parameter(const Parameters& parameters, std::string_view name);
/// Error(parameter) naming the first of `given` that is not among `known`, with the known ones as hint.
void check_parameter_names(std::string_view method, std::span<const ParameterInfo> known, const Parameters& given);

/// What prepare() may depend on: never on order, threads, shards or hosts.
struct PrepareInput {
  Subkey pool_key;                   ///< the drawn candidate key k_J: all marks come from it and the slot alone
  std::vector<std::string> classes;  ///< sorted by bytes
  std::vector<std::uint32_t> slots;  ///< slots[c]: slot drawn for class c
  std::uint64_t items = 0;           ///< items of the plan
  Parameters parameters;
  std::shared_ptr<const FitState> fit;  ///< fitted methods: what was fitted; null: nothing yet
  std::optional<double> epsilon;        ///< additive methods: share of the full range; absent: the method's own
};

/// One picture as a method sees it.
struct ItemContext {
  std::string_view id;
  std::uint64_t index = 0;  ///< in plan order
  std::uint32_t class_index = 0;
  std::uint32_t slot = 0;
  int version = 0;  ///< 0 or 1 where the method makes twins
};

/// A prepared method; const members are thread-safe and pure.
class Protector {
 public:
  virtual ~Protector() = default;
  /// Short side at which protect() is to be called for a picture of this size; 0: at the picture's own size always.
  virtual int train_side(int width, int height) const = 0;
  /// Size at which protect() is to be called, neither side larger than the picture's: by default the short side above,
  /// with the picture's aspect.
  virtual Size train_size(int width, int height) const {
    return training_size(width, height, train_side(width, height));
  }
  /// True when the item stays as it is whatever its pixels (not among the drawn fraction); `why` may say so. Asked
  /// before protect(), which is then not called.
  virtual bool leaves(const ItemContext& /*item*/, std::optional<Note>& /*why*/) const { return false; }
  /// The changed picture, same shape, stored units, unclipped and unrounded, finite; empty `v` when this picture is to
  /// be left as it is (a constant picture), with `why` set.
  virtual Planes protect(const Planes& picture, const ItemContext& item, std::optional<Note>& why) const = 0;
  /// What follows at the picture's own size, after protect()'s change was carried there: null, nothing.
  virtual std::unique_ptr<RowStage> rows(const RowShape& /*shape*/, const ItemContext& /*item*/) const {
    return nullptr;
  }
  /// True when rows() is all there is: protect() is not called, nothing is reduced or carried, and a constant picture
  /// is left as it is.
  virtual bool by_rows() const { return false; }
  /// True when every item has two versions, of which a coin of the draw publishes one.
  virtual bool twins() const { return false; }
  virtual Rounding rounding() const { return Rounding::half_up; }
  /// False where the parameters at hand (a compatibility seed) leave no draw of the key to test.
  virtual bool verifiable() const { return true; }
};

struct MethodInfo {
  std::string_view name;
  std::string_view summary;  ///< one line
  Effect effect;
  bool needs_labels;
  bool needs_engine;        ///< fitted methods: wardmark-nn, unless needs_fit() (fit.h) says otherwise
  bool verifiable;          ///< the release draw gives an exact test
  std::string_view source;  ///< paper
  std::span<const ParameterInfo> parameters;
  std::function<std::unique_ptr<Protector>(const PrepareInput& input)> prepare;
  double epsilon = 0;  ///< additive methods: budget where none is given, share of the full range
};

/// The only list of methods, in the order `wardmark methods` prints.
std::span<const MethodInfo> methods();
/// A row by name, or a composition of rows (composition.h). Error(method_missing) with the nearest name as hint.
const MethodInfo& find_method(std::string_view name);

}  // namespace wardmark
