#pragma once
#include "core/error.h"

namespace wardmark {

/// The only exit statuses. When several apply: failed over stopped over partial over negative.
enum class ExitStatus {
  ok = 0,        ///< done, or evidence found
  negative = 1,  ///< a negative finding: release altered, no evidence
  usage = 2,     ///< wrong usage, refused configuration
  partial = 3,   ///< some items refused, the rest is complete
  failed = 4,    ///< input unreadable, disk full, suspect died
  bug = 70,      ///< a fault of this program
  stopped = 75,  ///< stopped early; the same command with --resume continues
};

constexpr ExitStatus exit_status(Kind kind) {
  switch (kind) {
    case Kind::usage:
      return ExitStatus::usage;
    case Kind::item:
      return ExitStatus::partial;
    case Kind::failed:
      return ExitStatus::failed;
    case Kind::negative:
      return ExitStatus::negative;
    case Kind::note:
      return ExitStatus::ok;
    case Kind::bug:
      return ExitStatus::bug;
  }
  return ExitStatus::bug;
}

}  // namespace wardmark
