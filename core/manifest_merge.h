#pragma once
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/manifest_lines.h"
#include "core/merkle.h"

namespace wardmark {

/// A manifest to be joined with others.
struct ManifestPart {
  std::string name;  ///< for messages
  NextLine next;
};

/// Joins finished manifests of one release, line by line: neither the parts nor the result are held in memory. The
/// result depends on the set of lines alone, so joining is associative and idempotent. Not thread-safe. Cost: one hash
/// per line; a line that several parts hold is opened too.
class ManifestMerge {
 public:
  /// Reads the headers. Error(merge_mixed) where release, plan, batch, draw or number of shards differ;
  /// Error(record_format) also without a part. Errors name the part.
  explicit ManifestMerge(std::vector<ManifestPart> parts);
  /// Of the result. It has no list of shards when it is complete.
  const ManifestHeader& header() const { return header_; }
  /// Hands the result's lines to `write`, in order and without line ends; returns its footer. What was written holds
  /// only once this returns: the seal of a part shows at its end. Error(record_incomplete) where a part has no footer,
  /// Error(record_altered) where its seal does not fit or two parts differ in a line. `container` is kept of a single
  /// part only. To be called once.
  ManifestFooter run(const ReleaseKeys& keys, const std::function<void(std::string_view)>& write);

 private:
  struct Part {
    Part(std::string part_name, NextLine next) : name(std::move(part_name)), reader(std::move(next)) {}
    std::string name;
    ManifestReader reader;
    MerkleTree tree;
    std::uint64_t withdrawn = 0;
  };
  bool advance(Part& part, const ReleaseKeys& keys);

  std::deque<Part> parts_;
  ManifestHeader header_;
};

}  // namespace wardmark
