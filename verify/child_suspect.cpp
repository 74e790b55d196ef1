#include "verify/child_suspect.h"

#include <fstream>

#include "core/error.h"
#include "verify/suspect_protocol.h"

namespace wardmark {
namespace {

class ChildSuspect final : public Suspect {
 public:
  ChildSuspect(const std::vector<std::string>& words, const std::filesystem::path& folder, const SuspectLimits& limits)
      : file_(folder / "suspect-batch.raw"),
        process_(words, limits),
        hello_(parse_hello(process_.ask(hello_request()))) {}
  ~ChildSuspect() override {
    std::error_code ignored;
    std::filesystem::remove(file_, ignored);
  }
  ChildSuspect(const ChildSuspect&) = delete;
  ChildSuspect& operator=(const ChildSuspect&) = delete;

  const SuspectHello& hello() const override { return hello_; }

  std::vector<std::uint32_t> classify(ByteView pictures, std::size_t count) override {
    hand_over(pictures);
    const std::uint64_t id = ++asked_;
    return parse_answers(process_.ask(classify_request(id, count, file_.string())), id, count, hello_.labels.size());
  }

  std::vector<float> score(ByteView pictures, std::size_t count) override {
    if (!hello_.scores) return Suspect::score(pictures, count);
    hand_over(pictures);
    const std::uint64_t id = ++asked_;
    return parse_scores(process_.ask(score_request(id, count, file_.string())), id, count, hello_.labels.size());
  }

 private:
  void hand_over(ByteView pictures) const {
    std::ofstream out(file_, std::ios::binary | std::ios::trunc);
    out.write(reinterpret_cast<const char*>(pictures.data()), static_cast<std::streamsize>(pictures.size()));
    if (!out.flush()) throw Error(Code::write_failed, file_.string() + ": cannot be written");
  }

  std::filesystem::path file_;
  SuspectProcess process_;
  SuspectHello hello_;
  std::uint64_t asked_ = 0;
};

}  // namespace

std::unique_ptr<Suspect> start_suspect(const std::vector<std::string>& words, const std::filesystem::path& folder,
                                       const SuspectLimits& limits) {
  return std::make_unique<ChildSuspect>(words, folder, limits);
}

}  // namespace wardmark
