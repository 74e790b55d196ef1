#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/console.h"
#include "cli/key_options.h"
#include "core/clinical.h"
#include "io/dataset_format.h"
#include "medical/instance_facts.h"

namespace wardmark {

/// What `inspect` was asked of a study.
struct ListingArgs {
  std::string path;
  std::string release;  ///< what became of it, or empty
  std::string record;   ///< of the release; empty: beside it
  KeyOptions key;       ///< finds files that were renamed
  unsigned jobs = 1;
};

/// One object of a study, and what its released counterpart differs by.
struct ListedInstance {
  std::size_t place = 0;  ///< in the reader's survey
  InstanceFacts facts;
  std::optional<std::size_t> counterpart;  ///< place in the release's survey
  std::optional<Clinical> clinical;        ///< of images that have one
};

/// A study, read once.
struct StudyListing {
  std::unique_ptr<DatasetReader> reader;
  std::unique_ptr<DatasetReader> release;  ///< absent without --release
  std::vector<ListedInstance> instances;   ///< in the order of the survey
  std::uint64_t unpaired = 0;              ///< images without a readable counterpart
};

/// Reads every object, and every image's counterpart; those that cannot be compared are named on the console. The
/// figures are measured on the two files, whatever a record says. Error(usage) where path or release is no study.
StudyListing list_study(const ListingArgs& args, const DatasetFormat& format, Console& console);

/// Places in `instances`, one list per series, ordered by first item; refused and carried objects too. Objects without
/// a series come last, each kind of their own.
std::vector<std::vector<std::size_t>> series_of(const std::vector<ListedInstance>& instances);

/// The members with figures whose window PSNR is the worst and the median; twice the same of a single one, none where
/// nothing was compared.
std::optional<std::pair<std::size_t, std::size_t>> worst_and_median(const std::vector<ListedInstance>& instances,
                                                                    const std::vector<std::size_t>& members);

}  // namespace wardmark
