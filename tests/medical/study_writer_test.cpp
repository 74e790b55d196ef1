#include "medical/study_writer.h"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>

#include "core/error.h"
#include "io/atomic_file.h"
#include "medical/dicom_dataset.h"
#include "tests/medical/made_object.h"

using namespace wardmark;
namespace fs = std::filesystem;

namespace {

/// A folder that goes away.
struct Folder {
  fs::path path = fs::temp_directory_path() / ("study-writer-" + std::to_string(::getpid()));
  Folder() { fs::create_directories(path / "in"); }
  ~Folder() { fs::remove_all(path); }
};

struct Row {
  const char* name;
  Bytes file;
};

void frames(DcmDataset& data) {
  std::vector<Uint16> words;
  for (int i = 0; i < 768; ++i) words.push_back(static_cast<Uint16>(i % 256 - 100));
  data.putAndInsertString(DCM_NumberOfFrames, "3");
  data.putAndInsertUint16Array(DCM_PixelData, words.data(), 768);
}

void bits_below(DcmDataset& data) {
  std::vector<Uint16> words;
  for (int i = 0; i < 256; ++i) words.push_back(static_cast<Uint16>(i << 4 | 5));
  data.putAndInsertUint16(DCM_PixelRepresentation, 0);
  data.putAndInsertUint16(DCM_HighBit, 15);
  data.putAndInsertUint16Array(DCM_PixelData, words.data(), 256);
}

void colour(DcmDataset& data, const char* model, int planar) {
  std::vector<Uint8> bytes;
  for (int i = 0; i < 768; ++i) bytes.push_back(static_cast<Uint8>(i % 251));
  data.putAndInsertString(DCM_SOPClassUID, "1.2.840.10008.5.1.4.1.1.7");
  data.putAndInsertString(DCM_Modality, "OT");
  data.putAndInsertString(DCM_PhotometricInterpretation, model);
  data.putAndInsertUint16(DCM_SamplesPerPixel, 3);
  data.putAndInsertUint16(DCM_PlanarConfiguration, static_cast<Uint16>(planar));
  for (const DcmTagKey& tag : {DCM_BitsAllocated, DCM_BitsStored}) data.putAndInsertUint16(tag, 8);
  data.putAndInsertUint16(DCM_HighBit, 7);
  data.putAndInsertUint16(DCM_PixelRepresentation, 0);
  data.putAndInsertUint8Array(DCM_PixelData, bytes.data(), 768);
}

void trailing(DcmDataset& data) {
  std::vector<Uint16> words = made_words();
  words.resize(300, 7);  // more than the image has
  data.putAndInsertUint16Array(DCM_PixelData, words.data(), 300);
  const Uint8 padding[4] = {};
  data.putAndInsertUint8Array(DcmTag(0xFFFC, 0xFFFC, EVR_OB), padding, 4);
}

std::vector<Row> rows() {
  return {{"explicit", made_slice({}, kExplicit, "1.2.9.1")},
          {"implicit", made_slice({}, kImplicit, "1.2.9.2")},
          {"big endian", made_slice({}, kBigEndian, "1.2.9.3")},
          {"deflated", made_slice({}, kDeflated, "1.2.9.4")},
          {"frames", made_slice(frames, kExplicit, "1.2.9.5")},
          {"bits below", made_slice(bits_below, kExplicit, "1.2.9.6")},
          {"by pixel", made_slice([](DcmDataset& d) { colour(d, "RGB", 0); }, kExplicit, "1.2.9.7")},
          {"by plane", made_slice([](DcmDataset& d) { colour(d, "RGB", 1); }, kImplicit, "1.2.9.8")},
          {"YBR", made_slice([](DcmDataset& d) { colour(d, "YBR_FULL", 0); }, kExplicit, "1.2.9.9")},
          {"trailing", made_slice(trailing, kExplicit, "1.2.9.10")}};
}

/// Takes rows together again.
struct Gathered final : RowSink {
  ImageShape shape;
  Bytes samples;
  void begin(const ImageShape& given) override { shape = given; }
  void rows(const std::uint8_t* data, int count) override {
    samples.insert(samples.end(), data, data + shape.row_bytes() * static_cast<std::size_t>(count));
  }
};

/// Every sample one step towards the middle of its free span.
Image changed_within(const Picture& picture) {
  Image out = picture.image;
  const auto move = [&](auto* samples) {
    for (std::size_t i = 0; i < out.samples(); ++i) {
      for (const FrameTone::Span& span : picture.tones.front().free) {
        if (samples[i] >= span.low && samples[i] < span.high) {
          ++samples[i];
          break;
        }
      }
    }
  };
  if (out.bits() == 16)
    move(out.row<std::uint16_t>(0));
  else
    move(out.row<std::uint8_t>(0));
  return out;
}

void check_way(const Folder& folder, const std::string& syntax) {
  DatasetOptions options;
  options.labels.from = LabelSource::From::none;
  options.study.transfer_syntax = syntax;
  options.uid_key = Subkey{ByteView(Bytes(32, 6))};
  const auto reader = open_study(folder.path / "in", options);
  const auto writer = create_study_writer(*reader, folder.path / "out", options);
  CHECK(!writer->needs_original());
  REQUIRE(reader->survey().items.size() == rows().size());
  for (std::size_t i = 0; i < reader->survey().items.size(); ++i) {
    CAPTURE(reader->survey().items[i].id);
    for (const bool change : {true, false}) {
      Bytes stored = reader->fetch(i);
      Picture picture = reader->decode(i, stored);
      if (change) stored = Bytes();  // nothing may still look at it
      const Image meant = change ? changed_within(picture) : picture.image;
      CHECK((meant == picture.image) == !change);
      if (change) picture.image = Image();
      const Bytes out = writer->encode(i, picture, meant);
      Gathered back;
      writer->decode_rows(i, out, back);
      CHECK(back.shape == meant.shape());
      CHECK(std::ranges::equal(back.samples, meant.raw()));
      CHECK(writer->decode(i, out).image == meant);
    }
  }
}

}  // namespace

TEST_CASE("what is written is what was meant, in every coding, with what a changed picture does not need given up") {
  const Folder folder;
  for (const Row& row : rows()) write_file(folder.path / "in" / (std::string(row.name) + ".dcm"), row.file, 0600);
  for (const char* syntax : {"same", "explicit", "rle", "jpeg-lossless", "jpeg-ls"}) {
    CAPTURE(syntax);
    check_way(folder, syntax);
  }
}

TEST_CASE("bytes behind the last pixel and elements behind pixel data stay where the coding stays") {
  const Folder folder;
  write_file(folder.path / "in" / "a.dcm", rows().back().file, 0600);
  DatasetOptions options;
  options.labels.from = LabelSource::From::none;
  options.uid_key = Subkey{ByteView(Bytes(32, 6))};
  const auto reader = open_study(folder.path / "in", options);
  const auto writer = create_study_writer(*reader, folder.path / "out", options);
  Picture picture = reader->decode(0, reader->fetch(0));
  const Bytes out = writer->encode(0, picture, changed_within(picture));
  DicomObject object = read_object(out);
  CHECK(pixel_length(object) == 600);
  CHECK(object.data().tagExists(DcmTagKey(0xFFFC, 0xFFFC)));
  const Uint16* words = nullptr;
  REQUIRE(object.data().findAndGetUint16Array(DCM_PixelData, words).good());
  CHECK(words[299] == 7);
}
