#include "verify/query_run.h"

#include <algorithm>
#include <exception>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <numeric>
#include <thread>

#include "core/error.h"
#include "core/manifest.h"
#include "core/plan.h"
#include "core/random.h"
#include "io/item_id.h"
#include "perturb/apply.h"
#include "perturb/network_view.h"

namespace wardmark {
namespace {

using nlohmann::json;

constexpr auto kSchema = "wardmark.queries/1";

json parsed(const std::string& line) { return json::parse(line, nullptr, false); }

}  // namespace

std::vector<std::uint32_t> classes_of(const std::vector<std::string>& labels, const std::vector<std::string>& classes) {
  std::vector<std::uint32_t> found;
  for (const std::string& label : labels) {
    const auto at = std::ranges::find(classes, label);
    found.push_back(at == classes.end() ? kNoClass : static_cast<std::uint32_t>(at - classes.begin()));
  }
  return found;
}

QueryRun::QueryRun(const QueryInput& input, Suspect& suspect, const std::filesystem::path& journal)
    : input_(input), suspect_(suspect), journal_(journal) {
  const std::uint64_t all = std::uint64_t{input.pool.size()} * input.classes.size() * input.pictures.size();
  if (all == 0 || all > UINT32_MAX) broken_promise("number of queries");
  order_ = Stream(input.order, "query-order").permutation(static_cast<std::uint32_t>(all));
  std::vector<std::uint32_t> slots(input.classes.size());
  std::iota(slots.begin(), slots.end(), 0u);
  for (const Subkey& key : input.pool) {
    protectors_.push_back(input.method->prepare(
        {key, input.classes, slots, input.items, input.parameters, input.fit, input.budget.epsilon}));
  }
  read_journal(journal);
}

QueryRun::Place QueryRun::place(std::uint64_t n) const {
  const std::uint64_t at = order_[n], pictures = input_.pictures.size(), slots = input_.classes.size();
  return {static_cast<std::uint32_t>(at / pictures / slots), static_cast<std::uint32_t>(at / pictures % slots),
          static_cast<std::uint32_t>(at % pictures)};
}

/// Of keys, pictures and what the suspect says of itself: a journal of anything else is not gone on with.
std::string QueryRun::identity() const {
  json about{std::string(input_.method->name), input_.parameters, input_.classes};
  for (const Subkey& key : input_.pool) about.push_back(to_hex(digest(&key, "queried", {})));
  about.push_back(to_hex(digest(&input_.order, "queried", {})));
  for (const TestPicture& picture : input_.pictures) about.push_back(to_hex(content_digest(picture.image)));
  const SuspectHello& hello = suspect_.hello();
  about.push_back({hello.name, hello.height, hello.width, hello.channels, hello.labels});
  return to_hex(digest(nullptr, "query-run", {bytes_of(about.dump(-1, ' ', false, json::error_handler_t::replace))}));
}

void QueryRun::read_journal(const std::filesystem::path& journal) {
  const std::string first = json{{"schema", kSchema}, {"identity", identity()}, {"queries", order_.size()}}.dump();
  std::ifstream in(journal, std::ios::binary);
  std::string line, good;
  if (in && std::getline(in, line)) {
    if (line != first) {
      throw Error(Code::recipe_changed, shown(journal) + ": holds the answers to other questions",
                  "name another --state, or remove it");
    }
    good = line + "\n";
    while (std::getline(in, line)) {
      const json row = parsed(line);
      if (in.eof() || !row.is_object() || row.value("from", std::uint64_t{0}) != answers_.size()) break;  // cut off
      for (const json& answer : row.at("answers")) answers_.push_back(answer.get<std::uint32_t>());
      good += line + "\n";
    }
    in.close();
    std::filesystem::resize_file(journal, good.size());
  } else {
    std::ofstream out(journal, std::ios::binary | std::ios::trunc);
    out << first << "\n";
    if (!out.flush()) throw Error(Code::write_failed, shown(journal) + ": cannot be written");
  }
  kept_ = answers_.size();
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
        const Place at = place(n);
        const TestPicture& picture = input_.pictures[at.picture];
        const ItemContext item{picture.id, at.picture, picture.class_index, at.slot, 0};
        const Applied marked = apply(picture.image, *protectors_[at.key], item, input_.budget, Measuring::nothing);
        network_view(marked.image, hello.width, hello.height, hello.channels, pictures.data() + (n - from) * size);
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

bool QueryRun::run(unsigned jobs, const std::atomic<bool>& stop, Report& report) {
  std::ofstream out(journal_, std::ios::binary | std::ios::app);
  while (answers_.size() < order_.size()) {
    if (stop) return false;
    const std::size_t from = answers_.size(), to = std::min(order_.size(), from + suspect_.hello().batch);
    const Bytes pictures = batch(from, to, jobs);
    const std::vector<std::uint32_t> answers = suspect_.classify(pictures, to - from);
    out << json{{"from", from}, {"pictures", to_hex(output_digest(pictures))}, {"answers", answers}}.dump() << "\n";
    if (!out.flush()) throw Error(Code::write_failed, shown(journal_) + ": cannot be written");
    answers_.insert(answers_.end(), answers.begin(), answers.end());
    report.progress("asking", answers_.size(), order_.size(), 0);
  }
  return true;
}

ResponseTable QueryRun::table() const {
  const auto classes = static_cast<std::uint32_t>(input_.classes.size());
  std::vector<std::uint32_t> asked(classes, 0);
  for (const TestPicture& picture : input_.pictures) {
    for (std::uint32_t a = 0; a < classes; ++a) asked[a] += picture.class_index != a ? 1 : 0;
  }
  ResponseTable table(static_cast<std::uint32_t>(input_.pool.size()), classes, asked);
  const std::vector<std::uint32_t> meant = classes_of(suspect_.hello().labels, input_.classes);
  for (std::size_t n = 0; n < answers_.size(); ++n) {
    const Place at = place(n);
    const std::uint32_t a = meant.at(answers_[n]);
    if (a != kNoClass && a != input_.pictures[at.picture].class_index) ++table.count(at.key, at.slot, a);
  }
  return table;
}

}  // namespace wardmark
