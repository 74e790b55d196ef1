#pragma once

/// WARDMARK_CLONES before a function: compiled three times, the version chosen at load time: AVX-512, AVX2 or what
/// every processor has. Only for loops whose result cannot depend on the vector width: elementwise float32, or
/// integers. Where the option is off, one version.
#if defined(WARDMARK_SIMD) && defined(__x86_64__) && defined(__gnu_linux__)
#define WARDMARK_CLONES __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define WARDMARK_CLONES
#endif

/// The body a clone is made from must be inlined into it; otherwise the clone would call the plain version.
#define WARDMARK_INLINE [[gnu::always_inline]] inline
