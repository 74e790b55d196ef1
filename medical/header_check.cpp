#include "medical/header_check.h"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcelem.h>
#include <dcmtk/dcmdata/dcsequen.h>

#include <algorithm>
#include <array>

namespace wardmark {
namespace {

bool one_of(const DcmTagKey& tag, std::initializer_list<DcmTagKey> list) {
  return std::ranges::find(list, tag) != list.end();
}

class Comparison {
 public:
  Comparison(const HeaderRules& rules, const UidMap& map) : rules_(rules), map_(map) {}

  std::string items(DcmItem& before, DcmItem& after, int depth) const {
    unsigned long a = 0;
    unsigned long b = 0;
    while (a < before.card() || b < after.card()) {
      DcmElement* x = a < before.card() ? before.getElement(a) : nullptr;
      DcmElement* y = b < after.card() ? after.getElement(b) : nullptr;
      if (x != nullptr && (y == nullptr || x->getTag() < y->getTag())) {
        if (!may_vanish(*x)) return shown(x->getTag()) + ": is missing";
        ++a;
      } else if (x == nullptr || y->getTag() < x->getTag()) {
        if (!may_appear(y->getTag(), depth)) return shown(y->getTag()) + ": is new";
        ++b;
      } else {
        const std::string difference = elements(*x, *y, depth);
        if (!difference.empty()) return difference;
        ++a;
        ++b;
      }
    }
    return {};
  }

 private:
  static bool is_pixels(const DcmTagKey& tag) { return tag == DCM_PixelData; }
  bool may_vanish(DcmElement& element) const {
    const DcmTagKey tag = element.getTag();
    if (tag.getElement() == 0 || is_pixels(tag)) return true;
    if (one_of(tag, {DCM_IconImageSequence, {0xFFFA, 0xFFFA}, {0x4FFE, 0x0001}, {0x0400, 0x0402}, {0x0400, 0x0403}})) {
      return true;
    }
    if (one_of(tag, {{0x7FE0, 0x0001}, {0x7FE0, 0x0002}, {0xFFFC, 0xFFFC}})) return true;
    if ((tag.getGroup() & 1) == 0) return false;
    return rules_.removals.private_data ||
           (rules_.removals.private_bulk && element.getLengthField() > kLargestPrivateBulk);
  }
  bool may_appear(const DcmTagKey& tag, int depth) const {
    if (tag.getElement() == 0 || is_pixels(tag)) return true;
    if (names_source(tag, depth)) return true;
    if (depth > 0) return false;
    return may_differ(tag, depth) ||
           (rules_.changed_pixels && one_of(tag, {DCM_DerivationCodeSequence, DCM_ContributingEquipmentSequence}));
  }
  /// What record_source() adds: at the top, or in functional groups.
  bool names_source(const DcmTagKey& tag, int depth) const {
    if (!rules_.source_recorded) return false;
    return depth == 0 ? one_of(tag, {DCM_SourceImageSequence, DCM_SourceImageEvidenceSequence})
                      : depth == 1 && tag == DCM_DerivationImageSequence;
  }
  /// Attributes whose value may be another one.
  bool may_differ(const DcmTagKey& tag, int depth) const {
    if (tag.getElement() == 0 || is_pixels(tag)) return true;
    // Another coding may convert the colours of a picture that stays as it is.
    const bool colour = one_of(tag, {DCM_PhotometricInterpretation, DCM_PlanarConfiguration});
    if (depth == 0 && colour && rules_.colour_converted) return true;
    if (!rules_.changed_pixels) return false;
    if (tag == DCM_FrameType) return true;
    if (depth > 0) return false;
    return one_of(tag, {DCM_ImageType, DCM_DerivationDescription, DCM_LossyImageCompression, DCM_SeriesDescription});
  }
  std::string elements(DcmElement& before, DcmElement& after, int depth) const {
    const DcmTagKey tag = before.getTag();
    if (may_differ(tag, depth)) return {};
    auto* x = dynamic_cast<DcmSequenceOfItems*>(&before);
    auto* y = dynamic_cast<DcmSequenceOfItems*>(&after);
    if (x != nullptr && y != nullptr) return sequences(*x, *y, depth);
    const bool same = before.isaString() && after.isaString() ? same_text(before, after) : same_bytes(before, after);
    return same ? std::string() : shown(tag) + ": differs";
  }
  std::string sequences(DcmSequenceOfItems& before, DcmSequenceOfItems& after, int depth) const {
    const bool grows = names_source(before.getTag(), depth) ||
                       (depth == 0 && rules_.changed_pixels &&
                        one_of(before.getTag(), {DCM_DerivationCodeSequence, DCM_ContributingEquipmentSequence}));
    if (after.card() != before.card() && !(grows && after.card() == before.card() + 1)) {
      return shown(before.getTag()) + ": has another number of items";
    }
    for (unsigned long i = 0; i < before.card(); ++i) {
      const std::string difference = items(*before.getItem(i), *after.getItem(i), depth + 1);
      if (!difference.empty()) return shown(before.getTag()) + " " + difference;
    }
    return {};
  }
  static std::string value(DcmElement& element) {
    OFString text;
    element.getOFStringArray(text, OFFalse);
    std::string out(text.c_str(), text.size());
    while (!out.empty() && (out.back() == '\0' || out.back() == ' ')) out.pop_back();
    return out;
  }
  bool same_text(DcmElement& before, DcmElement& after) const {
    const std::string x = value(before);
    const std::string y = value(after);
    if (x == y) return before.getTag().getEVR() != EVR_UI || all_stay(before.getTag(), x);
    if (before.getTag().getEVR() != EVR_UI) return false;
    const auto old = values_of(x);
    const auto now = values_of(y);
    if (old.size() != now.size()) return false;
    for (std::size_t i = 0; i < old.size(); ++i) {
      if (now[i] != (stays(before.getTag(), old[i]) ? old[i] : map_(old[i]))) return false;
    }
    return true;
  }
  static bool all_stay(const DcmTagKey& tag, const std::string& text) {
    return std::ranges::all_of(values_of(text), [&](const std::string& uid) { return stays(tag, uid); });
  }
  bool same_bytes(DcmElement& before, DcmElement& after) const {
    if (before.getLengthField() == after.getLengthField() && before.compare(after) == 0) return true;
    // A UID alone in a private binary value was mapped.
    Uint8* x = nullptr;
    Uint8* y = nullptr;
    if (before.getUint8Array(x).bad() || after.getUint8Array(y).bad() || x == nullptr || y == nullptr) {
      return before.getLengthField() == 0 && after.getLengthField() == 0;
    }
    const auto text = [](const Uint8* bytes, std::size_t n) {
      std::string out(reinterpret_cast<const char*>(bytes), n);
      while (!out.empty() && (out.back() == '\0' || out.back() == ' ')) out.pop_back();
      return out;
    };
    const std::string old = text(x, before.getLengthField());
    const std::string now = text(y, after.getLengthField());
    return old == now || ((before.getTag().getGroup() & 1) != 0 && now == map_(old));
  }

  const HeaderRules& rules_;
  const UidMap& map_;
};

}  // namespace

std::string header_difference(DcmItem& before, DcmItem& after, const HeaderRules& rules, const UidMap& map) {
  return Comparison(rules, map).items(before, after, 0);
}

}  // namespace wardmark
