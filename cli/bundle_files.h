#pragma once
#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "cli/open_record.h"
#include "cli/suspect_verdict.h"
#include "core/owner_key.h"
#include "io/record_folder.h"

namespace wardmark {

std::string text_of_file(const std::filesystem::path& file);

/// Error(bundle_altered): what does not fit in a file of a bundle.
[[noreturn]] void bundle_altered(const std::filesystem::path& file, const std::string& what);

/// Writes a folder of evidence (docs/formats.md, "Evidence bundle"): files, and a sealed list of them.
class BundleWriter {
 public:
  /// Makes DIR, mode 0700. Error(output_exists) unless it is new or empty.
  explicit BundleWriter(std::filesystem::path folder);
  /// Error(write_failed).
  void add(const std::string& name, ByteView bytes);
  /// README.txt with what all bundles hold behind `about`, release.key (of the release's name), plan, manifest, fit and
  /// time stamps, and the list of tests.
  void add_record(const std::string& about, const RecordFolder& record, const Plan& plan, const OwnerKey& key,
                  const std::filesystem::path& log);
  /// The last step: the list of all files, sealed under the release's key.
  void seal(const ReleaseKeys& keys);

 private:
  struct List;
  std::filesystem::path folder_;
  std::shared_ptr<List> list_;
};

/// A bundle whose files are whole, opened.
struct OpenBundle {
  std::filesystem::path folder;
  OpenRecord record;
  ReleaseKeys keys;
  std::vector<TimeStamp> stamps;
};
/// Checks every byte. Error(bundle_altered) says what does not fit; errors of the record pass through.
OpenBundle open_bundle(const std::filesystem::path& folder);

/// A test as members of the object in test.json, and back: a json::exception where they are not there.
nlohmann::json json_of(const LoggedTest& test);
void take(const nlohmann::json& value, LoggedTest& test);
/// What the test.json of a folder says it is; empty where there is none.
std::string bundle_schema(const std::filesystem::path& folder);

/// The list of tests says of this one what was computed: Error(bundle_altered) otherwise.
void check_bundle_log(const OpenBundle& bundle, const LoggedTest& test, const std::string& table, double p);

}  // namespace wardmark
