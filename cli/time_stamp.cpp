#include "cli/time_stamp.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>
#include <string_view>

#include "cli/console.h"
#include "cli/openssl.h"
#include "cli/scratch_folder.h"
#include "core/error.h"
#include "core/stamp_request.h"
#include "io/atomic_file.h"
#include "io/item_id.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;

/// Beacons whose rounds come at times that are known beforehand.
struct Beacon {
  std::string_view network;
  std::int64_t genesis, period;  ///< of round 1, seconds since 1970; seconds
};
constexpr std::array kBeacons{Beacon{"drand:quicknet", 1692803367, 3}, Beacon{"drand:default", 1595431050, 30}};

[[noreturn]] void refuse(const fs::path& response, const std::string& what, const std::string& hint = {}) {
  throw Error(Code::time_stamp, shown(response) + ": " + what, hint);
}

/// What stands behind `name` in lines of the form "name value"; empty: no such line.
std::string field(std::string_view text, std::string_view name) {
  const std::size_t at = text.find(name);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = text.substr(at + name.size());
  return std::string(rest.substr(0, rest.find('\n')));
}

/// A time as OpenSSL prints it: "Nov 27 00:52:11.123 2026 GMT".
std::int64_t parsed_time(const fs::path& response, std::string text) {
  if (const std::size_t dot = text.find('.'); dot != std::string::npos) {
    const std::size_t end = text.find(' ', dot);
    text.erase(dot, end == std::string::npos ? std::string::npos : end - dot);
  }
  std::tm parts{};
  const char* const end = ::strptime(text.c_str(), " %b %d %H:%M:%S %Y GMT", &parts);
  if (end == nullptr) refuse(response, "names no time");
  return ::timegm(&parts);
}

/// Subject of the first certificate, and when the first of all ends.
void read_certificates(const fs::path& response, TimeStamp& stamp) {
  const ScratchFolder work(fs::temp_directory_path());
  const fs::path token = work.path() / "token", all = work.path() / "all.pem", one = work.path() / "one.pem";
  if (openssl({"ts", "-reply", "-in", response.string(), "-token_out", "-out", token.string()}).status != 0)
    refuse(response, "holds no token");
  if (openssl({"pkcs7", "-inform", "DER", "-in", token.string(), "-print_certs", "-out", all.string()}).status != 0)
    refuse(response, "its certificates cannot be read");
  const Bytes bytes = read_file(all);
  const std::string_view text = text_of(ByteView(bytes));
  stamp.authority = printable(field(text, "subject="));
  constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----", kEnd = "-----END CERTIFICATE-----";
  for (std::size_t at = text.find(kBegin); at != std::string_view::npos; at = text.find(kBegin, at + 1)) {
    const std::size_t end = text.find(kEnd, at);
    if (end == std::string_view::npos) break;
    write_file(one, bytes_of(std::string(text.substr(at, end + kEnd.size() - at)) + "\n"));
    const std::int64_t ends =
        parsed_time(response, field(openssl({"x509", "-in", one.string(), "-noout", "-enddate"}).text, "notAfter="));
    stamp.ends = stamp.ends == 0 ? ends : std::min(stamp.ends, ends);
  }
}

fs::path stamps_folder(const RecordFolder& record) { return record.path() / "stamps"; }

/// "commitment_2-0123abcd.tsr" to 2; 0: of another form.
int number_in(const std::string& name) {
  constexpr std::string_view kStart = "commitment_";
  if (!name.starts_with(kStart) || !name.ends_with(".tsr")) return 0;
  const char digit = name[kStart.size()];
  return digit == '1' || digit == '2' ? digit - '0' : 0;
}

}  // namespace

const Digest& Commitments::at(int number) const {
  if (number == 1) return first;
  if (!second) throw Error(Code::time_stamp, "there is no commitment 2 before the release is written");
  return *second;
}

TimeStamp checked_stamp(const fs::path& response, const fs::path& roots, int number, const Digest& commitment) {
  for (const fs::path& file : {response, roots}) {
    if (!fs::exists(file)) throw Error(Code::input_missing, shown(file) + ": does not exist");
  }
  TimeStamp stamp;
  stamp.commitment = number;
  const OpensslRun reply = openssl({"ts", "-reply", "-in", response.string(), "-text"});
  if (reply.status != 0) refuse(response, "is no response of a time-stamp authority (RFC 3161)");
  const std::string status = field(reply.text, "Status: ");
  if (!status.starts_with("Granted")) refuse(response, "the authority refused: " + printable(status));
  stamp.time = parsed_time(response, field(reply.text, "Time stamp: "));
  const OpensslRun check = openssl({"ts", "-verify", "-in", response.string(), "-digest",
                                    to_hex(ByteView(stamp_imprint(number, commitment))), "-CAfile", roots.string(),
                                    "-attime", std::to_string(stamp.time)});
  if (check.status != 0 || check.text.find("Verification: OK") == std::string::npos) {
    if (check.text.find("message imprint mismatch") != std::string::npos) {
      refuse(response, "it stamps something else than commitment " + std::to_string(number),
             "`commit --query` writes the request; the answer to it belongs to this plan alone");
    }
    refuse(response, "it does not verify: " + printable(check.reason()),
           "--authority names the file with the roots that vouch for the authority");
  }
  read_certificates(response, stamp);
  return stamp;
}

