#pragma once
#include <span>
#include <string>

namespace wardmark {

/// Prepares the cryptographic library; once, before anything of core/ is used. Error(bug) when it does not start.
void start_crypto();

/// Overwrites memory that held a secret, in a way no compiler leaves out.
void wipe(std::string& text);
void wipe(std::span<char> bytes);

}  // namespace wardmark
