#include "cli/scratch_folder.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include "core/error.h"
#include "io/item_id.h"

namespace wardmark {

ScratchFolder::ScratchFolder(const std::filesystem::path& parent) {
  std::string name = (parent / "wardmark-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr)
    throw Error(Code::write_failed, shown(parent) + ": no folder can be made in it: " + std::strerror(errno));
  path_ = name;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace wardmark
