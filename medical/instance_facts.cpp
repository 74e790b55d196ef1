#include "medical/instance_facts.h"

#include <dcmtk/dcmdata/dcdeftag.h>

#include <algorithm>

#include "core/error.h"
#include "medical/study_reader.h"

namespace wardmark {
namespace {

template <class T>
std::pair<int, int> range_of(const Image& image, int first, int rows) {
  const T* const samples = image.row<T>(first);
  const auto [low, high] = std::minmax_element(samples, samples + image.row_samples() * static_cast<std::size_t>(rows));
  return {*low, *high};
}

InstanceFacts::Pixels pixels_of(DicomObject& object) {
  const PixelFormat format = read_pixel_format(object);
  const Image image = decode_image(object, format);
  const ValueScale scale = read_scale(object, format, image);
  InstanceFacts::Pixels out;
  out.columns = format.columns;
  out.rows = format.rows;
  out.frames = format.frames;
  out.samples = format.samples;
  out.bits = format.stored;
  out.unit = scale.unit;
  out.window = scale.window;
  out.window_low = scale.view.low;
  out.window_high = scale.view.high;
  for (int frame = 0; frame < format.frames; ++frame) {
    const auto [low, high] = image.bits() == 16 ? range_of<std::uint16_t>(image, frame * format.rows, format.rows)
                                                : range_of<std::uint8_t>(image, frame * format.rows, format.rows);
    const Rescale& rescale = scale.rescale[static_cast<std::size_t>(frame)];
    const double a = (low + format.lowest()) * rescale.slope + rescale.intercept;
    const double b = (high + format.lowest()) * rescale.slope + rescale.intercept;
    out.low = frame == 0 ? std::min(a, b) : std::min({out.low, a, b});
    out.high = frame == 0 ? std::max(a, b) : std::max({out.high, a, b});
  }
  return out;
}

void look_at(ByteView stored, InstanceFacts& facts) {
  DicomObject object = read_apart(stored);
  DcmDataset& data = object.data();
  const std::string sop_class = text_of(data, DCM_SOPClassUID);
  const SopClass* row = find_sop_class(sop_class);
  facts.syntax = object.syntax->name;
  facts.kind = row != nullptr ? std::string(row->name) : sop_class;
  facts.study = text_of(data, DCM_StudyInstanceUID);
  facts.series = text_of(data, DCM_SeriesInstanceUID);
  facts.modality = text_of(data, DCM_Modality);
  if (row != nullptr && row->fate == Fate::protect) facts.pixels = pixels_of(object);
}

}  // namespace

InstanceFacts instance_facts(const DatasetReader& reader, std::size_t i) {
  const auto* study = dynamic_cast<const StudyReader*>(&reader);
  if (study == nullptr) broken_promise("a study was to be listed, and another data set came");
  InstanceFacts facts;
  const ObjectFacts& known = study->facts(i);
  facts.fate = known.fate;
  facts.code = known.code;
  if (known.directory) {
    facts.kind = "DICOMDIR";
    return facts;
  }
  facts.study = known.study;
  try {
    look_at(reader.fetch(i), facts);
  } catch (const Error& error) {
    if (error.kind() != Kind::item || error.code() == Code::read_failed) throw;
  }
  return facts;
}

}  // namespace wardmark
