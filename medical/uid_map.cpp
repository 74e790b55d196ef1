#include "medical/uid_map.h"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcelem.h>
#include <dcmtk/dcmdata/dcsequen.h>
#include <dcmtk/dcmdata/dcvr.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>

#include "core/error.h"

namespace wardmark {
namespace {

constexpr std::size_t kLargestOpaque = 4096;
constexpr std::string_view kDicomRoot = "1.2.840.10008.";

/// Attributes whose UIDs name classes, schemes and programs, also private ones (PS3.6).
bool names_a_class(const DcmTagKey& tag) {
  static const std::array kTags = {
      DCM_MediaStorageSOPClassUID,
      DCM_TransferSyntaxUID,
      DCM_ImplementationClassUID,
      DCM_PrivateInformationCreatorUID,
      DCM_ReferencedSOPClassUIDInFile,
      DCM_ReferencedTransferSyntaxUIDInFile,
      DCM_ReferencedRelatedGeneralSOPClassUIDInFile,
      DCM_SOPClassUID,
      DCM_RelatedGeneralSOPClassUID,
      DCM_OriginalSpecializedSOPClassUID,
      DCM_SOPClassesInStudy,
      DCM_ReferencedSOPClassUID,
      DCM_SOPClassesSupported,
      DCM_CodingSchemeUID,
      DCM_ContextGroupExtensionCreatorUID,
      DcmTagKey(0x0008, 0x0117),
      DcmTagKey(0x0008, 0x0118),  // context and mapping resource
      DcmTagKey(0x0018, 0x9123),  // creator version
      DcmTagKey(0x0400, 0x0010),  // MAC calculation transfer syntax
      DcmTagKey(0x0400, 0x0510),  // encrypted content transfer syntax
      DcmTagKey(0x0004, 0x1512),
      DcmTagKey(0x0008, 0x0303),
      DcmTagKey(0x0008, 0x3002),  // available transfer syntaxes
  };
  return std::ranges::find(kTags, tag) != kTags.end();
}

/// Digits of a 128-bit number, most significant byte first.
std::string decimal(std::array<std::uint8_t, 16> number) {
  std::string digits;
  const auto zero = [&] { return std::ranges::all_of(number, [](std::uint8_t b) { return b == 0; }); };
  while (!zero()) {
    unsigned rest = 0;
    for (std::uint8_t& byte : number) {
      const unsigned value = rest << 8 | byte;
      byte = static_cast<std::uint8_t>(value / 10);
      rest = value % 10;
    }
    digits.push_back(static_cast<char>('0' + rest));
  }
  std::ranges::reverse(digits);
  return digits.empty() ? "0" : digits;
}

/// Calls `act` for every element below, at any depth.
void for_each_element(DcmItem& item, const std::function<void(DcmElement&)>& act) {
  for (unsigned long i = 0; i < item.card(); ++i) {
    DcmElement* element = item.getElement(i);
    if (element->getTag() == DCM_PixelData) continue;
    if (auto* sequence = dynamic_cast<DcmSequenceOfItems*>(element)) {
      for (unsigned long k = 0; k < sequence->card(); ++k) for_each_element(*sequence->getItem(k), act);
    } else {
      act(*element);
    }
  }
}

std::string raw_text(DcmElement& element) {
  OFString text;
  if (element.getOFStringArray(text, OFFalse).bad()) return {};
  return {text.c_str(), text.size()};
}

void sort_unique(std::vector<std::string>& list) {
  std::ranges::sort(list);
  const auto rest = std::ranges::unique(list);
  list.erase(rest.begin(), rest.end());
}

ByteView value_bytes(DcmElement& element) {
  Uint8* bytes = nullptr;
  const std::size_t length = element.getLengthField();
  if (length == 0 || element.getUint8Array(bytes).bad() || bytes == nullptr) return {};
  return {bytes, length};
}

bool is_binary(DcmEVR vr) { return vr == EVR_UN || vr == EVR_OB || vr == EVR_UNKNOWN; }

bool is_text(DcmEVR vr) {
  return vr == EVR_LO || vr == EVR_LT || vr == EVR_SH || vr == EVR_ST || vr == EVR_UT || vr == EVR_UC || vr == EVR_CS ||
         vr == EVR_UR;
}

}  // namespace

std::string UidMap::operator()(std::string_view uid) const {
  const Digest hash = digest(&key_, "dicom-uid", {bytes_of(uid)});
  std::array<std::uint8_t, 16> number{};
  std::copy_n(hash.begin(), number.size(), number.begin());
  number[6] = static_cast<std::uint8_t>((number[6] & 0x0F) | 0x80);
  number[8] = static_cast<std::uint8_t>((number[8] & 0x3F) | 0x80);
  return "2.25." + decimal(number);
}

bool stays(const DcmTagKey& tag, std::string_view uid) {
  return uid.empty() || uid.starts_with(kDicomRoot) || names_a_class(tag);
}

std::vector<std::string> map_uids(DcmItem& item, const UidMap& map) {
  std::map<std::string, std::string> back;
  for_each_element(item, [&](DcmElement& element) {
    if (element.getTag().getEVR() != EVR_UI) return;
    std::string text;
    bool changed = false;
    for (const std::string& uid : values_of(raw_text(element))) {
      if (!text.empty() || changed) text += '\\';
      if (stays(element.getTag(), uid)) {
        text += uid;
        continue;
      }
      const std::string mapped = map(uid);
      const auto [at, added] = back.try_emplace(mapped, uid);
      if (!added && at->second != uid) throw Error(Code::dcm_064, "two UIDs become one: " + mapped);
      text += mapped;
      changed = true;
    }
    if (changed) element.putString(text.c_str(), static_cast<Uint32>(text.size()));
  });
  std::vector<std::string> replaced;
  for (const auto& [mapped, uid] : back) replaced.push_back(uid);
  sort_unique(replaced);
  return replaced;
}

std::vector<std::string> mapped_uids(DcmItem& item) {
  std::vector<std::string> found;
  for_each_element(item, [&](DcmElement& element) {
    if (element.getTag().getEVR() != EVR_UI) return;
    for (const std::string& uid : values_of(raw_text(element))) {
      if (!stays(element.getTag(), uid)) found.push_back(uid);
    }
  });
  sort_unique(found);
  return found;
}

HiddenUids find_hidden_uids(DcmItem& item, const std::vector<std::string>& uids, const UidMap* map) {
  HiddenUids hidden;
  for_each_element(item, [&](DcmElement& element) {
    const DcmEVR vr = element.getTag().getEVR();
    const bool binary = is_binary(vr);
    if (!binary && !is_text(vr)) return;
    const std::string value = binary ? std::string(text_of(value_bytes(element))) : raw_text(element);
    if (value.size() < 8) return;
    // Larger ones are removed with what else could hold the clean picture.
    if (binary && (element.getTag().getGroup() & 1) != 0 && value.size() > kLargestOpaque) return;
    for (const std::string& uid : uids) {
      const std::size_t at = value.find(uid);
      if (at == std::string::npos) continue;
      const bool alone =
          binary && at == 0 && value.find_first_not_of(std::string_view("\0 ", 2), uid.size()) == std::string::npos;
      if (!binary) {
        hidden.texts.push_back(shown(element.getTag()));
      } else if (!alone) {
        hidden.opaque.push_back(shown(element.getTag()));
      } else if (map != nullptr) {
        std::string mapped = (*map)(uid);
        if (mapped.size() % 2 != 0) mapped.push_back('\0');
        element.putUint8Array(reinterpret_cast<const Uint8*>(mapped.data()), mapped.size());
      }
      break;
    }
  });
  return hidden;
}

}  // namespace wardmark
