#include "medical/frame_tone.h"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <doctest/doctest.h>

#include "core/error.h"
#include "medical/pixel_access.h"
#include "tests/medical/made_object.h"

using namespace wardmark;

namespace {

struct Opened {
  DicomObject object;
  PixelFormat format;
  Image image;
  ValueScale scale;
  explicit Opened(const Bytes& file)
      : object(read_object(file)),
        format(read_pixel_format(object)),
        image(decode_image(object, format)),
        scale(read_scale(object, format, image)) {}
  std::vector<FrameTone> tones(const Budget& budget, bool additive = false) {
    return make_tones(object, format, image, scale, scale.view, budget, additive);
  }
};

Budget clinical(double value, Unit unit) {
  Budget budget;
  budget.clinical.push_back({value, unit});
  return budget;
}

int steps(const Budget& budget, bool additive, double width, double slope, bool hu) {
  PixelFormat format;
  format.stored = 12;
  format.allocated = 16;
  return steps_of(budget, additive, format, {0, width}, slope, hu);
}

Code refusal(const Budget& budget, double slope, bool hu) {
  try {
    steps(budget, true, 400, slope, hu);
  } catch (const Error& error) {
    return error.code();
  }
  return Code::bug;
}

}  // namespace

TEST_CASE("bounds in clinical units become whole stored steps by the slope") {
  CHECK(steps(clinical(4, Unit::hounsfield), false, 400, 1.0, true) == 4);
  CHECK(steps(clinical(4, Unit::hounsfield), false, 400, 0.5, true) == 8);
  CHECK(steps(clinical(4, Unit::hounsfield), false, 400, -3.0, true) == 1);
  CHECK(steps(clinical(0.01, Unit::window), false, 500, 1.0, false) == 5);
  CHECK(steps(clinical(12, Unit::stored), false, 500, 2.0, false) == 12);
  CHECK(steps({}, true, 400, 1.0, true) == 2);
  CHECK(steps({}, true, 1000, 1.0, false) == 5);
  CHECK(steps({}, false, 400, 1.0, true) == 4095);
}

TEST_CASE("a bound that is below one step, or in a unit that is not known, is refused") {
  CHECK(refusal(clinical(8, Unit::hounsfield), 32.0, true) == Code::dcm_041);
  CHECK(refusal(clinical(8, Unit::hounsfield), 1.0, false) == Code::dcm_040);
  // Without one, a step that is at most 4/255 of the window will do: here of 400.
  CHECK(steps({}, true, 400, 6.0, true) == 1);
  CHECK(steps({}, true, 400, 3.2, true) == 1);
  CHECK(refusal({}, 6.3, true) == Code::dcm_041);
}

TEST_CASE("what is seen is the window, what may change lies between padding, air and the extremes") {
  Opened slice(made_slice([](DcmDataset& data) {
    data.putAndInsertString(DCM_RescaleIntercept, "-1000");
    data.putAndInsertSint16(DcmTag(DCM_PixelPaddingValue, EVR_SS), 90);
    data.putAndInsertSint16(DcmTag(DCM_PixelPaddingRangeLimit, EVR_SS), 100);
  }));
  CHECK(slice.scale.hounsfield);
  CHECK(slice.scale.view.low == doctest::Approx(39.5 - 200));
  const auto tones = slice.tones({});
  REQUIRE(tones.size() == 1);
  // Values -100..155 are samples 1948..2203 and -1100..-845 HU; air is all up to 50.
  CHECK(tones[0].free == std::vector<FrameTone::Span>{{2048 + 51, 2048 + 89}, {2048 + 101, 2202}});
  CHECK(tones[0].white - tones[0].black == 400);
}

TEST_CASE("a slope of 0 is refused, functional groups must fit the frames") {
  CHECK_THROWS_AS(Opened(made_slice([](DcmDataset& data) { data.putAndInsertString(DCM_RescaleSlope, "0"); })), Error);
  try {
    Opened(made_slice([](DcmDataset& data) {
      DcmItem* item = nullptr;
      data.findOrCreateSequenceItem(DCM_PerFrameFunctionalGroupsSequence, item, 1);
    }));
    FAIL("two groups for one frame");
  } catch (const Error& error) {
    CHECK(error.code() == Code::dcm_043);
  }
}

TEST_CASE("per-frame groups give every frame its own slope, the series one view") {
  Opened object(made_slice([](DcmDataset& data) {
    data.putAndInsertString(DCM_NumberOfFrames, "2");
    data.putAndInsertUint16(DCM_Rows, 8);
    data.findAndDeleteElement(DCM_RescaleSlope);
    for (int frame = 0; frame < 2; ++frame) {
      DcmItem* group = nullptr;
      DcmItem* transform = nullptr;
      data.findOrCreateSequenceItem(DCM_PerFrameFunctionalGroupsSequence, group, frame);
      group->findOrCreateSequenceItem(DCM_PixelValueTransformationSequence, transform, 0);
      transform->putAndInsertString(DCM_RescaleSlope, frame == 0 ? "1" : "2");
      transform->putAndInsertString(DCM_RescaleIntercept, "0");
      transform->putAndInsertString(DCM_RescaleType, "HU");
    }
  }));
  const auto tones = object.tones(clinical(4, Unit::hounsfield));
  REQUIRE(tones.size() == 2);
  CHECK(tones[0].most == 4);
  CHECK(tones[1].most == 2);
  CHECK(tones[0].white - tones[0].black == 400);
  CHECK(tones[1].white - tones[1].black == 200);
}

TEST_CASE("without a window the view is where the values lie") {
  Opened slice(made_slice([](DcmDataset& data) {
    data.findAndDeleteElement(DCM_WindowWidth);
    data.putAndInsertString(DCM_Modality, "MR");
  }));
  CHECK_FALSE(slice.scale.window);
  CHECK(slice.scale.view.low == doctest::Approx(-99));
  CHECK(slice.scale.view.high == doctest::Approx(154));
}
