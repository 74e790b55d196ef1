#pragma once
#include <torch/torch.h>

namespace wardmark {

/// While it lives, this thread computes as asked for, even inside of autocast: places and levels of pictures do not fit
/// into the 8 bits of bfloat16, which products of matrices would be brought to.
class FullPrecision {
  c10::impl::ExcludeDispatchKeyGuard no_autocast_{c10::autocast_dispatch_keyset};
};

}  // namespace wardmark
