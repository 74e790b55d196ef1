#include "cli/fitting.h"
#include "core/error.h"
#include "core/seal.h"
#include "io/atomic_file.h"
#include "io/item_id.h"

namespace wardmark {
namespace {

constexpr auto kPurpose = "fit";

}  // namespace

std::shared_ptr<const FitState> recorded_fit(const RecordFolder& record, const ReleaseKeys& keys) {
  if (!std::filesystem::exists(record.fit_path())) return nullptr;
  const auto bytes = unseal_bytes(keys.seal, kPurpose, read_file(record.fit_path()));
  if (!bytes) {
    throw Error(Code::record_format, shown(record.fit_path()) + ": cannot be opened: damaged, or of another release",
                "start anew under another output");
  }
  return std::make_shared<const FitState>(read_fit_state(*bytes));
}

void record_fit(const RecordFolder& record, const ReleaseKeys& keys, const FitState& fit) {
  write_file(record.fit_path(), seal_bytes(keys.seal, kPurpose, write_fit_state(fit)), 0600);
  std::error_code ignored;
  std::filesystem::remove(record.fit_checkpoint_path(), ignored);
}

}  // namespace wardmark
