#include "core/error.h"

#include <algorithm>
#include <array>

namespace wardmark {
namespace {

constexpr std::array kCodes{
#define WARDMARK_CODE(id, name, kind, meaning) CodeInfo{Code::id, name, Kind::kind, meaning},
#include "core/error_codes.inc"
#undef WARDMARK_CODE
};

}  // namespace

std::span<const CodeInfo> codes() { return kCodes; }

const CodeInfo& info(Code code) { return kCodes[static_cast<std::size_t>(code)]; }

const CodeInfo* find_code(std::string_view name) {
  const auto row = std::ranges::find(kCodes, name, &CodeInfo::name);
  return row == kCodes.end() ? nullptr : &*row;
}

void broken_promise(std::string_view what) {
  throw Error(Code::bug, "internal fault: " + std::string(what), "please report this with the command you ran");
}

}  // namespace wardmark
