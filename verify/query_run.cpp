#include "verify/query_run.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <mutex>
#include <numeric>
#include <thread>

#include "core/error.h"
#include "core/manifest.h"
#include "core/plan.h"
#include "core/random.h"
#include "perturb/apply.h"
#include "perturb/network_view.h"
#include "perturb/tone.h"
#include "verify/twin_test.h"

namespace wardmark {
namespace {

QuestionFacts facts_of(const QueryInput& input) {
  QuestionFacts facts{
      std::string(input.method->name), input.parameters, input.classes, input.pool, input.order, {}, input.access};
  for (const TestPicture& picture : input.pictures) facts.pictures.push_back(picture.content);
  return facts;
}

/// In thousandths, from ln p.
std::int32_t log_odds(float log_probability) {
  const double p = std::exp(std::min(0.0, static_cast<double>(log_probability)));
  const double odds = log_probability - std::log1p(-p);
  const double most = kMostLogOdds / 1000.0;
  return static_cast<std::int32_t>(std::lround(1000 * std::clamp(odds, -most, most)));
}

}  // namespace

TestPicture test_picture(std::string id, std::uint32_t class_index, Picture picture, std::uint64_t place) {
  std::string content = to_hex(content_digest(picture.image));
  return {std::move(id), class_index, middle_frame(std::move(picture)), std::move(content), place};
}

std::vector<std::uint32_t> classes_of(const std::vector<std::string>& labels, const std::vector<std::string>& classes) {
  std::vector<std::uint32_t> found;
  for (const std::string& label : labels) {
    const auto at = std::ranges::find(classes, label);
    found.push_back(at == classes.end() ? kNoClass : static_cast<std::uint32_t>(at - classes.begin()));
  }
  return found;
}

QueryRun::QueryRun(const QueryInput& input, Suspect& suspect, const std::filesystem::path& journal)
    : input_(input),
      suspect_(suspect),
      order_(input.order, input.pool.size(), input.slots.empty() ? input.classes.size() : 2, input.pictures.size()),
      meant_(classes_of(suspect.hello().labels, input.classes)),
      journal_(journal, identity_of(facts_of(input), suspect.hello()), order_.size(), input.access,
               input.access == Access::labels ? 1 : static_cast<std::uint32_t>(input.classes.size())),
      kept_(journal_.answers().size()) {
  if (input.access == Access::scores && !suspect.hello().scores) {
    throw Error(Code::suspect_failed, "suspect: it gives labels, no scores",
                "--access labels asks for what it gives; see docs/suspect-protocol.md");
  }
  std::vector<std::uint32_t> slots = input.slots;
  if (slots.empty()) {
    slots.resize(input.classes.size());
    std::iota(slots.begin(), slots.end(), 0u);
  }
  for (const Subkey& key : input.pool) {
    protectors_.push_back(input.method->prepare(
        {key, input.classes, slots, input.items, input.parameters, input.fit, input.budget.epsilon}));
  }
}

Bytes QueryRun::batch(std::size_t from, std::size_t to, unsigned jobs) const {
  const SuspectHello& hello = suspect_.hello();
  const std::size_t size = static_cast<std::size_t>(hello.height) * static_cast<std::size_t>(hello.width) *
                           static_cast<std::size_t>(hello.channels);
  Bytes pictures((to - from) * size);
  std::atomic<std::size_t> next = from;
  std::exception_ptr failure;
  std::mutex lock;
  const auto work = [&] {
    try {
      for (std::size_t n = next++; n < to; n = next++) {
        const Question at = order_.at(n);
        const TestPicture& picture = input_.pictures[at.picture];
        const ItemContext item = twins() ? ItemContext{picture.id, picture.place, picture.class_index,
                                                       input_.slots[picture.class_index], static_cast<int>(at.slot)}
                                         : ItemContext{picture.id, at.picture, picture.class_index, at.slot, 0};
        const Applied marked = apply(picture.picture, *protectors_[at.key], item, input_.budget, Measuring::nothing);
        network_view(picture.picture, marked.image, 0, hello.width, hello.height, hello.channels,
                     pictures.data() + (n - from) * size);
      }
    } catch (...) {
      const std::scoped_lock held(lock);
      failure = std::current_exception();
      next = to;
    }
  };
  std::vector<std::thread> threads;
  for (unsigned t = 1; t < jobs; ++t) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  if (failure) std::rethrow_exception(failure);
  return pictures;
}

std::vector<std::int32_t> QueryRun::ask(ByteView pictures, std::size_t count) {
  if (input_.access == Access::labels) {
    const std::vector<std::uint32_t> labels = suspect_.classify(pictures, count);
    return {labels.begin(), labels.end()};
  }
  const std::vector<float> scores = suspect_.score(pictures, count);
  const std::size_t classes = input_.classes.size();
  std::vector<std::int32_t> values(count * classes, 0);
  for (std::size_t n = 0; n < count; ++n) {
    for (std::size_t l = 0; l < meant_.size(); ++l) {
      if (meant_[l] != kNoClass) values[n * classes + meant_[l]] = log_odds(scores[n * meant_.size() + l]);
    }
  }
  return values;
}

bool QueryRun::run(unsigned jobs, const std::atomic<bool>& stop, Report& report) {
  for (std::size_t from = kept_; from < order_.size(); from = journal_.answers().size()) {
    if (stop) return false;
    const std::size_t to = std::min(order_.size(), from + suspect_.hello().batch);
    const Bytes pictures = batch(from, to, jobs);
    journal_.add(to_hex(output_digest(pictures)), ask(pictures, to - from));
    report.progress("asking", to, order_.size(), 0);
  }
  return true;
}

std::vector<std::uint32_t> QueryRun::of_class() const {
  std::vector<std::uint32_t> of_class;
  for (const TestPicture& picture : input_.pictures) of_class.push_back(picture.class_index);
  return of_class;
}

ResponseTable QueryRun::table() const { return table_of(order_, journal_.answers(), of_class(), meant_); }

std::vector<std::int64_t> QueryRun::differences() const {
  return twin_differences(order_, journal_.answers(), of_class(), meant_);
}

}  // namespace wardmark
