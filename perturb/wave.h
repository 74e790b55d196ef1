#pragma once

namespace wardmark {

/// cos(2 pi x turns) from additions, multiplications and one truncation alone, so that every machine agrees; within
/// 1e-9 of the exact value for |turns| up to 2^20. Rule: the fraction of |turns| is brought to t in 0..1/4 by symmetry;
/// z = (2 pi t)^2; the Taylor polynomial up to z^9 by Horner's rule, 1 - z/(1 2) (1 - z/(3 4) (1 - ...)).
double written_cosine(double turns);
/// sin(2 pi x turns) = written_cosine(turns - 1/4).
double written_sine(double turns);

/// One plane wave over the unit square, x to the right and y down, pixel centres at (i + 1/2) / n: weight x
/// cos(2 pi (across x + down y + start)).
struct Wave {
  double across = 0;  ///< cycles a picture's width
  double down = 0;    ///< cycles a picture's height
  double start = 0;   ///< turns
  double weight = 1;
};

}  // namespace wardmark
