#include "medical/directory.h"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcdicdir.h>
#include <dcmtk/dcmdata/dcdirrec.h>
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <set>

#include "core/error.h"
#include "io/atomic_file.h"

using namespace wardmark;

namespace {

namespace fs = std::filesystem;

UidMap a_map() {
  const std::vector<std::uint8_t> bytes(Subkey::kBytes, 9);
  return UidMap(Subkey(bytes));
}

/// File IDs as DCMTK's own directory class finds them by following offsets.
void walk(DcmDirectoryRecord& record, std::set<std::string>& files, std::set<std::string>& uids) {
  for (unsigned long i = 0; i < record.cardSub(); ++i) {
    DcmDirectoryRecord& child = *record.getSub(i);
    std::string file = text_of(child, DCM_ReferencedFileID);
    if (!file.empty()) {
      files.insert(file);
      uids.insert(text_of(child, DCM_ReferencedSOPInstanceUIDInFile));
    }
    walk(child, files, uids);
  }
}

}  // namespace

TEST_CASE("a rebuilt DICOMDIR is read by DCMTK: all files, new UIDs, dropped ones gone") {
  const fs::path source = fs::path(WARDMARK_DATA) / "dicom" / "fileset" / "DICOMDIR";
  if (!fs::exists(source)) {
    MESSAGE("skipped: no real material");
    return;
  }
  const Bytes stored = read_file(source);
  DicomObject directory = read_object(stored);
  const std::vector<std::string> ids = referenced_files(directory);
  REQUIRE(ids.size() == 31);
  std::map<std::string, std::string> files;
  for (std::size_t i = 1; i < ids.size(); ++i) files[ids[i]] = ids[i];
  files[ids[1]] = "NEW/NAME/1";
  const UidMap map = a_map();
  const Bytes rebuilt = rebuild_directory(directory, files, map);

  const fs::path folder = fs::temp_directory_path() / ("wardmark-dicomdir-" + std::to_string(std::rand()));
  fs::create_directories(folder);
  write_file(folder / "DICOMDIR", rebuilt);
  {
    DcmDicomDir read((folder / "DICOMDIR").c_str());
    CHECK(read.error().good());
    std::set<std::string> found;
    std::set<std::string> uids;
    walk(read.getRootRecord(), found, uids);
    CHECK(found.size() == 30);
    CHECK(found.contains("NEW\\NAME\\1"));
    CHECK(uids.size() == 30);
    for (const std::string& uid : uids) CHECK(uid.starts_with("2.25."));
  }
  fs::remove_all(folder);
}
