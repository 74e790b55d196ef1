// Which C library this is decides whether its allocator can be told.
#include <cstdlib>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "cli/run.h"

int main(int argc, char** argv) {
#ifdef __GLIBC__
  // Memory of one picture stays for the next: page faults of fresh memory cost as much as a codec.
  ::mallopt(M_TRIM_THRESHOLD, 256 << 20);
  ::mallopt(M_MMAP_THRESHOLD, 32 << 20);
#endif
  return wardmark::run(argc, argv, wardmark::Program::wardmark);
}
