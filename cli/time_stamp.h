#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/plan.h"
#include "io/record_folder.h"

namespace wardmark {

/// How much the time of the plan and of the draw is vouched for (verification notes, rule 3).
enum class Grade {
  A,  ///< commitment 1 was stamped before the beacon round that made the draw, commitment 2 as well at some time
  B,  ///< both commitments were stamped, and the owner made the draw
  C,  ///< neither
};

/// A token of a time-stamp authority (RFC 3161) over one of a release's commitments, checked.
struct TimeStamp {
  int commitment = 1;     ///< 1: plan and pool; 2: released files and commitment 1
  std::int64_t time = 0;  ///< seconds since 1970, UTC
  std::string authority;  ///< subject of its certificate
  std::int64_t ends = 0;  ///< when the first of the certificates in the token ends
};

/// The commitments of a plan or record, by number; public.
struct Commitments {
  Digest first{};
  std::optional<Digest> second;
  const Digest& at(int number) const;  ///< Error(time_stamp) when there is no second one yet
};

/// Checks a response to stamp_request() against the commitment and a file of trusted roots, offline, at the time it
/// names itself, so that it can be checked after its certificates have ended. Error(time_stamp) says what does not fit;
/// also without openssl. Cost: four processes.
TimeStamp checked_stamp(const std::filesystem::path& response, const std::filesystem::path& roots, int number,
                        const Digest& commitment);

/// Checks a response and keeps it, with the roots, in the record: stamps/commitment_N-HASH.tsr and .pem, of a batch
/// stamps/batch-B-commitment_N-HASH. Kept already: no change.
TimeStamp keep_stamp(const RecordFolder& record, const std::filesystem::path& response,
                     const std::filesystem::path& roots, int number, const Digest& commitment, std::uint32_t batch = 0);
/// All that a record keeps of the release as it began, checked again, by time.
std::vector<TimeStamp> kept_stamps(const RecordFolder& record, const Commitments& commitments);
/// Files of kept_stamps() below the record's folder, sorted.
std::vector<std::filesystem::path> stamp_files(const RecordFolder& record);

/// When a beacon round came or comes, seconds since 1970; absent for networks that are not known: drand:quicknet,
/// drand:default.
std::optional<std::int64_t> beacon_time(const BeaconPromise& promise);
/// The first round of a known network after a time in UTC, "2027-01-31" or "2027-01-31T12:00:00Z". Error(beacon) for a
/// network that is not known or a time that cannot be read; (beacon) also for a time that is over.
BeaconPromise first_round_after(const std::string& network, const std::string& time);
Grade grade_of(const std::optional<BeaconPromise>& beacon, std::span<const TimeStamp> stamps);
/// "2026-11-27 00:52:11 UTC".
std::string time_text(std::int64_t time);

}  // namespace wardmark
