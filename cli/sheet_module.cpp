#include "cli/sheet_module.h"

#include <dlfcn.h>

#include <filesystem>
#include <string>

#include "core/error.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;

fs::path module_path() {
  std::error_code ignored;
  const fs::path here = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  const fs::path beside = here / "wardmark-sheet.so";
  return fs::exists(beside, ignored) ? beside : here.parent_path() / "lib" / "wardmark" / "wardmark-sheet.so";
}

}  // namespace

Image draw_sheet(std::span<const SheetRow> rows, std::string_view heading) {
  // Never closed: OpenCV keeps threads of its own.
  void* module = ::dlopen(module_path().c_str(), RTLD_NOW | RTLD_LOCAL);
  const auto entry = module == nullptr ? nullptr : reinterpret_cast<SheetEntry>(::dlsym(module, kSheetEntryName));
  if (entry == nullptr) {
    throw Error(Code::engine_missing, std::string("contact sheets need wardmark-sheet.so: ") + ::dlerror(),
                "reinstall the package wardmark");
  }
  Image sheet;
  entry(rows, heading, sheet);
  return sheet;
}

}  // namespace wardmark
