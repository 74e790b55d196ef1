#pragma once
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/clinical.h"
#include "core/image.h"
#include "core/lane_digest.h"
#include "core/plan.h"
#include "core/report.h"

namespace wardmark {

/// What became of an item.
enum class ItemState {
  protected_,  ///< changed and written
  left,        ///< written as it was: not drawn, constant, or the method changes nothing
  refused,     ///< not written; notes hold the reason
  withdrawn,   ///< struck from the record (`manifest redact`): only place and leaf are left
};
std::string_view name(ItemState state);

/// Measured on the file read back, in stored units.
struct Measured {
  std::int64_t max_abs = 0;       ///< largest change of a sample
  std::uint64_t sum_sq = 0;       ///< exact sum of squared changes
  std::uint64_t samples = 0;      ///< samples that could change
  std::int32_t full_range = 255;  ///< 255 or 65535
  std::int32_t ssim = 10000;      ///< x 1e-4
  std::int32_t ciede2000 = 0;     ///< 95th percentile x 1e-2
  std::int32_t survival = 10000;  ///< share of the change that outlives lossy coding x 1e-4
  /// dB relative to the full range; infinity when nothing changed.
  double psnr() const;
  bool visible() const { return ssim < 9700 || ciede2000 > 300; }
  friend bool operator==(const Measured&, const Measured&) = default;
};

/// A sentence put into a released text: bytes at..at+length of the released file.
struct Insertion {
  std::uint64_t at = 0;
  std::uint64_t length = 0;
  std::uint32_t sentence = 0;
  std::string document;  ///< of a file of records, the record's id; else the item's
  friend bool operator==(const Insertion&, const Insertion&) = default;
};

/// One line of a manifest. It holds no time, host, thread or absolute path.
struct ManifestItem {
  std::uint64_t n = 0;  ///< place in the plan
  std::uint32_t batch = 0;
  ItemState state = ItemState::protected_;
  std::string id;
  std::string output_id;          ///< name in the release; empty when refused
  std::uint32_t slot = kNoClass;  ///< mark index
  Digest output{};                ///< of the stored bytes
  Digest output_content{};        ///< of the decoded pixels
  std::uint64_t bytes = 0;        ///< of the output
  Measured measured;
  std::optional<Clinical> clinical;  ///< of pictures that are judged by their physical values
  std::vector<Note> notes;
  std::vector<Insertion> insertions;  ///< texts only, by place
};

/// First line: which release and recipe the lines belong to. Clear text; tells nothing of paths, labels or marks.
struct ManifestHeader {
  ReleaseId release{};
  std::string name_token;
  Digest plan_hash{};
  Digest commitment_1{};
  std::string draw = "self";          ///< "self" or "beacon"
  std::string beacon;                 ///< what entered the draw, or empty
  std::vector<std::uint32_t> shards;  ///< of a part: which shards it holds, sorted; empty when complete
  std::uint32_t shard_count = 0;      ///< 0 when complete
  std::uint32_t batch = 0;            ///< which batch the lines are of; 0: the release as it began
  std::optional<Digest> parent = {};  ///< of a batch: commitment 1 of the release
};

/// Last line of a finished manifest.
struct ManifestFooter {
  std::uint64_t items = 0;
  std::uint64_t protected_ = 0;
  std::uint64_t left = 0;
  std::uint64_t refused = 0;
  Digest root{};                    ///< Merkle root over the item lines in order
  Digest commitment_2{};            ///< covers commitment 1 and root
  std::optional<Digest> container;  ///< of the whole output, when it is one file
  std::uint64_t withdrawn = 0;      ///< lines of which only the leaf is left; they stay in the counts above
  std::string mac;                  ///< keyed seal over header and footer, hexadecimal
};

struct Manifest {
  ManifestHeader header;
  std::vector<std::string> lines;  ///< item lines as stored, without line ends, sorted by n
  std::optional<ManifestFooter> footer;
  std::uint64_t whole_bytes = 0;  ///< bytes of the text up to the last complete line (footer excluded)
};

std::string header_line(const ManifestHeader& header);
std::string item_line(const ManifestItem& item, const ReleaseKeys& keys);
/// Footer over `leaves` (one per item line, in order) with counts given; computes root, commitment 2 and seal.
std::string footer_line(const std::string& header, ManifestFooter& footer, const std::vector<Digest>& leaves,
                        const Digest& commitment_1, const ReleaseKeys& keys);
/// Leaf of an item line in the root; of a withdrawn item's line the one it names.
Digest line_leaf(std::string_view line);

/// Reads a manifest's text. A torn last line (no line end) is dropped when `torn_tail` is allowed.
/// Error(record_format). Checks order and root, not the seal.
Manifest parse_manifest(std::string_view text, bool torn_tail = false);
/// Opens one item line. Error(key_wrong) or (record_altered).
ManifestItem open_item(std::string_view line, const ReleaseKeys& keys);
/// The place in the plan that a line names, without a key.
std::uint64_t line_number(std::string_view line);
/// Error(record_altered) unless header, root and counts carry the seal of this release.
void check_seal(const Manifest& manifest, const ReleaseKeys& keys);

/// The text of a finished manifest without what it said of the items at these places: their leaves stay, so root and
/// commitments do too. `plan_hash`: of the plan, which was rewritten likewise. Lines that are withdrawn stay so.
std::string redact_manifest(const Manifest& manifest, const std::set<std::uint64_t>& places, const Digest& plan_hash,
                            const ReleaseKeys& keys);

/// Hash of a released file, or of one record of an array file, as stored.
Digest output_digest(ByteView stored);
/// Hash of pixels and shape (not of their file): width, height, channels, bits, alpha, samples in little endian.
Digest content_digest(const Image& image);
/// The same of a picture whose samples `hash` took.
Digest content_digest(const ImageShape& shape, LaneHash& hash);

}  // namespace wardmark
