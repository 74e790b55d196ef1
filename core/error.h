#pragma once
#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace wardmark {

/// What a code says about the run; the command line maps each kind to one exit status.
enum class Kind {
  usage,     ///< wrong usage or a refused configuration; nothing was written (exit 2)
  item,      ///< one item was refused, the rest goes on (exit 3)
  failed,    ///< the run could not go on: unreadable input, full disk (exit 4)
  negative,  ///< a finding against the question asked: release altered (exit 1)
  note,      ///< not an error: what was left out, dropped or added to an item
  bug,       ///< a broken promise of this program (exit 70)
};

/// Every stable code. The rows of codes() and docs/refusals.md list them in this order; a code never changes its
/// meaning, a new meaning takes a new code.
enum class Code {
#define WARDMARK_CODE(id, name, kind, meaning) id,
#include "core/error_codes.inc"
#undef WARDMARK_CODE
};

struct CodeInfo {
  Code code;
  std::string_view name;  ///< as printed and stored: "IMAGE-BROKEN"
  Kind kind;
  std::string_view meaning;  ///< one line for docs and `--help`
};

/// All codes in declaration order.
std::span<const CodeInfo> codes();
const CodeInfo& info(Code code);
inline std::string_view name(Code code) { return info(code).name; }
/// The code of that name, or null.
const CodeInfo* find_code(std::string_view name);

/// The one exception of the project. `what()` is the text: "PATH: what, with the value", lower case, no full stop.
/// `hint` is the way out, or empty.
class Error : public std::runtime_error {
 public:
  Error(Code code, const std::string& text, std::string hint = {})
      : std::runtime_error(text), code_(code), hint_(std::move(hint)) {}
  Code code() const { return code_; }
  Kind kind() const { return info(code_).kind; }
  const std::string& hint() const { return hint_; }

 private:
  Code code_;
  std::string hint_;
};

/// Error(Code::bug) with the place when a promise inside the program is broken.
[[noreturn]] void broken_promise(std::string_view what);

}  // namespace wardmark
