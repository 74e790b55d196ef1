#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

namespace wardmark {

/// What the work will run on. Sizes in bytes, 0: not known.
struct Machine {
  unsigned cores = 1;  ///< that this process may use
  bool avx2 = false;
  bool avx512 = false;
  std::uint64_t memory = 0;         ///< of the machine, or of the control group where that is less
  std::uint64_t memory_free = 0;    ///< what could be had now
  std::uint64_t lockable = 0;       ///< how much memory may be kept from the swap file; keys are
  int landlock = 0;                 ///< its version; 0: suspects cannot be kept from files
  bool clock_synchronised = false;  ///< as the kernel says
};

/// Asks the system; takes no time worth naming.
Machine examine_machine();

/// How a folder takes files as `protect` writes them.
struct FolderTrial {
  std::uint64_t free = 0;     ///< bytes an ordinary user may still write there
  double bytes_a_second = 0;  ///< written, synced and renamed
  std::string failure;        ///< why nothing could be written, or what the file system lacks; empty: all is well
  bool renames = false;       ///< a file takes the place of another in one step
  bool keeps_case = false;    ///< A and a are two files
  bool keeps_modes = false;   ///< a key file can be kept from others
};

/// Writes `size` bytes below `folder`, reads them back and removes them again; what was there is not touched.
FolderTrial try_folder(const std::filesystem::path& folder, std::uint64_t size);

}  // namespace wardmark
