#pragma once

/// WARDMARK_CLONES before a function: compiled twice, the AVX2 version chosen at load time. Only for loops whose result
/// cannot depend on the vector width: elementwise float32, or integers. Where the option is off, one version.
#if defined(WARDMARK_SIMD) && defined(__x86_64__) && defined(__gnu_linux__)
#define WARDMARK_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define WARDMARK_CLONES
#endif

/// The body a clone is made from must be inlined into it; otherwise the clone would call the plain version.
#define WARDMARK_INLINE [[gnu::always_inline]] inline
