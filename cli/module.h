#pragma once

namespace wardmark {

/// The entry point of a module of the program: a shared object that holds libraries which take long to load, beside the
/// program or in ../lib/wardmark. It stays loaded. `purpose` is for the message: "contact sheets".
/// Error(engine_missing) when it is not installed.
void* module_symbol(const char* file, const char* symbol, const char* purpose);

}  // namespace wardmark
