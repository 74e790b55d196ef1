#pragma once

namespace wardmark {

/// Where the libraries of a module look for the functions of others.
enum class Lookup {
  program_first,       ///< among what the program has loaded already, as usual
  own_libraries_first  ///< among those the module brings; no effect under AddressSanitizer, which cannot do it
};

/// The entry point of a module of the program: a shared object that holds libraries which take long to load, beside the
/// program or in lib/wardmark of its prefix. It stays loaded. `purpose` is for the message: "contact sheets".
/// Error(engine_missing) when it is not installed.
void* module_symbol(const char* file, const char* symbol, const char* purpose, Lookup lookup = Lookup::program_first);

}  // namespace wardmark