TimeStamp keep_stamp(const RecordFolder& record, const fs::path& response, const fs::path& roots, int number,
                     const Digest& commitment, std::uint32_t batch) {
  const TimeStamp stamp = checked_stamp(response, roots, number, commitment);
  const Bytes token = read_file(response);
  const std::string name = (batch == 0 ? "" : "batch-" + std::to_string(batch) + "-") + "commitment_" +
                           std::to_string(number) + "-" +
                           to_hex(ByteView(digest(nullptr, "time-stamp", {token}))).substr(0, 8);
  const fs::path folder = stamps_folder(record);
  if (fs::exists(folder / (name + ".tsr"))) return stamp;
  fs::create_directories(folder);
  fs::permissions(folder, fs::perms::owner_all);
  write_file(folder / (name + ".pem"), read_file(roots), 0600);
  write_file(folder / (name + ".tsr"), token, 0600);
  return stamp;
}

std::vector<fs::path> stamp_files(const RecordFolder& record) {
  std::vector<fs::path> files;
  if (!fs::exists(stamps_folder(record))) return files;
  for (const fs::directory_entry& entry : fs::directory_iterator(stamps_folder(record))) {
    fs::path roots = entry.path();
    if (number_in(entry.path().filename().string()) == 0 || !fs::exists(roots.replace_extension(".pem"))) continue;
    files.push_back(entry.path());
    files.push_back(roots);
  }
  std::ranges::sort(files);
  return files;
}

std::vector<TimeStamp> kept_stamps(const RecordFolder& record, const Commitments& commitments) {
  std::vector<TimeStamp> stamps;
  for (const fs::path& file : stamp_files(record)) {
    if (file.extension() != ".tsr") continue;
    const int number = number_in(file.filename().string());
    fs::path roots = file;
    stamps.push_back(checked_stamp(file, roots.replace_extension(".pem"), number, commitments.at(number)));
  }
  std::ranges::stable_sort(stamps, {}, &TimeStamp::time);
  return stamps;
}

std::optional<std::int64_t> beacon_time(const BeaconPromise& promise) {
  for (const Beacon& beacon : kBeacons) {
    if (beacon.network == promise.network && promise.round >= 1)
      return beacon.genesis + beacon.period * (static_cast<std::int64_t>(promise.round) - 1);
  }
  return std::nullopt;
}

BeaconPromise first_round_after(const std::string& network, const std::string& time) {
  const auto* beacon = std::ranges::find(kBeacons, network, &Beacon::network);
  if (beacon == kBeacons.end()) {
    throw Error(Code::beacon, "when rounds of '" + printable(network) + "' come is not known",
                "name drand:quicknet or drand:default, or the round itself with --beacon-round");
  }
  std::tm parts{};
  const char* end = ::strptime(time.c_str(), "%Y-%m-%d", &parts);
  if (end != nullptr && *end == 'T') end = ::strptime(end, "T%H:%M:%S", &parts);
  if (end == nullptr || (*end != '\0' && std::string_view(end) != "Z")) {
    throw Error(Code::beacon, "--beacon-after: '" + printable(time) + "' is no time",
                "write 2027-01-31 or 2027-01-31T12:00:00Z");
  }
  const std::int64_t after = ::timegm(&parts);
  if (after < std::time(nullptr)) {
    throw Error(Code::beacon, "--beacon-after: " + time_text(after) + " is over, and the round may be known already",
                "name a time to come");
  }
  const std::int64_t passed = std::max<std::int64_t>(after - beacon->genesis, -1);
  return {network, static_cast<std::uint64_t>(passed / beacon->period + 2)};
}

Grade grade_of(const std::optional<BeaconPromise>& beacon, std::span<const TimeStamp> stamps) {
  const auto has = [&](int number) {
    return std::ranges::any_of(stamps, [&](const TimeStamp& s) { return s.commitment == number; });
  };
  if (!has(1) || !has(2)) return Grade::C;
  const auto drawn = beacon ? beacon_time(*beacon) : std::nullopt;
  const bool before =
      drawn && std::ranges::any_of(stamps, [&](const TimeStamp& s) { return s.commitment == 1 && s.time < *drawn; });
  return before ? Grade::A : Grade::B;
}

std::string time_text(std::int64_t time) {
  const std::time_t seconds = time;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts);
  return text;
}

}  // namespace wardmark
