#include "cli/engine_facts.h"

#include "cli/console.h"
#include "models/libtorch.h"

namespace wardmark {

std::optional<EngineFacts> engine_facts() {
  const Libtorch found = libtorch();
  return EngineFacts{found.version, found.gpus == 0 ? "" : counted(found.gpus, "GPU"), found.bf16};
}

}  // namespace wardmark
