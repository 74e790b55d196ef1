#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "cli/console.h"
#include "cli/open_record.h"
#include "cli/query_job.h"

namespace wardmark {

/// Where clean pictures for a test come from.
struct TestSource {
  std::string data;
  std::string labels = "folder", classes, splits;
  std::uint64_t queries = 0;  ///< most questions; 0: as many as the plan's pictures need
};

/// Pictures that suspects are asked about: as many of each class of the release, in the order they were drawn.
struct TestPictures {
  std::vector<std::pair<std::string, std::uint32_t>> pictures;  ///< id and class
  std::vector<std::string> contents;                            ///< hexadecimal content digests, in the same order
  std::string format;
  std::vector<std::string> splits;
  std::string identity;               ///< digest of classes' pictures by content
  std::vector<std::uint64_t> places;  ///< twins: of the pictures, in the plan
};

/// What a plan keeps of its test pictures: a digest over class and stored bytes of every picture of these classes, in
/// whatever order they lie. Reads all of them, decodes none.
Digest test_candidates(const TestSource& source, const std::vector<std::string>& classes);

inline constexpr std::size_t kFewestPictures = 20;

/// Draws them by `order`, which follows from the pool and not from the draw. Error(no_test) where a class has none, all
/// are too few, or the plan names others, (test_marked) for one that is a file or a picture of the release.
TestPictures choose_test_pictures(const TestSource& source, const OpenRecord& record, const Subkey& order,
                                  Console& console);

/// Originals of a release, in the order of the plan, or those that `order` draws where --queries asks for fewer: items
/// that were protected, whatever their coins. What is no original of the plan, byte for byte, is left out with a
/// warning. Error(no_test) where none is left.
TestPictures choose_originals(const TestSource& source, const OpenRecord& record, const NameKeys& names,
                              const Subkey& order, Console& console);

/// The questions about these pictures, as plan and pool have them; suspect, access, limits and files are still missing.
QueryJob questions_of(const Plan& plan, const ReleaseKeys& keys, const TestSource& source,
                      const TestPictures& pictures);
/// The questions about both versions of originals. Of the draw they hold key and marks, and no coin.
QueryJob questions_about_twins(const Plan& plan, const Subkey& order, const Draw& draw, const TestSource& source,
                               const TestPictures& originals);

/// The pictures that a job names, read again. Error(read_failed) for one that is gone.
std::vector<TestPicture> load_test_pictures(const QueryJob& job);

}  // namespace wardmark
