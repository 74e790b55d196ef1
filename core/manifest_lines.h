#pragma once
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "core/manifest.h"

namespace wardmark {

/// Error(record_format).
[[noreturn]] void manifest_damaged(const std::string& what);
nlohmann::json parse_manifest_object(std::string_view line);
/// A digest as manifests write it: empty where it is all zero.
std::string manifest_digest(const Digest& digest);
Digest manifest_digest_of(const nlohmann::json& text);
ItemState item_state_of(const std::string& text);

bool is_withdrawn_line(std::string_view line);
/// What became of the item before it was withdrawn, if it was.
ItemState released_as(std::string_view line, const ReleaseKeys& keys);

/// Error(record_altered) unless header, root over `items` lines and counts carry the seal of this release.
void check_footer(const ManifestHeader& header, const ManifestFooter& footer, const Digest& root, std::uint64_t items,
                  std::uint64_t withdrawn, const ReleaseKeys& keys);
/// Footer line with the root and counts that `footer` holds; computes commitment 2 and seal.
std::string sealed_footer_line(const std::string& header, ManifestFooter& footer, const Digest& commitment_1,
                               const ReleaseKeys& keys);

/// The next line of a text without its line end; empty at the end of the text.
using NextLine = std::function<std::optional<std::string>()>;

/// Reads a manifest line by line. Checks order, not root or seal.
class ManifestReader {
 public:
  /// Reads the header. Error(record_format), also of everything below.
  explicit ManifestReader(NextLine next);
  const ManifestHeader& header() const { return header_; }
  /// The next item line; false at the end. After it, `footer()` says whether there was one.
  bool advance();
  const std::string& line() const { return line_; }
  std::uint64_t number() const { return number_; }
  const std::optional<ManifestFooter>& footer() const { return footer_; }

 private:
  NextLine next_;
  ManifestHeader header_;
  std::string line_;
  std::uint64_t number_ = 0;
  bool any_ = false;
  std::optional<ManifestFooter> footer_;
};

}  // namespace wardmark
