#include "io/dataset_format.h"

#include <algorithm>
#include <system_error>

#include "core/error.h"
#include "io/item_id.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;

/// Absolute, links resolved as far as the path exists, no slash at the end.
fs::path resolved(const fs::path& path) {
  std::error_code error;
  const fs::path absolute = fs::absolute(path, error);
  fs::path real = fs::weakly_canonical(absolute, error);
  if (error) real = absolute.lexically_normal();
  return real.has_filename() ? real : real.parent_path();
}

bool inside(const fs::path& inner, const fs::path& outer) {
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

}  // namespace

void check_output_place(const fs::path& input, const fs::path& output, const DatasetOptions& options) {
  const fs::path in = resolved(input);
  const fs::path out = resolved(output);
  std::error_code error;
  const char* hint = "choose an output beside the input";
  if (in == out || fs::equivalent(in, out, error)) {
    throw Error(Code::output_inside, shown(output) + ": input and output are the same", hint);
  }
  if (inside(out, in)) throw Error(Code::output_inside, shown(output) + ": the output is inside the input", hint);
  if (inside(in, out) && !fs::is_regular_file(in, error)) {
    throw Error(Code::output_inside, shown(output) + ": the input is inside the output", hint);
  }
  if (options.resume || options.overwrite) return;
  const auto status = fs::symlink_status(out, error);
  if (!fs::exists(status)) return;
  if (fs::is_directory(status) && fs::is_empty(out, error) && !error) return;
  throw Error(Code::output_exists, shown(output) + ": exists",
              "give --resume to continue, or --overwrite to replace it");
}

}  // namespace wardmark
