#pragma once
#include <memory>
#include <string>
#include <vector>

#include "cli/console.h"
#include "cli/dataset_options.h"
#include "cli/method_options.h"
#include "core/plan.h"
#include "io/labels.h"

namespace wardmark {

/// What fixes a release beside its items, as typed: shared by `plan` and `protect`.
struct ReleaseArgs {
  InputArgs input;
  MethodArgs method;
  std::string release;
  std::string group = "item";
  double alpha = 1e-3;
  std::uint32_t suspects = 20;
  std::uint32_t pool = 0;
  std::uint32_t images_per_class = 200;
  std::string test, test_labels = "folder", test_splits;
  std::uint32_t spare_slots = 16;
  std::string beacon_network;
  std::uint64_t beacon_round = 0;
  std::string beacon_after;
  std::string published;
  bool private_paths = false;
};

void add_release_options(CLI::App& app, ReleaseArgs& args);

/// `--private-paths`, of commands that print items by Console::item_text() alone.
void add_private_paths(CLI::App& app, bool& hidden);
/// Ids of all items, in order.
std::vector<std::string> ids_of(const Survey& survey);
std::vector<std::string> ids_of(const Plan& plan);

/// An opened input with its classes.
struct OpenInput {
  const DatasetFormat* format = nullptr;
  DatasetOptions options;
  std::unique_ptr<DatasetReader> reader;
  std::vector<ClassCount> classes;
};

/// Opens the input and checks its labels as far as the method needs them; prints what was left out. A scan that reads
/// pixels runs on `jobs` threads.
OpenInput open_input(const ReleaseArgs& args, const MethodInfo& method, unsigned jobs, Console& console);

/// The recipe entries of a release, as typed.
Settings recipe_of(const ReleaseArgs& args);
/// The same with what is taken where nothing was typed: kDefaultBound of additive methods on studies.
Settings recipe_of(const ReleaseArgs& args, const DatasetFormat& format, const MethodInfo& method);

/// Scans, hashes and completes a plan. Empty optional when stopped by a signal.
std::optional<Plan> make_plan(const ReleaseArgs& args, const OpenInput& input, const MethodInfo& method,
                              const OwnerKey& key, unsigned jobs, Console& console, const std::atomic<bool>& stop);

/// The beacon round that was named, or the first after the time that was. Error(beacon).
std::optional<BeaconPromise> promised_round(const ReleaseArgs& args);

/// The release name: --release, or the input's own name.
std::string release_name(const ReleaseArgs& args, const OwnerKey& key);

/// Cores this process may use.
unsigned default_jobs();

}  // namespace wardmark
