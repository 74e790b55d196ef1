#include "cli/module.h"

#include <dlfcn.h>

#include <filesystem>
#include <string>

#include "core/error.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;

// The run-time library of a sanitizer refuses it.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kDeepBind = false;
#elif defined(__has_feature)
constexpr bool kDeepBind = !__has_feature(address_sanitizer);
#else
constexpr bool kDeepBind = true;
#endif

fs::path module_path(const char* file) {
  std::error_code ignored;
  const fs::path here = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  const fs::path installed = fs::path("lib") / "wardmark" / file;
  for (const fs::path& path : {here / file, here.parent_path() / installed}) {
    if (fs::exists(path, ignored)) return path;
  }
  return here.parent_path().parent_path() / installed;  // of a program in libexec/wardmark
}

}  // namespace

void* module_symbol(const char* file, const char* symbol, const char* purpose, Lookup lookup) {
  const int own_first = kDeepBind && lookup == Lookup::own_libraries_first ? RTLD_DEEPBIND : 0;
  // Never closed: OpenCV keeps threads of its own, DCMTK its codecs.
  void* module = ::dlopen(module_path(file).c_str(), RTLD_NOW | RTLD_LOCAL | own_first);
  void* entry = module == nullptr ? nullptr : ::dlsym(module, symbol);
  if (entry == nullptr) {
    throw Error(Code::engine_missing, std::string(purpose) + " need " + file + ": " + ::dlerror(),
                "reinstall the package wardmark");
  }
  return entry;
}

}  // namespace wardmark
