#include "perturb/data_salience.h"

#include <algorithm>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "core/error.h"
#include "perturb/fit.h"
#include "perturb/local_mask.h"
#include "perturb/protect.h"
#include "perturb/protect_item.h"
#include "perturb/tone.h"

namespace wardmark {
namespace {

/// Activity of one picture at the size that it is trained at; nothing for what cannot be read.
void add_picture(const SalienceLook& look, std::size_t place, SalienceSum& sum) {
  try {
    const Picture picture = look.reader.decode(place, look.reader.fetch(place));
    if (picture.carried) return;
    const int middle = picture.frames / 2;
    const Image image = picture.tones.empty() ? frame_of(picture.image, picture.frames, middle)
                                              : frame_view(picture, picture.image, middle);
    const Size size = look.protector.train_size(image.width(), image.height());
    const std::vector<std::uint8_t> samples = reduced_samples(image, size);
    sum.add(local_activity(samples, size.width, size.height, image.colour_channels()), size.width, size.height);
  } catch (const Error& error) {
    if (error.kind() != Kind::item) throw;
  }
}

}  // namespace

std::optional<SalienceMap> data_salience(const SalienceLook& look) {
  const auto places = match_items(look.plan, look.reader.survey());
  const std::vector<std::size_t> sample = keyed_sample(look.plan, look.keys, kSalienceSample);
  std::atomic<std::size_t> next = 0;
  std::mutex lock;
  SalienceSum all;
  std::exception_ptr failure;
  {
    std::vector<std::jthread> pool;
    for (unsigned t = 0; t < std::max(1u, look.jobs); ++t) {
      pool.emplace_back([&] {
        SalienceSum own;
        try {
          for (std::size_t n = next++; n < sample.size() && !look.stop; n = next++) {
            if (places[sample[n]]) add_picture(look, *places[sample[n]], own);
            const std::scoped_lock held(lock);
            look.report.progress("looking where most happens", n + 1, sample.size(), 0);
          }
        } catch (...) {
          const std::scoped_lock held(lock);
          failure = std::current_exception();
        }
        const std::scoped_lock held(lock);
        all.add(own);
      });
    }
  }
  if (failure) std::rethrow_exception(failure);
  if (look.stop) return std::nullopt;
  return all.mean();
}

}  // namespace wardmark
