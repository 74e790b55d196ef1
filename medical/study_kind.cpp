#include "medical/study_kind.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>

#include "io/file_kind.h"
#include "io/item_id.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kHead = 132;

bool has_magic(const fs::path& file) {
  std::array<char, kHead> head{};
  std::ifstream stream(file, std::ios::binary);
  stream.read(head.data(), static_cast<std::streamsize>(head.size()));
  return stream.gcount() == static_cast<std::streamsize>(kHead) && std::memcmp(head.data() + 128, "DICM", 4) == 0;
}

bool folder_holds_dicom(const fs::path& folder) {
  std::error_code error;
  auto it = fs::recursive_directory_iterator(folder, fs::directory_options::skip_permission_denied, error);
  for (; !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
    const fs::path& path = it->path();
    if (it->is_symlink(error)) continue;
    if (it->is_directory(error)) {
      if (is_litter_folder(path.native()) || is_record_name(path.native())) it.disable_recursion_pending();
      continue;
    }
    if (kind_by_name(path.native()) != FileKind::unknown) continue;
    if (has_magic(path)) return true;
  }
  return false;
}

}  // namespace

bool is_dicom_file(const fs::path& file) {
  if (has_magic(file)) return true;
  const std::string extension = extension_of(file.native());
  if (extension == ".dcm" || extension == ".dicom" || extension == ".ima") return true;
  // A data set without a preamble: group 2 or 8 first, in either byte order.
  const Bytes head = read_head(file);
  if (head.size() < 12 || kind_by_name(file.native()) != FileKind::unknown) return false;
  const bool little = (head[0] == 2 || head[0] == 8) && head[1] == 0 && head[3] == 0;
  const bool big = head[0] == 0 && (head[1] == 2 || head[1] == 8) && head[2] == 0;
  return little || big;
}

bool recognises_study(const fs::path& input, const DatasetOptions& options) {
  std::error_code error;
  if (options.files) {
    return !options.files->empty() && has_magic(options.root / options.files->front());
  }
  if (fs::is_directory(input, error)) return !is_record_name(input.native()) && folder_holds_dicom(input);
  return fs::is_regular_file(input, error) && has_magic(input);
}

}  // namespace wardmark
