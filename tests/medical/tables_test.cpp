#include <dcmtk/config/osconfig.h>
//
#include <dcmtk/dcmdata/dcuid.h>
#include <dcmtk/dcmdata/dcxfer.h>
#include <doctest/doctest.h>

#include <set>
#include <string>

#include "medical/sop_classes.h"
#include "medical/transfer_syntaxes.h"

using namespace wardmark;

TEST_CASE("every row of the class table is one class, and a refusal has its code") {
  std::set<std::string_view> seen;
  for (const SopClass& row : sop_classes()) {
    CAPTURE(row.uid);
    CHECK(seen.insert(row.uid).second);
    CHECK((row.fate == Fate::refuse) == (row.code != Code::bug && info(row.code).kind == Kind::item));
    CHECK(find_sop_class("1.2.840.10008.5.1.4." + std::string(row.uid)) == &row);
    if (row.fate != Fate::protect) CHECK(row.kind == ImageKind::plain);
  }
  CHECK(seen.size() > 100);
}

TEST_CASE("classes that are not listed are refused, private ones by another code") {
  CHECK(find_sop_class("1.2.840.10008.5.1.4.1.1.91.1") == nullptr);
  CHECK(unlisted_class_code("1.2.840.10008.5.1.4.1.1.91.1") == Code::dcm_050);
  CHECK(unlisted_class_code("1.3.12.2.1107.5.9.1") == Code::dcm_051);
  CHECK(find_sop_class("1.3.12.2.1107.5.9.1") == nullptr);
}

TEST_CASE("every transfer syntax that is read is written back in one that DCMTK knows, losslessly") {
  std::set<std::string_view> seen;
  for (const TransferSyntax& row : transfer_syntaxes()) {
    CAPTURE(row.uid);
    CHECK(seen.insert(row.uid).second);
    if (row.reader == PixelReader::none) {
      CHECK(info(row.code).kind == Kind::item);
      continue;
    }
    const DcmXfer output{std::string(row.output).c_str()};
    CHECK(output.getXfer() != EXS_Unknown);
    const TransferSyntax* back = find_transfer_syntax(row.output);
    REQUIRE(back != nullptr);
    CHECK_FALSE(back->lossy);
    CHECK(back->output == row.output);  // writing twice changes no syntax any more
  }
}

TEST_CASE("--transfer-syntax names syntaxes of the table") {
  for (const OutputSyntax& row : output_syntaxes()) {
    if (!row.uid.empty()) CHECK(find_transfer_syntax(row.uid) != nullptr);
  }
}
