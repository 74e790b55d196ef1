#pragma once

namespace wardmark {

/// Which program runs: `wardmark` hands engine commands on, `wardmark-nn` carries them out.
enum class Program { wardmark, wardmark_nn };

/// The whole program: parse, act, exit status. Called by both mains.
int run(int argc, const char* const* argv, Program program);

}  // namespace wardmark
